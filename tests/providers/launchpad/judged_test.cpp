// The calls that are made at Launchpad, once, at a mock server that judges each request by the vendor's own
// description: .ci/judge-requests, which says where it is. The mock's lists go in circles, as the description's
// examples do, so that no list of it is one, and only what needs none can be changed.
#include <catch2/catch.hpp>

#include "tests/providers/judged_account.hpp"

namespace tally::launchpad_judged_test {
using namespace tally::fakes;

TEST_CASE("Launchpad's requests are as the vendor describes them", "[.judged][launchpad]") {
  const auto endpoint = judge_of("TALLY_JUDGED_LAUNCHPAD");
  if (!endpoint) return;
  GivenOptions options;
  options.emplace("stop_start", true);
  JudgedAccount account("launchpad", *endpoint, "api_token", std::move(options));
  CHECK_FALSE(account.run(account->instance_types({})));
  CHECK_FALSE(account.run(account->instances({})));
  const InstanceRef machine(CloudId("5330c898-f3e7-4972-bfd0-1d438e3774d7"), "");
  account.check(account->instance(machine));
  account.check(account->stops_starts()->stop(machine));
  account.check(account->stops_starts()->start(machine));
  account.check(account->terminates()->terminate(machine));
}

}  // namespace tally::launchpad_judged_test
