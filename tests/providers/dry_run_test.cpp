// What a dry run says of every provider's create: what it would ask, without asking it.
#include "providers/dry_run.hpp"

#include <catch2/catch.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::dry_run_test {
using namespace tally::fakes;

namespace {

/// Accounts of all providers whose calls can be shown.
std::vector<const Provider*> creators() {
  std::vector<const Provider*> all;
  for (const Provider* provider : providers()) {
    RecordedAccount account(*provider);
    if (account->creates() != nullptr && provider->asks_over_http) all.push_back(provider);
  }
  return all;
}

std::vector<std::string> changes_in(const RecordedAccount& account) {
  std::vector<std::string> changes;
  for (const FakeHttp::Sent& call : account.http.sent) {
    const bool only_reads = call.method == "GET" || call.url.find("token") != std::string::npos ||
                            call.body.starts_with("Action=Describe") || call.headers.contains("X-Amz-Target");
    if (!only_reads) changes.push_back(call.method + " " + call.url);
  }
  return changes;
}

std::string text_of(const std::vector<PlannedRequest>& plan) {
  std::string text;
  for (const PlannedRequest& request : plan) {
    text += request.method + " " + request.target + "\n";
    for (const auto& [name, value] : request.headers) text += name + ": " + value + "\n";
    text += request.body + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a dry run names the calls that a create makes, in their order, and makes none of them", "[providers]") {
  REQUIRE(creators().size() > 5);
  for (const Provider* provider : creators()) {
    INFO(provider->description.name);
    RecordedAccount account(*provider);
    const auto plan = account.plan();
    REQUIRE(plan);
    CHECK(changes_in(account).empty());
    REQUIRE_FALSE(plan->empty());
    CHECK(plan->back().headers.at("Authorization") == "***");
    CHECK_THAT(text_of(*plan), Catch::Contains(account.order.ref_id.str()));

    RecordedAccount real(*provider);
    REQUIRE(real.run(real->creates()->create(real.order)));
    std::vector<std::string> planned;
    for (const PlannedRequest& request : *plan) planned.push_back(request.method + " " + request.target);
    CHECK(planned == changes_in(real));
  }
}

TEST_CASE("a dry run shows no secret, no user data and no variable of the guest", "[providers]") {
  for (const Provider* provider : creators()) {
    INFO(provider->description.name);
    RecordedAccount account(*provider);
    account.order.user_data_base64 = "IyEvYmluL3NoCmVjaG8gY2FuYXJ5Cg==";  // "#!/bin/sh\necho canary"
    auto plan = account.plan();
    if (!plan && plan.error().kind == Errc::not_implemented) {
      account.order.user_data_base64.clear();
      plan = account.plan();
    }
    REQUIRE(plan);
    CHECK_THAT(text_of(*plan), !Catch::Contains("canary"));
    CHECK_THAT(text_of(*plan), !Catch::Contains("IyEvYmluL3No"));

    RecordedAccount with_variables(*provider);
    with_variables.order.environment["TOKEN"] = "canary";
    if (const auto shown = with_variables.plan()) {
      CHECK_THAT(text_of(*shown), !Catch::Contains("canary") && Catch::Contains("***"));
    }
  }
}

TEST_CASE("a dry run of a create that would be refused says why", "[providers]") {
  for (const Provider* provider : creators()) {
    INFO(provider->description.name);
    RecordedAccount account(*provider);
    account.order.uses_multi_attach_volume = true;
    const auto plan = account.plan();
    REQUIRE_FALSE(plan);
    CHECK(plan.error().kind == Errc::not_implemented);
    CHECK_THAT(plan.error().message, Catch::Contains("use_multi_attach_volume"));
    CHECK(changes_in(account).empty());
  }
}

}  // namespace tally::dry_run_test
