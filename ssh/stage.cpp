#include "ssh/stage.hpp"

namespace tally {
namespace {
constexpr std::array<std::string_view, ssh_stages> names{"dns", "tcp", "banner", "kex", "host_key", "auth", "exec"};
}  // namespace

std::string_view to_string(SshStage stage) { return names[static_cast<std::size_t>(stage)]; }

std::optional<SshStage> ssh_stage_from(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<SshStage>(i);
  }
  return std::nullopt;
}

}  // namespace tally
