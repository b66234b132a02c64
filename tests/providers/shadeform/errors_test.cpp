// What each refusal of Shadeform's means to each call that changes something. Source: Shadeform API v1, its guides and
// recorded answers.
#include <catch2/catch.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::shadeform_errors_test {
using namespace tally::fakes;

namespace {

struct Case {
  std::string file;
  int status;
  Errc create;
  std::optional<Errc> terminate;  // nothing: it is done
  Errc other;                     // reboot, tags
  Certainty certainty;            // of all
};

std::vector<Case> cases() {
  constexpr auto nothing = Certainty::nothing_happened;
  constexpr auto unknown = Certainty::unknown;
  return {
      {"400_bad_request.json", 400, Errc::invalid_request, Errc::invalid_request, Errc::invalid_request, nothing},
      {"400_bad_request.json", 422, Errc::invalid_request, Errc::invalid_request, Errc::invalid_request, nothing},
      {"401_invalid_api_key.json", 401, Errc::auth, Errc::auth, Errc::auth, nothing},
      {"409_insufficient_funds.json", 402, Errc::out_of_quota, Errc::out_of_quota, Errc::out_of_quota, nothing},
      {"403_account_mismatch.json", 403, Errc::forbidden, Errc::forbidden, Errc::forbidden, nothing},
      {"404_instance_not_found.json", 404, Errc::resource_not_found, std::nullopt, Errc::instance_not_found, nothing},
      {"503_gateway.html", 404, Errc::service_unavailable, Errc::service_unavailable, Errc::service_unavailable,
       unknown},
      {"409_out_of_stock.json", 409, Errc::insufficient_resources, Errc::insufficient_resources,
       Errc::insufficient_resources, nothing},
      {"409_out_of_stock.json", 503, Errc::insufficient_resources, Errc::insufficient_resources,
       Errc::insufficient_resources, nothing},
      {"409_insufficient_funds.json", 409, Errc::out_of_quota, Errc::out_of_quota, Errc::out_of_quota, nothing},
      {"409_internal.json", 409, Errc::service_unavailable, Errc::service_unavailable, Errc::service_unavailable,
       unknown},
      {"409_not_json.txt", 409, Errc::service_unavailable, Errc::service_unavailable, Errc::service_unavailable,
       unknown},
      {"429_throttled.json", 429, Errc::rate_limited, Errc::rate_limited, Errc::rate_limited, nothing},
      {"500_plain.txt", 500, Errc::service_unavailable, Errc::service_unavailable, Errc::service_unavailable, unknown},
      {"503_gateway.html", 503, Errc::service_unavailable, Errc::service_unavailable, Errc::service_unavailable,
       unknown},
  };
}

}  // namespace

TEST_CASE("a refusal of Shadeform's means the same wherever it is met, but for what is gone", "[providers]") {
  for (const Case& each : cases()) {
    INFO(each.file << " " << each.status);
    RecordedAccount account(*find_provider("shadeform"));
    account.http.reply("/delete", each.status, account.file("errors/" + each.file));
    account.http.reply("/restart", each.status, account.file("errors/" + each.file));
    account.http.reply("/update", each.status, account.file("errors/" + each.file));
    account.http.reply("/instances/create", each.status, account.file("errors/" + each.file));
    const auto check = [&each](const auto& outcome, std::optional<Errc> kind) {
      REQUIRE(outcome.has_value() == !kind);
      if (!kind) return;
      CHECK(outcome.error().kind == *kind);
      CHECK(outcome.error().status == each.status);
    };
    const auto terminated = account.run(account->terminates()->terminate(account.instance));
    check(terminated, each.terminate);
    if (!terminated) CHECK(terminated.error().certainty == each.certainty);
    const auto rebooted = account.run(account->reboots()->reboot(account.instance));
    check(rebooted, each.other);
    CHECK(rebooted.error().certainty == each.certainty);
    TagChanges changes;
    changes["team"] = "ml";
    const auto tagged = account.run(account->updates_tags()->update_tags(account.instance, changes));
    check(tagged, each.other);
    CHECK(tagged.error().certainty == each.certainty);
    const auto created = account.run(account->creates()->create(account.order));
    check(created, each.create);
    // The key is there, and its removal is refused here like all else, unless it is said to be gone.
    const bool is_gone = each.certainty == Certainty::nothing_happened && !each.terminate;
    CHECK(created.error().certainty == (is_gone ? Certainty::nothing_happened : Certainty::partly));
    CHECK(created.error().made.size() == (is_gone ? 0 : 1));
  }
}

TEST_CASE("a 404 of Shadeform's without a code counts where it says what is not there", "[providers]") {
  const auto [body, is_gone] = GENERATE(table<std::string, bool>({
      {R"({"message":"Instance not found"})", true},
      {R"({"error":"The instance 1f2e does not exist"})", true},
      {R"({"message":"Not Found"})", false},
      {R"({"message":"no Route matched with those values"})", false},
      {"404 page not found", false},
  }));
  INFO(body);
  RecordedAccount account(*find_provider("shadeform"));
  account.http.reply("/delete", 404, body);
  account.http.reply("/info", 404, body);
  CHECK(account.run(account->terminates()->terminate(account.instance)).has_value() == is_gone);
  const auto read = account.run(account->instance(account.instance));
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == (is_gone ? Errc::instance_not_found : Errc::service_unavailable));
}

TEST_CASE("a name of a key that is taken at Shadeform is tried under others, not for ever", "[providers]") {
  RecordedAccount account(*find_provider("shadeform"));
  account.http.reply("/sshkeys/add", 409, account.file("errors/409_ssh_key_name.json"));
  const auto created = account.run(account->creates()->create(account.order));
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::conflict);
  CHECK(created.error().code == "DUPLICATE_NAME");
  CHECK(created.error().certainty == Certainty::nothing_happened);
  std::vector<std::string> names;
  for (const auto& sent : account.http.sent) {
    if (sent.url.ends_with("/sshkeys/add")) names.push_back(sent.body.substr(0, sent.body.find(',')));
  }
  CHECK(names == std::vector<std::string>{R"({"name":"job-7")", R"({"name":"job-7-2")", R"({"name":"job-7-3")"});
}

TEST_CASE("no call about a Shadeform instance is made without its ID", "[providers]") {
  RecordedAccount account(*find_provider("shadeform"));
  const InstanceRef nobody;
  const auto check = [](const auto& outcome) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == Errc::invalid_request);
    CHECK(outcome.error().certainty == Certainty::nothing_happened);
  };
  check(account.run(account->terminates()->terminate(nobody)));
  check(account.run(account->reboots()->reboot(nobody)));
  check(account.run(account->updates_tags()->update_tags(nobody, {})));
  CHECK(account.http.sent.empty());
}

}  // namespace tally::shadeform_errors_test
