// Which project of a FluidStack region is asked for.
#include <catch2/catch.hpp>

#include "tests/providers/fluidstack/site.hpp"

namespace tally::fluidstack_projects_test {
using namespace tally::fakes;

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

TEST_CASE("the project that is used at FluidStack stays that over a restart, while there is such a project",
          "[providers]") {
  FluidstackSite before;
  REQUIRE(before.instances("us-east-1"));
  const auto used = [&before](const std::string& projects) {
    FluidstackSite after({}, fluidstack_management, before.cache);
    after.http.reply(fluidstack_east + "/projects", 200, projects);
    REQUIRE(after.instances("us-east-1"));
    return after.http.sent.back().headers.at("X-PROJECT-ID");
  };
  const auto listed = [](const std::string& id, const std::string& state) {
    return R"({"id":")" + id + R"(","name":"n","state":")" + state + "\"}";
  };
  const std::string p2 = listed("p-2", "active");
  CHECK(used("[" + p2 + "," + listed(fluidstack_project, "active") + "]") == fluidstack_project);
  CHECK(used("[" + p2 + "," + listed(fluidstack_project, "deleting") + "]") == fluidstack_project);
  CHECK(used("[" + p2 + "]") == "p-2");
}

TEST_CASE("a project of which FluidStack says that it is gone is not used because it was", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.instances("us-east-1"));
  site.http.reply(fluidstack_east + "/instances", 404, FluidstackSite::file("errors/404_project.json"));
  REQUIRE_FALSE(site.instances("us-east-1"));
  site.http.reply(fluidstack_east + "/projects", 200,
                  R"([{"id":")" + fluidstack_project + R"(","state":"deleting"},{"id":"p-2","state":"active"}])");
  site.reply(fluidstack_east + "/instances", "instances_us-east-1.json");
  REQUIRE(site.instances("us-east-1"));
  CHECK(site.http.sent.back().headers.at("X-PROJECT-ID") == "p-2");
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
