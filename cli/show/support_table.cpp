#include "cli/show/support_table.hpp"

#include "runtime/contains.hpp"

namespace tally::cli {
namespace {

/// Of everything that an account could do, in the order in which that is always told.
Capabilities all_capabilities() {
  Abilities abilities;
  abilities.creates = abilities.terminates = abilities.stops_starts = abilities.reboots = true;
  abilities.resizes_volumes = abilities.updates_tags = abilities.changes_type = true;
  abilities.modifies_firewall = abilities.lists_images = abilities.quotas = true;
  CreateTraits create;
  create.is_idempotent = create.takes_user_data = create.takes_image = create.takes_tags = true;
  return capabilities_of(abilities, create);
}

}  // namespace

std::string support_table(const std::vector<const ProviderDescription*>& providers) {
  std::string head = "| |";
  std::string rule = "|---|";
  std::string asked = "| is asked |";
  std::string list = "| lists types, instances |";
  for (const ProviderDescription* provider : providers) {
    head.append(" `").append(provider->name).append("` |");
    rule += "---|";
    asked += provider->api_type == ApiType::global ? " for all regions at once |" : " region by region |";
    list += " yes |";
  }
  std::string table = head + "\n" + rule + "\n" + asked + "\n" + list + "\n";
  for (const std::string_view capability : all_capabilities()) {
    table.append("| `").append(capability).append("` |");
    for (const ProviderDescription* provider : providers) {
      table += contains(provider->capabilities, capability) ? " yes |" : " |";
    }
    table += "\n";
  }
  return table;
}

}  // namespace tally::cli
