// What the catalog says of the events that rules tell of.
#include "notify/happenings.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "tests/fakes/money.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::happenings_test {
using namespace tally::notify;
using namespace tally::store_tests;

namespace {

const ListingKey east_listing{SyncerKind::instance_types, "east"};
const ListingKey west_listing{SyncerKind::instance_types, "west"};

Rule rule_of(std::vector<std::string> events) {
  Rule rule;
  rule.name = "r";
  rule.events = std::move(events);
  return rule;
}

struct HappeningsWorld : World {
  explicit HappeningsWorld(ApiType api_type = ApiType::global) {
    CredentialRecord of_type = record();
    of_type.api_type = api_type;
    catalog.set_credentials({of_type}, Timestamp(1h));
  }

  /// A complete answer of that listing adds these types, or none.
  void list(const ListingKey& listing, const std::vector<InstanceType>& types = {}, Timestamp at = now()) {
    ChangeSet changes;
    changes.at = at;
    for (const InstanceType& type : types) {
      ChangeSet of_type = addition(type, at);
      of_type.types.front().listing = listing;
      of_type.events.front().detail = R"({"is_available": 1})";
      changes.types.push_back(of_type.types.front());
      changes.events.push_back(of_type.events.front());
    }
    catalog.apply(cred, changes, state(listing, at));
  }
  void list_locations(const std::vector<std::string>& names) {
    ChangeSet changes;
    changes.at = now();
    for (const std::string& name : names) {
      KnownLocation known;
      known.row = row(make_location(name));
      known.first_seen_at = known.seen_at = now();
      changes.locations.push_back(known);
      changes.events.push_back({"location_added", "location", name, {}, {}, {}, "{}"});
    }
    catalog.apply(cred, changes, state(types_listing, now()));
  }
  void happen(const Event& event, Timestamp at = now()) {
    ChangeSet changes;
    changes.at = at;
    changes.events = {event};
    catalog.apply(cred, changes);
  }
  [[nodiscard]] std::vector<boost::json::object> told(const Rule& rule) const {
    Reader reader(file);
    const EventsFound found = read_events(reader, {{std::make_shared<const Rule>(rule), 0}});
    std::vector<boost::json::object> bodies;
    if (found.read.of_rules.empty()) return bodies;
    for (const NewDelivery& delivery : found.read.of_rules.at("r")) {
      bodies.push_back(boost::json::parse(delivery.body).as_object());
    }
    return bodies;
  }
  [[nodiscard]] std::vector<std::string> subjects_told(const Rule& rule) const {
    std::vector<std::string> subjects;
    for (const auto& body : told(rule)) subjects.emplace_back(body.at("event").at("subject_id").as_string());
    return subjects;
  }
};

std::vector<std::string> ids(const std::vector<InstanceType>& types) {
  std::vector<std::string> all;
  for (const InstanceType& type : types) all.push_back(type.id.str());
  return all;
}

const InstanceType a = make_type("east", "a");
const InstanceType b = make_type("east", "b");
const InstanceType c = make_type("west", "c");

}  // namespace

TEST_CASE("what an account has from the start is no news, what it adds is", "[notify]") {
  HappeningsWorld world;
  SECTION("whatever the clock does") {
    world.list(types_listing, {a});
    world.list(types_listing, {b}, now() - std::chrono::hours(48));
    CHECK(world.subjects_told(rule_of({"available"})) == ids({b}));
  }
  SECTION("also when it had nothing at first") {
    world.list(types_listing);
    world.list(types_listing, {b});
    CHECK(world.subjects_told(rule_of({"available"})) == ids({b}));
  }
  SECTION("before the first answer is written whole nothing is") {
    world.catalog.apply(cred, addition(a, now()));
    world.list(types_listing, {b});
    CHECK(world.subjects_told(rule_of({"available"})).empty());
    CHECK(world.subjects_told(rule_of({"type_added"})) == ids({a, b}));
  }
}

TEST_CASE("a location that an account has from the start is no news, a new one is", "[notify]") {
  HappeningsWorld world(ApiType::locational);
  world.list_locations({"east"});
  world.list(east_listing, {a});
  world.list(types_listing);
  CHECK(world.subjects_told(rule_of({"available"})).empty());
  world.list_locations({"west"});
  world.list(west_listing, {c});
  world.list(east_listing, {b});
  CHECK(world.subjects_told(rule_of({"available"})) == ids({c, b}));
}

TEST_CASE("a type that is listed again is told of once, when it is available", "[notify]") {
  HappeningsWorld world;
  world.list(types_listing, {a});
  const Event back{"type_relisted", "instance_type", a.id.str(), "is_listed", "0", "1", {}};
  SECTION("alone") { world.happen(back); }
  SECTION("with a change of its availability") {
    const Timestamp at = now();
    world.happen(back, at);
    world.happen({"type_changed", "instance_type", a.id.str(), "is_available", "0", "1", {}}, at);
  }
  CHECK(world.told(rule_of({"available"})).size() == 1);
}

TEST_CASE("what is told has the offer that it is about, and filters look at it", "[notify]") {
  HappeningsWorld world;
  InstanceType spot = a;
  Price cheap;
  cheap.usage_class = UsageClass::spot;
  cheap.amount = fakes::cents(50);
  spot.prices.push_back(cheap);
  world.list(types_listing, {spot});
  world.happen({"type_changed", "instance_type", a.id.str(), "price_nanos:spot", "1", "500000000", {}});
  world.happen({"type_changed", "instance_type", a.id.str(), "price_nanos", "1", "1990000000", {}});
  Rule rule = rule_of({"price"});
  const auto told = world.told(rule);
  REQUIRE(told.size() == 2);
  CHECK(told[0].at("offer").at("usage_class") == "spot");
  CHECK(told[1].at("offer").at("usage_class") == "on-demand");
  CHECK(told[1].at("offer").at("gpu_name") == "A100");
  CHECK(told[1].at("instance").is_null());
  rule.gpu = "A100";
  rule.max_price = 1;
  CHECK(world.told(rule).size() == 1);
  rule.credential = "other";
  CHECK(world.told(rule).empty());
}

TEST_CASE("what is told of an instance has its row, and a tag chooses by it", "[notify]") {
  HappeningsWorld world;
  world.catalog.apply(cred, addition(full_instance(), now()), state(instances_listing, now()));
  world.happen({"probe_failed", "instance", "i-1", {}, {}, "tcp", {}});
  world.happen({"credential_failing", "credential", {}, {}, {}, {}, "no route"});
  Rule rule = rule_of({"unreachable", "failing"});
  CHECK(world.told(rule).size() == 2);
  rule.tag.emplace("team", "a \"quoted\" one");
  const auto told = world.told(rule);
  REQUIRE(told.size() == 1);
  CHECK(told[0].at("instance").at("cloud_id") == "i-1");
  CHECK(told[0].at("offer").is_null());
  rule.tag->second = "another";
  CHECK(world.told(rule).empty());
}

TEST_CASE("many events are read in several readings, each once", "[notify]") {
  HappeningsWorld world;
  for (int i = 0; i < 450; ++i) world.happen({"type_unlisted", "instance_type", a.id.str(), {}, {}, {}, {}});
  Reader reader(world.file);
  ReadingRule rule{std::make_shared<const Rule>(rule_of({"type_unlisted"})), 0};
  std::size_t count = 0;
  for (bool is_all = false; !is_all;) {
    const EventsFound found = read_events(reader, {rule});
    if (found.is_news) count += found.read.of_rules.at("r").size();
    rule.read_event_id = found.read.last_event_id;
    is_all = found.is_all;
  }
  CHECK(count == 450);
  CHECK_FALSE(read_events(reader, {rule}).is_news);
}

}  // namespace tally::happenings_test
