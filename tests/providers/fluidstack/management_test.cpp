// Machines that only FluidStack's Management API shows.
#include <catch2/catch.hpp>

#include "tests/providers/fluidstack/site.hpp"

namespace tally::fluidstack_management_test {
using namespace tally::fakes;

namespace {

std::string management_row(const std::string& id, const std::string& region, const std::string& in_project) {
  return R"({"id":")" + id + R"(","name":"n","type":"cpu.8x","ip":"10.0.0.9","state":"running","region":")" + region +
         R"(","project_id":")" + in_project + "\"}";
}

}  // namespace

TEST_CASE("a machine that its region lists is none of the Management API's", "[providers]") {
  FluidstackSite site;
  const auto all = site.instances("management");
  REQUIRE(all);
  CHECK(all->rows.empty());
  CHECK(all->rejected.empty());
  site.http.reply(fluidstack_management + "/instances", 200,
                  "[" + management_row("m-1", "us-east-1", fluidstack_project) + "," +
                      management_row("m-2", "us-east-1", "other") + "," +
                      management_row("m-3", "mars-1", fluidstack_project) + "]");
  const auto others = site.instances("management");
  REQUIRE(others);
  REQUIRE(others->rows.size() == 2);
  CHECK(others->rows[0]->cloud_id == CloudId("m-2"));
  CHECK(others->rows[0]->location == "management");
  CHECK(others->rows[0]->sub_location == "us-east-1");
  CHECK(others->rows[0]->instance_type_id == InstanceTypeId("us-east-1-noSub-cpu.8x"));
  CHECK(others->rows[1]->cloud_id == CloudId("m-3"));
}

TEST_CASE(
    "while a region cannot say what it lists, the Management API's machines there are neither listed twice nor gone",
    "[providers]") {
  FluidstackSite site;
  site.http.reply(fluidstack_east + "/projects", 503, "");
  site.http.reply(
      fluidstack_management + "/instances", 200,
      "[" + management_row("m-1", "us-east-1", "other") + "," + management_row("m-2", "eu-west-1", "other") + "]");
  for (int pass = 0; pass < 2; ++pass) {
    const auto all = site.instances("management");
    REQUIRE(all);
    REQUIRE(all->rows.size() == 1);
    CHECK(all->rows[0]->cloud_id == CloudId("m-2"));
    REQUIRE(all->rejected.size() == 1);
    CHECK(all->rejected[0].id == "m-1");
  }
  CHECK(site.sent_to(fluidstack_east + "/projects") == 1);
}

TEST_CASE("a machine that the Management API's list lacks a second time is gone there", "[providers]") {
  FluidstackSite site;
  site.http.reply(fluidstack_management + "/instances", 200,
                  "[" + management_row("m-2", "mars-1", fluidstack_project) + "]");
  const auto there = site.run(site->instance(InstanceRef(CloudId("m-2"), "management")));
  REQUIRE(there);
  CHECK(there->sub_location == "mars-1");
  const auto gone = site.run(site->instance(InstanceRef(CloudId("m-3"), "management")));
  REQUIRE_FALSE(gone);
  CHECK(gone.error().kind == Errc::instance_not_found);
  site.http.reply(fluidstack_management + "/instances", 200,
                  R"([{"id":"m-3"},)" + management_row("m-2", "mars-1", fluidstack_project) + "]");
  const auto unread = site.run(site->instance(InstanceRef(CloudId("m-3"), "management")));
  REQUIRE_FALSE(unread);
  CHECK(unread.error().kind == Errc::service_unavailable);
}

TEST_CASE("a machine that only the Management API shows cannot be changed", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.run(site->locations()));
  site.http.reply(fluidstack_management + "/instances", 200,
                  "[" + management_row("m-2", "mars-1", fluidstack_project) + "," +
                      management_row("m-3", "us-east-1", "other") + "]");
  const auto check = [](const auto& outcome) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == Errc::not_implemented);
    CHECK(outcome.error().certainty == Certainty::nothing_happened);
  };
  for (const char* id : {"m-2", "m-3"}) {
    const InstanceRef there(CloudId(id), "management");
    check(site.run(site->terminates()->terminate(there)));
    check(site.run(site->stops_starts()->stop(there)));
    check(site.run(site->stops_starts()->start(there)));
  }
  for (const auto& call : site.http.sent) CHECK(call.method == "GET");
}

TEST_CASE("a machine that its region begins to list stays alive under the Management API, and is changed there",
          "[providers]") {
  FluidstackSite site;
  REQUIRE(site.run(site->locations()));
  site.http.reply(fluidstack_management + "/instances", 200,
                  "[" + management_row("m-1", "us-east-1", fluidstack_project) + "]");
  REQUIRE(site.instances("management")->rows.empty());
  const InstanceRef shown(CloudId("m-1"), "management");
  const auto there = site.run(site->instance(shown));
  REQUIRE(there);
  CHECK(there->location == "management");
  CHECK(there->sub_location == "us-east-1");
  site.http.reply("DELETE " + fluidstack_east + "/instances/m-1", 204, "");
  REQUIRE(site.run(site->terminates()->terminate(shown)));
  CHECK(site.http.sent.back().url == fluidstack_east + "/instances/m-1");
  CHECK(site.http.sent.back().headers.at("X-PROJECT-ID") == fluidstack_project);
}

TEST_CASE("a machine that its region does not know is there while the Management API shows it", "[providers]") {
  FluidstackSite site({{"project_id", std::string("new")}});
  site.http.reply(fluidstack_east + "/instances/m-1", 404, FluidstackSite::file("errors/404_instance.json"));
  const auto read = [&] { return site.run(site->instance(InstanceRef(CloudId("m-1"), "us-east-1"))); };
  site.http.reply(fluidstack_management + "/instances", 200, "[" + management_row("m-1", "us-east-1", "old") + "]");
  const auto there = read();
  REQUIRE(there);
  CHECK(there->status == LifecycleStatus::running);
  CHECK(there->location == "us-east-1");
  CHECK(there->sub_location.empty());
  CHECK(there->instance_type_id == InstanceTypeId("us-east-1-noSub-cpu.8x"));
  const auto [status, body, kind] = GENERATE(table<int, std::string, Errc>({
      {200, "[]", Errc::instance_not_found},
      {200, R"([{"id":"m-9"}])", Errc::instance_not_found},
      {200, R"([{"id":"m-1"}])", Errc::service_unavailable},
      {503, "", Errc::instance_not_found},
  }));
  INFO(status << body);
  site.http.reply(fluidstack_management + "/instances", status, body);
  const auto gone = read();
  REQUIRE_FALSE(gone);
  CHECK(gone.error().kind == kind);
}

TEST_CASE("a machine of a region that nobody asks any more is the Management API's", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.run(site->locations()));
  site.http.reply(fluidstack_management + "/instances", 200,
                  "[" + management_row("m-1", "us-east-1", fluidstack_project) + "]");
  const auto is_shown = [&site] {
    const auto all = site.instances("management");
    REQUIRE(all);
    CHECK(all->rejected.empty());
    return !all->rows.empty();
  };
  REQUIRE(site.instances("us-east-1"));
  site.pass(std::chrono::hours(1));
  CHECK_FALSE(is_shown());  // both are asked once an hour
  CHECK_FALSE(is_shown());
  REQUIRE(site.instances("us-east-1"));
  for (int pass = 0; pass < 5; ++pass) CHECK_FALSE(is_shown());
  site.pass(std::chrono::minutes(10));
  CHECK(is_shown());
  REQUIRE(site.instances("us-east-1"));
  CHECK_FALSE(is_shown());
}

TEST_CASE("while a region's list fails, what it had is the region's, and of others nobody knows", "[providers]") {
  FluidstackSite site;
  const std::string forbidden = FluidstackSite::file("errors/403_forbidden.json");
  site.http.reply(fluidstack_management + "/instances", 200,
                  "[" + management_row("m-1", "us-east-1", fluidstack_project) + "," +
                      management_row("m-2", "us-east-1", fluidstack_project) + "]");
  site.http.reply(fluidstack_east + "/instances", 200, R"([{"id":"m-1","type":"t","state":"running"}])");
  const bool was_read = GENERATE(true, false);
  if (was_read) REQUIRE(site.instances("us-east-1"));
  site.http.reply(fluidstack_east + "/instances", 403, forbidden);
  REQUIRE_FALSE(site.instances("us-east-1"));
  const auto all = site.instances("management");
  REQUIRE(all);
  CHECK(all->rows.empty());
  REQUIRE(all->rejected.size() == (was_read ? 1 : 2));
  CHECK(all->rejected.back().id == "m-2");
}

}  // namespace tally::fluidstack_management_test
