// Something that a create made beside its machine: the word by which it can be removed again.
#pragma once

#include <string>
#include <string_view>

namespace tally {

/// The names are stored in the catalog: do not rename.
enum class HandleKind { key, script, security_group, ruleset, disk, subnet, network, address };
constexpr std::string_view to_string(HandleKind kind) {
  switch (kind) {
    case HandleKind::key: return "key";
    case HandleKind::script: return "script";
    case HandleKind::security_group: return "security_group";
    case HandleKind::ruleset: return "ruleset";
    case HandleKind::disk: return "disk";
    case HandleKind::subnet: return "subnet";
    case HandleKind::network: return "network";
    case HandleKind::address: return "address";
  }
  return "";
}

struct Handle {
  HandleKind kind = HandleKind::key;
  std::string vendor_id;  // "" of what is about to be made, or was and nobody heard of it: it goes by its name
  std::string name;       // "" when it has none

  bool operator==(const Handle&) const = default;
};

}  // namespace tally
