#include "providers/launchpad/settings.hpp"

#include "providers/launchpad/description.hpp"

namespace tally::launchpad {

Settings settings_of(const Credential& credential) {
  const auto given = [&credential]<class T>(std::string_view name, T& value) {
    value = option<T>(credential, description(), name);
  };
  Settings settings;
  given("org_name", settings.org_name);
  given("requester_name", settings.requester_name);
  given("requester_email", settings.requester_email);
  given("experience_ids", settings.experience_ids);
  given("control_addresses", settings.control_addresses);
  given("allow_unenforceable_firewall", settings.allows_unenforceable_firewall);
  given("stop_start", settings.can_stop_start);
  return settings;
}

}  // namespace tally::launchpad
