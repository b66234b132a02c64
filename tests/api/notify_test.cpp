// What the control API and tallyctl answer about notifications.
#include <sysexits.h>

#include <catch2/catch.hpp>

#include "tests/api/cli_site.hpp"

namespace tally::notify_api_test {
using namespace tally::api_tests;

namespace {

const std::string rules =
    "[[notify]]\nname = \"hook\"\nevents = [\"available\", \"price\"]\ngpu = \"H100\"\nmax_price = 30\nurl = "
    "\"https://hooks.example.com/s3cret\"\nsecret_file = \"/nonexistent/notify.key\"\n[[notify]]\nname = "
    "\"told\"\nevents = [\"orphan\"]\ncredential = \"cred\"\ntag = \"a=b\"\ncommand = [\"/bin/told\", \"--now\"]\n";

/// Three deliveries of one rule: delivered, waiting and given up.
void deliver(Catalog& catalog) {
  catalog.set_notify_rules({"hook"});
  EventsRead read;
  read.at = now();
  for (std::int64_t event = 1; event <= 3; ++event) read.of_rules["hook"].push_back({event, "s", "{}"});
  catalog.apply(read);
  DeliveryOutcome delivered{1, 2, Timestamp(1h), true, ""};
  DeliveryOutcome given_up{3, 7, std::nullopt, true, "given up: no"};
  catalog.apply(std::vector<DeliveryOutcome>{delivered, given_up});
}

Error not_taken(Errc kind, const std::string& why) {
  Error error;
  error.kind = kind;
  error.message = why;
  return error;
}

}  // namespace

TEST_CASE("the deliveries are a resource, by rule and state", "[api]") {
  Site site;
  deliver(site.world().catalog);
  const auto items = [&site](const std::string& query) {
    return get(site, "/v1/deliveries" + query).body.at("items").as_array();
  };
  CHECK(items("").size() == 3);
  const HttpAnswer page = get(site, "/v1/deliveries?limit=2");
  REQUIRE(page.body.at("next").is_string());
  const auto rest = items("?after=" + std::string(page.body.at("next").as_string()));
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].at("id") == 3);
  CHECK(items("?notify=other").empty());
  const auto waiting = items("?notify=hook&state=waiting");
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].at("event_id") == 2);
  const auto given_up = items("?state=given_up");
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].at("attempts") == 7);
  CHECK(given_up[0].at("error") == "given up: no");
  CHECK(given_up[0].at("delivered_at_ms").is_null());
}

TEST_CASE("a test of a rule answers the delivery, or why it was not taken", "[api]") {
  Site site;
  const HttpAnswer taken = get(site, "/v1/notify/hook/test", "POST");
  CHECK(taken.status == 200);
  CHECK(taken.body.at("status") == "delivered");
  CHECK(taken.body.at("delivery") == 4);  // the name's length, as the fake has it
  site.control().refusal_ = not_taken(Errc::resource_not_found, "no rule");
  CHECK(get(site, "/v1/notify/hook/test", "POST").status == 404);
  site.control().refusal_ = not_taken(Errc::service_unavailable, "HTTP 500: no");
  const HttpAnswer refused = get(site, "/v1/notify/hook/test", "POST");
  CHECK(refused.status == 503);
  CHECK(refused.body.at("detail") == "HTTP 500: no");
}

TEST_CASE("tallyctl has the daemon test a rule", "[cli]") {
  CliSite site;
  const Ran taken = site.run({"notify", "test", "hook"});
  CHECK(taken.exit_code == 0);
  CHECK(taken.err == "delivered\n");
  site.control().refusal_ = not_taken(Errc::service_unavailable, "HTTP 500: no");
  const Ran refused = site.run({"notify", "test", "hook"});
  CHECK(refused.exit_code == 1);
  CHECK(refused.err == "tallyctl: hook: HTTP 500: no\n");
}

TEST_CASE("tallyctl lists the rules, with what became of their deliveries and without their secrets", "[cli]") {
  CliSite site(rules);
  deliver(site.world().catalog);
  const Ran table = site.run({"notify", "list"});
  CHECK(table.exit_code == 0);
  CHECK(table.says("https://hooks.example.com/..."));
  CHECK(table.says("1970-01-01 01:00:00"));
  CHECK_FALSE(table.says("s3cret"));
  const auto rows = site.run({"notify", "list", "-o", "json"}).rows();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].at("events") == "available price");
  CHECK(rows[0].at("max_price") == 30);
  CHECK(rows[0].at("waiting") == 1);
  CHECK(rows[0].at("delivered") == 1);
  CHECK(rows[0].at("given_up") == 1);
  CHECK(rows[0].at("last_delivered_at_ms") == 3'600'000);
  CHECK(rows[0].at("last_error") == "given up: no");
  CHECK(rows[1].at("target") == "/bin/told --now");
  CHECK(rows[1].at("waiting") == 0);
}

TEST_CASE("a list of no rules says so, and one of wrong rules tells what is wrong", "[cli]") {
  CliSite none;
  CHECK(none.run({"notify", "list"}).err == "no [[notify]] is in the configuration\n");
  CHECK(none.run({"notify", "list", "-o", "json"}).rows().empty());
  CliSite wrong("[[notify]]\nname = \"r\"\nevents = [\"availble\"]\ncommand = [\"/bin/told\"]\n");
  const Ran ran = wrong.run({"notify", "list"});
  CHECK(ran.exit_code == EX_CONFIG);
  CHECK(ran.err.find("is \"available\" meant?") != std::string::npos);
}

}  // namespace tally::notify_api_test
