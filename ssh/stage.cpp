#include "ssh/stage.hpp"

namespace tally {
namespace {
constexpr std::array<std::string_view, ssh_stages> names{"dns", "tcp", "banner", "kex", "host_key", "auth", "exec"};
}  // namespace

std::string_view to_string(SshStage stage) { return names[static_cast<std::size_t>(stage)]; }

}  // namespace tally
