// Which project of a FluidStack region is asked for.
#include <catch2/catch.hpp>

#include "tests/providers/fluidstack/site.hpp"

namespace tally::fluidstack_projects_test {
using namespace tally::fakes;

namespace {

std::string listed(const std::string& id, const std::string& state) {
  return R"({"id":")" + id + R"(","name":"n","state":")" + state + "\"}";
}

}  // namespace

TEST_CASE("machines and capacity are asked for in the region's project", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.types("us-east-1"));
  REQUIRE(site.instances("us-east-1"));
  REQUIRE(site.instances("us-east-1"));
  CHECK(site.sent_to(fluidstack_east + "/projects") == 1);
  for (const auto& call : site.http.sent) {
    INFO(call.url);
    const bool is_of_a_project = call.url.ends_with("/capacity") || call.url.ends_with("/instances");
    CHECK(call.headers.contains("X-PROJECT-ID") == is_of_a_project);
    if (is_of_a_project) CHECK(call.headers.at("X-PROJECT-ID") == fluidstack_project);
    CHECK(call.authorization == "Bearer canary-4711");
  }
}

TEST_CASE("a project that is named is not looked for", "[providers]") {
  FluidstackSite site({{"project_id", std::string("p-9")}});
  REQUIRE(site.instances("us-east-1"));
  CHECK(site.sent_to(fluidstack_east + "/projects") == 0);
  CHECK(site.http.sent.back().headers.at("X-PROJECT-ID") == "p-9");
}

TEST_CASE("a project that is gone is looked for again", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.instances("us-east-1"));
  site.http.reply(fluidstack_east + "/instances", 404, FluidstackSite::file("errors/404_project.json"));
  const auto refused = site.instances("us-east-1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::resource_not_found);
  site.reply(fluidstack_east + "/instances", "instances_us-east-1.json");
  CHECK(site.instances("us-east-1"));
  CHECK(site.sent_to(fluidstack_east + "/projects") == 2);
}

TEST_CASE("where nobody says which project is meant, FluidStack's types are there all the same", "[providers]") {
  FluidstackSite site;
  site.http.reply(fluidstack_east + "/projects", 200,
                  R"([{"id":"p-1","name":"a","state":"active"},{"id":"p-2","name":"b","state":"active"}])");
  const auto types = site.types("us-east-1");
  REQUIRE(types);
  CHECK(types->rows.front()->is_available == std::nullopt);
  const auto machines = site.instances("us-east-1");
  REQUIRE_FALSE(machines);
  CHECK(machines.error().kind == Errc::invalid_request);
  CHECK_THAT(machines.error().message, Catch::Contains("p-1 (a), p-2 (b)"));
}

TEST_CASE("the project that is used at FluidStack stays that over a restart, also while it is being deleted",
          "[providers]") {
  const std::string state = GENERATE("active", "deleting");
  FluidstackSite before;
  REQUIRE(before.instances("us-east-1"));
  FluidstackSite after({}, fluidstack_management, before.cache);
  after.http.reply(fluidstack_east + "/projects", 200,
                   "[" + listed("p-2", "active") + "," + listed(fluidstack_project, state) + "]");
  REQUIRE(after.instances("us-east-1"));
  CHECK(after.http.sent.back().headers.at("X-PROJECT-ID") == fluidstack_project);
}

TEST_CASE("no other FluidStack project takes the place of the one that was used, nor answers for its machines",
          "[providers]") {
  const std::string left = GENERATE(listed("p-2", "active"), std::string());
  const bool is_restarted = GENERATE(true, false);
  CAPTURE(left, is_restarted);
  FluidstackSite before;
  REQUIRE(before.instances("us-east-1"));
  FluidstackSite restarted({}, fluidstack_management, before.cache);
  FluidstackSite& site = is_restarted ? restarted : before;
  if (!is_restarted) {
    site.http.reply(fluidstack_east + "/instances", 404, FluidstackSite::file("errors/404_project.json"));
    REQUIRE_FALSE(site.instances("us-east-1"));
    site.reply(fluidstack_east + "/instances", "instances_us-east-1.json");
  }
  site.http.reply(fluidstack_east + "/projects", 200, "[" + left + "]");
  site.http.reply("/instances/m-1", 404, FluidstackSite::file("errors/404_instance.json"));
  site.http.sent.clear();

  const InstanceRef machine(CloudId("m-1"), "us-east-1");
  const auto check = [](const auto& outcome) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == Errc::invalid_request);
    CHECK(outcome.error().certainty == Certainty::nothing_happened);
    CHECK_THAT(outcome.error().message, Catch::Contains(fluidstack_project) && Catch::Contains("`project_id`"));
  };
  check(site.instances("us-east-1"));
  check(site.run(site->instance(machine)));
  check(site.run(site->terminates()->terminate(machine)));
  check(site.run(site->creates()->create(fluidstack_order())));
  for (const auto& call : site.http.sent) CHECK_FALSE(call.headers.contains("X-PROJECT-ID"));

  site.reply(fluidstack_east + "/projects", "projects.json");
  REQUIRE(site.instances("us-east-1"));
  CHECK(site.http.sent.back().headers.at("X-PROJECT-ID") == fluidstack_project);
}

TEST_CASE("a FluidStack project that is named is used, whichever was used before", "[providers]") {
  FluidstackSite before;
  REQUIRE(before.instances("us-east-1"));
  FluidstackSite after({{"project_id", std::string("p-2")}}, fluidstack_management, before.cache);
  after.http.reply(fluidstack_east + "/projects", 200, "[" + listed("p-2", "active") + "]");
  REQUIRE(after.instances("us-east-1"));
  CHECK(after.http.sent.back().headers.at("X-PROJECT-ID") == "p-2");
}

TEST_CASE("a project that nobody can read hides no FluidStack project in use, and keeps a new one from being chosen",
          "[providers]") {
  const std::string odd = GENERATE("null", "17", R"({"state":"active"})", R"({"id":"p-2","state":17})");
  const std::string in_use = R"({"id":")" + fluidstack_project + R"(","state":"active"})";
  const std::string projects = "[" + odd + "," + in_use + "]";
  CAPTURE(projects);
  FluidstackSite before;
  REQUIRE(before.instances("us-east-1"));
  FluidstackSite after({}, fluidstack_management, before.cache);
  after.http.reply(fluidstack_east + "/projects", 200, projects);
  REQUIRE(after.instances("us-east-1"));
  CHECK(after.http.sent.back().headers.at("X-PROJECT-ID") == fluidstack_project);
  FluidstackSite fresh;
  fresh.http.reply(fluidstack_east + "/projects", 200, projects);
  const auto machines = fresh.instances("us-east-1");
  REQUIRE_FALSE(machines);
  CHECK(machines.error().kind == Errc::service_unavailable);
}

}  // namespace tally::fluidstack_projects_test
