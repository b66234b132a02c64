#include <catch2/catch.hpp>

#include "store/backup.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::retention_test {
using namespace tally::store_tests;

namespace {

/// A catalog with a type whose price moved every day for two years, and an instance that ended in the first of them.
struct LongWorld : World {
  static constexpr int days = 730;
  Timestamp begin = Timestamp(std::chrono::hours(24 * 20'000));
  Timestamp end = begin + std::chrono::hours(24 * days);

  LongWorld() {
    InstanceType type = make_type("a", "t");
    ChangeSet first = addition(type, begin);
    first.events.back().detail =
        R"({"is_listed":1,"is_available":1,"availability_reason":null,"price_nanos":1,"currency":"USD"})";
    catalog.apply(cred, first, state(types_listing, begin));
    std::int64_t price = 1;
    for (int day = 1; day < days; ++day) {
      const Timestamp at = begin + std::chrono::hours(24 * day);
      ChangeSet changes;
      changes.at = at;
      type.prices.at(0).amount->nanos = price + 1;
      KnownType known;
      known.row = row(type);
      known.listing = types_listing;
      known.first_seen_at = begin;
      known.changed_at = known.seen_at = at;
      changes.types.push_back(known);
      changes.prices.push_back({type.id, UsageClass::on_demand, type.prices.at(0).amount});
      changes.events.push_back({"type_changed",
                                "instance_type",
                                type.id.str(),
                                "price_nanos",
                                std::to_string(price),
                                std::to_string(price + 1),
                                {}});
      changes.events.push_back({"credential_failing", "credential", "cred", {}, {}, {}, "gone"});
      catalog.apply(cred, changes, state(types_listing, at));
      ++price;
    }
  }
  void prune(RetentionLimits limits) {
    RetentionCursor cursor;
    int batches = 0;
    while (cursor.stage != RetentionCursor::Stage::done) {
      catalog.prune(limits, end, cursor);
      REQUIRE(++batches < 1000);
    }
  }
};

}  // namespace

TEST_CASE("old history goes, and what is left folds to the same", "[store]") {
  LongWorld world;
  Reader reader(world.file);
  const auto events = world.integer("SELECT count(*) FROM events");
  REQUIRE(events == 1 + 2 * (LongWorld::days - 1));
  world.prune(RetentionLimits{});
  CHECK(world.integer("SELECT count(*) FROM events") == 2 * 400 + 1);
  CHECK(world.integer("SELECT count(*) FROM events WHERE kind = 'type_added'") == 1);
  CHECK(fold_differences(reader) == std::vector<std::string>());
  // The interval that was open at the limit stays whole.
  CHECK(world.integer("SELECT count(*) FROM price_history") == 400);
  CHECK(world.integer("SELECT count(*) FROM price_history WHERE to_ms IS NULL") == 1);

  const auto before = world.integer("SELECT max(id) FROM events");
  world.prune(RetentionLimits{});
  CHECK(world.integer("SELECT count(*) FROM events") == 2 * 400 + 1);
  CHECK(world.integer("SELECT max(id) FROM events") == before);
}

TEST_CASE("deliveries that are over go as events do, what waits stays", "[store]") {
  LongWorld world;
  world.catalog.set_notify_rules({"r"});
  for (const Timestamp at : {world.begin, world.end}) {
    EventsRead read;
    read.at = at;
    read.of_rules["r"] = {{1, "s", "{}"}, {2, "s", "{}"}};
    const std::int64_t over = world.catalog.apply(read).at("r").front().id;
    world.catalog.apply(std::vector<DeliveryOutcome>{{over, 1, at, true, ""}});
  }
  world.prune(RetentionLimits{});
  CHECK(world.integer("SELECT count(*) FROM deliveries WHERE state = 'delivered'") == 1);
  CHECK(world.integer("SELECT count(*) FROM deliveries WHERE state = 'waiting'") == 2);
}

TEST_CASE("a bound on rows holds when everything is young", "[store]") {
  LongWorld world;
  RetentionLimits limits;
  limits.age = std::chrono::days(10'000);
  limits.rows = 100;
  world.prune(limits);
  CHECK(world.integer("SELECT count(*) FROM events") <= 101);
  CHECK(world.integer("SELECT count(*) FROM price_history") <= 52);
  Reader reader(world.file);
  CHECK(fold_differences(reader) == std::vector<std::string>());
}

TEST_CASE("a bound on bytes takes the oldest of a large catalog until it fits", "[store]") {
  LongWorld world;
  const auto used = [&world] {
    return world.integer(
        "SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count p, "
        "pragma_freelist_count f, pragma_page_size s");
  };
  RetentionLimits limits;
  limits.age = std::chrono::days(10'000);
  world.prune(limits);
  const auto events = world.integer("SELECT count(*) FROM events");
  CHECK(events == 1 + 2 * (LongWorld::days - 1));
  limits.bytes = used() * 9 / 10;
  for (int day = 0; day < 10 && used() > limits.bytes; ++day) world.prune(limits);
  CHECK(used() <= limits.bytes);
  CHECK(world.integer("SELECT count(*) FROM events") > 10);
  CHECK(world.integer("SELECT max(at_ms) FROM events") == (world.end - 24h).time_since_epoch().count());
  Reader reader(world.file);
  CHECK(fold_differences(reader) == std::vector<std::string>());
}

TEST_CASE("ended instances go with the last of their history, and all that hangs on them", "[store]") {
  LongWorld world;
  for (const char* id : {"i-old", "i-late", "i-live", "i-listed"}) {
    ChangeSet changes = addition(make_instance(id), world.begin);
    KnownInstance& known = changes.instances.at(0);
    const std::string name = id;
    if (name != "i-live") known.ended_at = name == "i-late" ? world.end - 24h * 30 : world.begin + 1h;
    known.is_confirmed = name == "i-listed" || name == "i-live";
    changes.events.push_back({"instance_added", "instance", id, {}, {}, {}, "{}"});
    world.catalog.apply(cred, changes, state(instances_listing, world.begin));
    SshChanges ssh;
    ssh.probes.emplace_back().cloud_id = CloudId(id);
    ssh.probes.back().stage = "auth";
    ssh.host_keys.emplace_back().cloud_id = CloudId(id);
    world.catalog.apply(cred, ssh);
  }
  RetentionLimits everything;
  everything.rows = 0;
  everything.age = std::chrono::days(400);
  world.prune(everything);
  const auto left = Reader(world.file).query("SELECT cloud_id FROM instances ORDER BY 1").rows;
  REQUIRE(left.size() == 3);
  CHECK(left[0][0] == SqlValue("i-late"));
  CHECK(left[1][0] == SqlValue("i-listed"));
  CHECK(left[2][0] == SqlValue("i-live"));
  for (const char* view : {"ssh_probes", "host_keys", "instance_history"}) {
    INFO(view);
    CHECK(world.integer(std::string("SELECT count(*) FROM ") + view) == 3);
  }
  CHECK(world.integer("SELECT count(*) FROM events WHERE subject_id = 'i-old'") == 0);
  CHECK(world.integer("SELECT count(*) FROM events WHERE subject_id = 'i-late'") == 1);
}

TEST_CASE("unlisted types go when nothing names them any more", "[store]") {
  LongWorld world;
  const auto unlist = [&world](const std::string& name) {
    ChangeSet changes = addition(make_type("a", name), world.begin);
    changes.types.at(0).is_listed = false;
    world.catalog.apply(cred, changes, state(types_listing, world.end));
  };
  unlist("forgotten");
  unlist("named");
  Instance instance = make_instance("i-1", "a", "named");
  world.catalog.apply(cred, addition(instance, world.end), state(instances_listing, world.end));
  RetentionLimits limits;
  limits.rows = 0;
  const auto types = [&world] { return world.integer("SELECT count(*) FROM instance_types"); };
  world.prune(limits);
  CHECK(types() == 2);
  CHECK(world.integer("SELECT count(*) FROM instance_types WHERE type = 'forgotten'") == 0);
  CHECK(world.integer("SELECT count(*) FROM events WHERE subject_id LIKE '%forgotten%'") == 0);
}

TEST_CASE("unlisted types go by the age that is configured, and by the bytes", "[store]") {
  World world;
  const Timestamp end(24h * 20'000);
  ChangeSet changes = addition(make_type("a", "gone"), end - 24h * 20);
  changes.types.at(0).is_listed = false;
  world.catalog.apply(cred, changes, state(types_listing, end));
  for (int day = 9; day >= 0; --day) {
    world.catalog.apply(cred, addition(make_type("a", "t" + std::to_string(day)), end - 24h * day));
  }
  const auto prune = [&](RetentionLimits limits) {
    RetentionCursor cursor;
    while (cursor.stage != RetentionCursor::Stage::done) world.catalog.prune(limits, end, cursor);
  };
  RetentionLimits limits;
  prune(limits);
  CHECK(world.integer("SELECT count(*) FROM instance_types") == 11);
  SECTION("age") { limits.age = std::chrono::days(10); }
  SECTION("bytes") { limits.bytes = 4096; }
  prune(limits);
  CHECK(world.integer("SELECT count(*) FROM instance_types WHERE type = 'gone'") == 0);
  CHECK(world.integer("SELECT count(*) FROM instance_types") == 10);
}

TEST_CASE("a wall clock that jumps ahead takes no history away", "[store]") {
  const Timestamp right(24h * 20'000);
  CHECK(retention_now(right, 3h, right + 24h * 3650) == right + 3h);
  CHECK(retention_now(right, 3h, right + 2h) == right + 2h);
  LongWorld world;
  CHECK_FALSE(world.catalog.newest_success());
  CHECK(Catalog(world.file).newest_success() == world.end - 24h);
}

TEST_CASE("a backup is a whole catalog of one moment, and never overwrites", "[store]") {
  LongWorld world;
  const auto target = world.directory / "copy.db";
  back_up_catalog(world.file, target);
  Reader copy(target);
  CHECK(std::get<std::int64_t>(copy.query("SELECT count(*) FROM events").rows.at(0).at(0)) ==
        world.integer("SELECT count(*) FROM events"));
  CHECK_FALSE(std::filesystem::exists(target.string() + "-wal"));
  CHECK_THROWS_AS(back_up_catalog(world.file, target), StoreError);
  CHECK_THROWS_AS(back_up_catalog(world.directory / "none.db", world.directory / "other.db"), StoreError);
  CHECK_FALSE(std::filesystem::exists(world.directory / "other.db"));
  CHECK_FALSE(std::filesystem::exists(world.directory / "other.db.part"));
  CHECK_NOTHROW(Catalog(target));
}

}  // namespace tally::retention_test
