// What a configuration says of a Launchpad credential. Pure.
#pragma once

#include <string>
#include <vector>

#include "cloud/credential.hpp"
#include "cloud/provider_option.hpp"

namespace tally::launchpad {

struct Settings {
  std::string org_name;
  std::string requester_name;
  std::string requester_email;
  OptionTable<std::string> experience_ids;
  std::vector<std::string> control_addresses;
  bool allows_unenforceable_firewall = false;
  bool can_stop_start = false;
};

Settings settings_of(const Credential& credential);

}  // namespace tally::launchpad
