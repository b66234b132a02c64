// FluidStack's regions: who names them, and what is kept of them over a restart.
#include <catch2/catch.hpp>

#include "tests/providers/fluidstack/site.hpp"

namespace tally::fluidstack_regions_test {
using namespace tally::fakes;

TEST_CASE("FluidStack's regions come from the Management API, which is a place of its own", "[providers]") {
  FluidstackSite site;
  const auto places = site.run(site->locations());
  REQUIRE(places);
  REQUIRE(places->rows.size() == 3);
  CHECK(places->rows[0]->name == "us-east-1");
  CHECK(places->rows[0]->endpoint == fluidstack_east);
  CHECK(places->rows[1]->name == "eu-west-1");
  CHECK(places->rows[2]->name == "management");
  const auto nothing = site.types("management");
  REQUIRE(nothing);
  CHECK(nothing->rows.empty());
}

TEST_CASE("an endpoint is FluidStack's one region, and the key goes nowhere else", "[providers]") {
  FluidstackSite site({}, fluidstack_west);
  const auto places = site.run(site->locations());
  REQUIRE(places);
  REQUIRE(places->rows.size() == 1);
  CHECK(places->rows[0]->name == "eu-west-1");
  REQUIRE(site.types("eu-west-1"));
  REQUIRE(site.instances("eu-west-1"));
  CHECK_FALSE(site.instances("management"));
  for (const auto& call : site.http.sent) CHECK(call.url.starts_with(fluidstack_west));
}

TEST_CASE("regions may be named, and the Management API elsewhere", "[providers]") {
  GivenOptions options;
  options["regions"] = std::vector<NamedUrl>{{"mine", fluidstack_east}};
  SECTION("beside the default endpoint") {
    FluidstackSite site(options);
    const auto places = site.run(site->locations());
    REQUIRE(places);
    REQUIRE(places->rows.size() == 2);
    CHECK(places->rows[0]->name == "mine");
    REQUIRE(site.types("mine"));
    CHECK(site.sent_to(fluidstack_management + "/regions") == 0);
  }
  SECTION("as the name of an endpoint") {
    options["management_url"] = fluidstack_management;
    FluidstackSite site(options, fluidstack_east);
    const auto places = site.run(site->locations());
    REQUIRE(places);
    REQUIRE(places->rows.size() == 2);
    CHECK(places->rows[0]->name == "mine");
    CHECK(places->rows[1]->name == "management");
  }
}

TEST_CASE("a region whose URL is none of the vendor's is rejected, and never called", "[providers]") {
  FluidstackSite site;
  site.http.reply(fluidstack_management + "/regions", 200,
                  R"([{"name":"us-east-1","url":")" + fluidstack_east +
                      R"("},{"name":"evil","url":"https://evil.example/api"},{"name":"management","url":")" +
                      fluidstack_east + R"("},{"url":"x"}])");
  const auto places = site.run(site->locations());
  REQUIRE(places);
  CHECK(places->rows.size() == 2);
  REQUIRE(places->rejected.size() == 3);
  CHECK(places->rejected[0].id == "evil");
  CHECK_FALSE(site.types("evil"));
  for (const auto& call : site.http.sent) CHECK(call.url.find("evil") == std::string::npos);
}

TEST_CASE("a failure of FluidStack's Management API touches no region, nor a region's another's", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.run(site->locations()));
  site.http.reply(fluidstack_management + "/regions", 500, "");
  site.http.reply(fluidstack_management + "/instances", 500, "");
  for (const char* path : {"/projects", "/instances", "/instance-types", "/capacity"}) {
    site.http.reply(fluidstack_west + path, 500, "");
  }
  CHECK_FALSE(site.run(site->locations()));
  CHECK_FALSE(site.instances("management"));
  CHECK_FALSE(site.instances("eu-west-1"));
  CHECK_FALSE(site.types("eu-west-1"));
  CHECK(site.instances("us-east-1"));
  CHECK(site.types("us-east-1"));
}

TEST_CASE("FluidStack's regions go on after a restart while the Management API does not answer", "[providers]") {
  FluidstackSite before;
  REQUIRE(before.run(before->locations()));
  const auto silence = [](FluidstackSite& site) {
    site.http.reply(fluidstack_management + "/regions", 503, "");
    site.http.reply(fluidstack_management + "/instances", 503, "");
  };
  SECTION("with their machines and types, and with what changes them") {
    FluidstackSite site({}, fluidstack_management, before.cache);
    silence(site);
    CHECK(site.instances("us-east-1"));
    CHECK(site.types("eu-west-1"));
    CHECK_FALSE(site.run(site->locations()));
    CHECK_FALSE(site.instances("mars-1"));
    Response accepted;
    accepted.status = 204;
    site.http.answer_changes(accepted);
    CHECK(site.run(site->terminates()->terminate(InstanceRef(CloudId("m-1"), "us-east-1"))));
  }
  SECTION("as it names them, once it answers") {
    FluidstackSite site({}, fluidstack_management, before.cache);
    site.http.reply(fluidstack_management + "/regions", 200,
                    R"([{"name":"us-east-1","url":")" + fluidstack_west + R"("}])");
    REQUIRE(site.run(site->locations()));
    REQUIRE(site.instances("us-east-1"));
    CHECK(site.sent_to(fluidstack_west + "/instances") == 1);
    CHECK(site.sent_to(fluidstack_east + "/instances") == 0);
    CHECK(site.cache.get("regions")->find(fluidstack_east) == std::string::npos);
  }
  SECTION("but never at an address that is none of the vendor's") {
    MemoryCache planted;
    planted.put("regions", R"([{"name":"us-east-1","url":"https://evil.example/api"}])");
    FluidstackSite site({}, fluidstack_management, planted);
    silence(site);
    CHECK_FALSE(site.instances("us-east-1"));
    for (const auto& call : site.http.sent) CHECK(call.url.find("evil") == std::string::npos);
  }
  SECTION("and what is no list of regions is forgotten") {
    MemoryCache broken;
    broken.put("regions", "[{");
    FluidstackSite site({}, fluidstack_management, broken);
    CHECK(site.instances("us-east-1"));
  }
}

TEST_CASE("a region that FluidStack's list leaves out is still asked for its machines, also after a restart",
          "[providers]") {
  FluidstackSite before;
  REQUIRE(before.run(before->locations()));
  const std::string without_west = R"([{"name": "us-east-1", "url": ")" + fluidstack_east + R"("}])";
  before.http.reply(fluidstack_management + "/regions", 200, without_west);
  REQUIRE(before.run(before->locations()));

  FluidstackSite after({}, fluidstack_management, before.cache);
  after.http.reply(fluidstack_management + "/regions", 200, without_west);
  CHECK(after.instances("eu-west-1"));
}

TEST_CASE("FluidStack's regions that are listed no more do not add up for ever", "[providers]") {
  FluidstackSite site;
  const auto list = [&site](std::size_t from) {
    std::string regions;
    for (std::size_t i = from; i < from + limits::locations_per_account; ++i) {
      regions += (regions.empty() ? "" : ", ") + (R"({"name": "r)" + std::to_string(i) + R"(", "url": ")") +
                 fluidstack_east + R"("})";
    }
    site.http.reply(fluidstack_management + "/regions", 200, "[" + regions + "]");
    REQUIRE(site.run(site->locations()));
  };
  list(0);
  list(limits::locations_per_account);
  const auto forgotten = site.run(site->terminates()->terminate({CloudId("i-1"), "r0"}));
  REQUIRE_FALSE(forgotten);
  CHECK(forgotten.error().message.find("no such region") != std::string::npos);
}

}  // namespace tally::fluidstack_regions_test
