// GET /sd/prometheus: the targets, their labels, and when there is no list.
#include "api/service_discovery.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "store/sqlite.hpp"
#include "tests/api/api_site.hpp"

namespace tally::service_discovery_test {
using namespace tally::api_tests;

namespace {

void put(World& world, const Instance& instance) {
  world.catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
}

json::array targets_of(const World& world) {
  Reader reader(world.file);
  return api::prometheus_targets(reader, 9400);
}

}  // namespace

TEST_CASE("a running instance is a target with what is known of it, odd tags too", "[sd]") {
  World world;
  Instance instance = make_instance("i-1");
  instance.name = "a \"quoted\" näme";
  instance.tags = {{"team", "ml"}, {"a.b/c", "first"}, {"a_b_c", "second"}, {"näh", "x"}, {"", "no key"}};
  put(world, instance);
  const json::array targets = targets_of(world);
  REQUIRE(targets.size() == 1);
  CHECK(json::serialize(targets[0].at("targets")) == R"(["192.0.2.1:9400"])");
  const json::object& labels = targets[0].at("labels").as_object();
  const auto label = [&labels](const std::string& name) { return labels.at("__meta_tallyd_" + name).as_string(); };
  CHECK(label("credential") == "cred");
  CHECK(label("provider") == "fake");
  CHECK(label("location") == "east");
  CHECK(label("type") == "a100");
  CHECK(label("cloud_id") == "i-1");
  CHECK(label("name") == "a \"quoted\" näme");
  CHECK(label("is_stale") == "0");
  CHECK(label("tag_team") == "ml");
  CHECK(label("tag_a_b_c") == "first");
  CHECK(label("tag_n__h") == "x");
  CHECK(label("tag_") == "no key");
  for (const auto& [name, value] : labels) {
    CHECK(std::string(name).find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
    CHECK(value.is_string());
  }
}

TEST_CASE("only what runs and has an address is a target", "[sd]") {
  World world;
  Instance stopped = make_instance("stopped");
  stopped.status = LifecycleStatus::stopped;
  Instance nowhere = make_instance("nowhere");
  nowhere.public_ip.clear();
  Instance named = make_instance("named");
  named.public_ip.clear();
  named.public_dns = "gpu.example";
  Instance ipv6 = make_instance("v6");
  ipv6.public_ip = "2001:db8::1";
  for (const Instance& each : {stopped, nowhere, named, ipv6}) put(world, each);
  std::vector<std::string> addresses;
  for (const json::value& target : targets_of(world)) {
    addresses.emplace_back(target.at("targets").at(0).as_string());
  }
  CHECK(addresses == std::vector<std::string>{"gpu.example:9400", "[2001:db8::1]:9400"});
}

TEST_CASE("instances of a removed credential are no targets", "[sd]") {
  World world;
  put(world, make_instance("i-1"));
  world.catalog.set_credentials({}, now());
  CHECK(targets_of(world).empty());
}

TEST_CASE("there is no list until each credential has been asked once, whatever it answered", "[sd]") {
  Site site;
  CHECK(get(site, "/sd/prometheus").body.as_array().size() == 3);
  CredentialRecord other = record();
  other.ref = CredentialRef("other");
  site.world().catalog.set_credentials({record(), other}, now());
  const HttpAnswer unknown = get(site, "/sd/prometheus");
  CHECK(unknown.status == 503);
  CHECK_THAT(std::string(unknown.body.at("detail").as_string()), Catch::Contains("other"));
  ListingState failed;
  failed.key = instances_listing;
  failed.last_attempt_at = failed.failing_since = now();
  failed.last_error_kind = "auth";
  failed.interval = 5s;
  site.world().catalog.record({{CredentialRef("other"), failed}});
  CHECK(get(site, "/sd/prometheus").body.as_array().size() == 3);
}

TEST_CASE("of a locational account each location that can be used is asked first, and none holds up for ever", "[sd]") {
  World world;
  CredentialRecord locational = record();
  locational.api_type = ApiType::locational;
  world.catalog.set_credentials({locational}, now());
  Reader reader(world.file);
  CHECK(api::credential_not_listed_yet(reader) == "cred");
  ListingState locations = state(types_listing, now());
  SECTION("the list of locations failed") {
    locations.last_success_at.reset();
    locations.failing_since = now();
    world.catalog.record({{cred, locations}});
  }
  SECTION("there is no location") { world.catalog.record({{cred, locations}}); }
  SECTION("there is one") {
    ChangeSet changes;
    changes.at = now();
    KnownLocation east;
    east.row = row(make_location("east"));
    east.first_seen_at = east.seen_at = now();
    changes.locations.push_back(east);
    world.catalog.apply(cred, changes, locations);
    CHECK(api::credential_not_listed_yet(reader) == "cred");
    world.catalog.record({{cred, state({SyncerKind::instances, "east"}, now())}});
  }
  CHECK(api::credential_not_listed_yet(reader).empty());
}

TEST_CASE("a catalog that cannot be read is told, never an empty list or a scrape without gauges", "[sd]") {
  Site site;
  sqlite::Connection connection(site.world().file, SQLITE_OPEN_READWRITE);
  connection.execute("DROP VIEW running_instances");
  CHECK(get(site, "/sd/prometheus").status == 503);
  CHECK(get(site, "/metrics").status == 503);
}

}  // namespace tally::service_discovery_test
