#include "cloud/capabilities.hpp"

#include "cloud/account.hpp"

namespace tally {
namespace {
constexpr std::string_view images = "list-images";
constexpr std::string_view quotas = "quotas";
}  // namespace

Capabilities capabilities_of(Abilities can, CreateTraits create) {
  Capabilities list;
  const auto add = [&list](bool is_able, std::string_view name) {
    if (is_able) list.push_back(name);
  };
  add(can.creates, "create-instance");
  add(can.creates && create.is_idempotent, "create-instance-idempotent");
  add(can.terminates, "terminate-instance");
  add(can.creates && can.terminates, "create-terminate-instance");
  add(can.creates && create.takes_user_data, "instance-userdata");
  add(can.updates_tags, "tags");
  add(can.reboots, "reboot-instance");
  add(can.resizes_volumes, "resize-instance-volume");
  add(can.stops_starts, "stop-start-instance");
  add(can.creates && create.takes_image, "machine-image");
  add(can.modifies_firewall, "modify-firewall");
  add(can.changes_type, "change-instance-type");
  add(can.lists_images, images);
  add(can.quotas, quotas);
  return list;
}

Capabilities reading_only(Capabilities capabilities) {
  std::erase_if(capabilities, [](std::string_view name) { return name != images && name != quotas; });
  return capabilities;
}

Abilities abilities_of(Account& account) {
  Abilities abilities;
  abilities.creates = account.creates() != nullptr;
  abilities.terminates = account.terminates() != nullptr;
  abilities.stops_starts = account.stops_starts() != nullptr;
  abilities.reboots = account.reboots() != nullptr;
  abilities.resizes_volumes = account.resizes_volumes() != nullptr;
  abilities.updates_tags = account.updates_tags() != nullptr;
  abilities.changes_type = account.changes_type() != nullptr;
  abilities.modifies_firewall = account.modifies_firewall() != nullptr;
  abilities.lists_images = account.lists_images() != nullptr;
  abilities.quotas = account.quotas() != nullptr;
  return abilities;
}

}  // namespace tally
