// What a configuration says of a FluidStack credential. Pure.
#pragma once

#include <string>
#include <vector>

#include "cloud/credential.hpp"
#include "cloud/provider_option.hpp"

namespace tally::fluidstack {

struct Settings {
  std::string management_url;     // "": nobody may ask the Management API
  std::vector<NamedUrl> regions;  // empty: those that the Management API names
  std::string project_id;         // "": the one that there is
  OptionTable<Money> prices;      // of a type per hour
  bool uses_private_ip = false;
  std::string ssh_user;
};

/// An endpoint that is not the Management API's own is one region's: then there is no other, and the Management API is
/// asked where `management_url` says so only.
Settings settings_of(const Credential& credential);

}  // namespace tally::fluidstack
