#include "runtime/user_group.hpp"

#include <grp.h>

#include <cerrno>
#include <limits>
#include <vector>

#include "runtime/number.hpp"

namespace tally {
namespace {

constexpr std::size_t usual_size = 4096;

std::optional<gid_t> number_from(const std::string& text) {
  const auto number = parse_number<gid_t>(text);
  const bool means_none = number == std::numeric_limits<gid_t>::max();  // to the kernel
  return means_none ? std::nullopt : number;
}

}  // namespace

std::optional<UserGroup> find_group(const std::string& name) {
  if (const auto number = number_from(name)) return UserGroup{*number, name};
  std::vector<char> room(usual_size);
  group entry{};
  group* found = nullptr;
  while (getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == ERANGE) room.resize(2 * room.size());
  if (found == nullptr) return std::nullopt;
  return UserGroup{found->gr_gid, name};
}

}  // namespace tally
