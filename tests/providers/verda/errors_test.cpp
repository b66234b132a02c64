// What each refusal of Verda's means to each call. Source: its API documentation, and messages that its clients'
// authors have met.
#include <catch2/catch.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::verda_errors_test {
using namespace tally::fakes;

namespace {

constexpr auto nothing = Certainty::nothing_happened;
constexpr auto unknown = Certainty::unknown;
const std::string machine_path = "/instances/481872c4-c020-52f7-a585-271ec5e0cabc";

struct Case {
  std::string file;
  int status;
  Errc create;              // POST /instances
  std::optional<Errc> end;  // PUT /instances with delete; nothing: it is done
  Errc stop;                // PUT /instances with shutdown
  Errc get;                 // GET /instances/{id}
  Errc list;                // GET /instances
  Certainty certainty;      // of the changes
};

std::vector<Case> cases() {
  using enum Errc;
  return {
      {"error_400_invalid_instance_id.json", 400, resource_not_found, std::nullopt, instance_not_found,
       instance_not_found, resource_not_found, nothing},
      {"error_400_location_code.json", 400, invalid_request, invalid_request, invalid_request, invalid_request,
       invalid_request, nothing},
      {"error_400_os_invalid.json", 400, image_not_found, invalid_request, invalid_request, invalid_request,
       image_not_found, nothing},
      {"error_400_quota.json", 400, out_of_quota, out_of_quota, out_of_quota, out_of_quota, out_of_quota, nothing},
      {"error_400_quota.json", 403, out_of_quota, out_of_quota, out_of_quota, out_of_quota, out_of_quota, nothing},
      {"error_401.json", 401, auth, auth, auth, auth, auth, nothing},
      {"error_402.json", 402, out_of_quota, out_of_quota, out_of_quota, out_of_quota, out_of_quota, nothing},
      {"error_403_scope.json", 403, forbidden, forbidden, forbidden, forbidden, forbidden, nothing},
      {"error_404.json", 404, resource_not_found, std::nullopt, instance_not_found, instance_not_found,
       resource_not_found, nothing},
      {"error_429.json", 429, rate_limited, rate_limited, rate_limited, rate_limited, rate_limited, nothing},
      {"error_500.json", 500, service_unavailable, service_unavailable, service_unavailable, service_unavailable,
       service_unavailable, unknown},
      {"error_503_no_capacity.json", 503, insufficient_resources, insufficient_resources, insufficient_resources,
       insufficient_resources, insufficient_resources, nothing},
      {"error_503_not_enough.json", 503, insufficient_resources, insufficient_resources, insufficient_resources,
       insufficient_resources, insufficient_resources, nothing},
      {"action_400_provisioning.json", 400, conflict, conflict, conflict, conflict, conflict, nothing},
      {"action_400_discontinued.json", 400, resource_not_found, std::nullopt, instance_not_found, instance_not_found,
       resource_not_found, nothing},
  };
}

}  // namespace

TEST_CASE("a refusal of Verda's means the same wherever it is met, but for what is gone", "[providers]") {
  for (const Case& each : cases()) {
    INFO(each.file << " " << each.status);
    RecordedAccount account(*find_provider("verda"));
    const std::string body = account.file("errors/" + each.file);
    const auto check = [&each](const auto& outcome, std::optional<Errc> kind) {
      REQUIRE(outcome.has_value() == !kind);
      if (!kind) return;
      CHECK(outcome.error().kind == *kind);
      CHECK(outcome.error().status == each.status);
      CHECK_FALSE(outcome.error().code.empty());
    };
    account.http.reply("POST /instances", each.status, body);
    account.http.reply("PUT /instances", each.status, body);
    const auto created = account.run(account->creates()->create(account.order));
    check(created, each.create);
    // Key and script are there: neither says here that it is gone.
    CHECK(created.error().certainty == Certainty::partly);
    CHECK(created.error().made.size() == 2);
    const auto ended = account.run(account->terminates()->terminate(account.instance));
    check(ended, each.end);
    if (!ended) CHECK(ended.error().certainty == each.certainty);
    const auto stopped = account.run(account->stops_starts()->stop(account.instance));
    check(stopped, each.stop);
    CHECK(stopped.error().certainty == each.certainty);
    account.http.reply("GET " + machine_path, each.status, body);
    check(account.run(account->instance(account.instance)), each.get);
    account.http.reply("GET /instances", each.status, body);
    check(account.run(account->instances({})), each.list);
  }
}

TEST_CASE("what is not in Verda's own form is no word of Verda's", "[providers]") {
  const auto [status, body] = GENERATE(table<int, std::string>(
      {{404, ""}, {404, "<html>"}, {404, "[]"}, {503, "<html>"}, {500, ""}, {400, "<html>"}, {301, ""}}));
  CAPTURE(status, body);
  RecordedAccount account(*find_provider("verda"));
  account.http.reply("PUT /instances", status, body);
  const auto ended = account.run(account->terminates()->terminate(account.instance));
  REQUIRE_FALSE(ended);
  CHECK_FALSE(ended.error().matches(Errc::resource_not_found));
  CHECK(ended.error().certainty == Certainty::unknown);
}

TEST_CASE("an action that failed at Verda is one, whatever its status says", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  const auto outcome = [](const std::string& more) {
    return R"([{"action":"shutdown","instanceId":"481872c4-c020-52f7-a585-271ec5e0cabc",)" + more + "}]";
  };
  const auto stop = [&](int status, const std::string& body) {
    account.http.reply("PUT /instances", status, body);
    return account.run(account->stops_starts()->stop(account.instance));
  };
  CHECK(stop(202, account.file("action_202.json")));
  CHECK(stop(204, ""));  // it was stopped already
  CHECK(stop(202, "[]"));
  const auto partly = stop(207, account.file("action_207.json"));
  REQUIRE_FALSE(partly);
  CHECK(partly.error().kind == Errc::conflict);
  CHECK(partly.error().message == "Can't shutdown an instance in error state");
  CHECK(partly.error().certainty == Certainty::nothing_happened);
  CHECK(stop(202, outcome(R"("status":"Error","error":"No such instance","statusCode":404)")).error().kind ==
        Errc::instance_not_found);
  CHECK(stop(202, outcome(R"("status":"ERROR","statusCode":500)")).error().kind == Errc::service_unavailable);
  CHECK(stop(202, outcome(R"("status":"error")")).error().kind == Errc::invalid_request);
}

}  // namespace tally::verda_errors_test
