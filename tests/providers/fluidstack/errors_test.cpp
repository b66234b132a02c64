// What each refusal of FluidStack's means to each call. Source: the answers' statuses in the API's description; their
// words are not confirmed.
#include <catch2/catch.hpp>

#include "tests/providers/fluidstack/site.hpp"
#include "tests/providers/refusals.hpp"

namespace tally::fluidstack_errors_test {
using namespace tally::fakes;

namespace {

const std::string id = "m-1";

std::vector<RefusalCase> cases() {
  constexpr auto nothing = Certainty::nothing_happened;
  constexpr auto unknown = Certainty::unknown;
  constexpr auto invalid = Errc::invalid_request;
  constexpr auto no_stock = Errc::insufficient_resources;
  constexpr auto absent = Errc::service_unavailable;
  constexpr auto quota = Errc::out_of_quota;
  constexpr auto gone = Errc::resource_not_found;
  return {
      {"400_invalid_input.json", 400, invalid, invalid, invalid, invalid, invalid, nothing},
      {"400_invalid_tag.json", 400, invalid, invalid, invalid, invalid, invalid, nothing},
      {"400_out_of_stock.json", 400, no_stock, no_stock, no_stock, no_stock, no_stock, nothing},
      {"400_out_of_stock.json", 409, no_stock, no_stock, no_stock, no_stock, no_stock, nothing},
      {"400_out_of_stock.json", 503, no_stock, no_stock, no_stock, no_stock, no_stock, nothing},
      {"401_unauthorized.json", 401, Errc::auth, Errc::auth, Errc::auth, Errc::auth, Errc::auth, nothing},
      {"403_forbidden.json", 403, Errc::forbidden, Errc::forbidden, Errc::forbidden, Errc::forbidden, Errc::forbidden,
       nothing},
      {"403_quota.json", 403, quota, quota, quota, quota, quota, nothing},
      {"404_instance.json", 404, gone, Errc::instance_not_found, gone, std::nullopt, Errc::instance_not_found, nothing},
      {"404_project.json", 404, gone, gone, gone, gone, gone, nothing},
      {"503_gateway.html", 404, absent, absent, absent, absent, absent, unknown},
      {"409_state_conflict.json", 409, Errc::conflict, Errc::conflict, Errc::conflict, Errc::conflict, Errc::conflict,
       nothing},
      {"429_rate.json", 429, Errc::rate_limited, Errc::rate_limited, Errc::rate_limited, Errc::rate_limited,
       Errc::rate_limited, nothing},
      {"500_server_error.json", 500, absent, absent, absent, absent, absent, unknown},
      {"501_not_implemented.json", 501, Errc::not_implemented, Errc::not_implemented, Errc::not_implemented,
       Errc::not_implemented, Errc::not_implemented, nothing},
      {"503_gateway.html", 503, absent, absent, absent, absent, absent, unknown},
  };
}

}  // namespace

TEST_CASE("each refusal of FluidStack's means to each call what it should", "[providers]") {
  for (const RefusalCase& each : cases()) {
    INFO(each.file << " " << each.status);
    FluidstackSite site;
    REQUIRE(site.instances("us-east-1"));
    const InstanceRef machine(CloudId(id), "us-east-1");
    const RefusedCalls calls{fluidstack_order(), machine, "/instances/" + id, Scope{"us-east-1"},
                             fluidstack_east + "/instances"};
    check_refusal(site, each, FluidstackSite::file("errors/" + each.file), calls);
  }
}

TEST_CASE("a 404 that speaks of nothing that FluidStack has is a gateway's, and no death", "[providers]") {
  const std::string body =
      GENERATE("", "{}", R"({"message":"Not Found"})", R"({"message":"no Route matched with those values"})",
               R"({"message":"Cannot GET /api/v1alpha1/instances/m-1"})", R"({"message":"instances/m-1: no route"})",
               R"({"error":"instance not found"})", "<html>instance not found</html>", "[]");
  FluidstackSite site;
  site.http.reply("/instances/" + id, 404, body);
  const InstanceRef machine(CloudId(id), "us-east-1");
  const auto read = site.run(site->instance(machine));
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == Errc::service_unavailable);
  const auto ended = site.run(site->terminates()->terminate(machine));
  REQUIRE_FALSE(ended);
  CHECK(ended.error().kind == Errc::service_unavailable);
}

TEST_CASE("what FluidStack's 404 speaks of first is what there is none of", "[providers]") {
  const auto [message, is_gone] = GENERATE(table<std::string, bool>({
      {"instance not found", true},
      {"Instance m-1 not found in project p-1", true},
      {"no such machine", true},
      {"instances 'm-1' not found", true},
      {R"(\"instance\" m-1 does not exist)", true},
      {"project p-1 not found", false},
      {"project of instance m-1 not found", false},
      {"filesystem of the instance not found", false},
  }));
  INFO(message);
  FluidstackSite site;
  site.http.reply("/instances/" + id, 404, R"({"message":")" + message + R"("})");
  const InstanceRef machine(CloudId(id), "us-east-1");
  const auto read = site.run(site->instance(machine));
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == (is_gone ? Errc::instance_not_found : Errc::resource_not_found));
  const auto ended = site.run(site->terminates()->terminate(machine));
  CHECK(ended.has_value() == is_gone);
}

TEST_CASE("no call about a FluidStack machine is made without its ID", "[providers]") {
  FluidstackSite site;
  const InstanceRef nobody(CloudId(), "us-east-1");
  const auto check = [](const auto& outcome) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == Errc::invalid_request);
    CHECK(outcome.error().certainty == Certainty::nothing_happened);
  };
  check(site.run(site->instance(nobody)));
  check(site.run(site->terminates()->terminate(nobody)));
  check(site.run(site->stops_starts()->stop(nobody)));
  CHECK(site.http.sent.empty());
}

}  // namespace tally::fluidstack_errors_test
