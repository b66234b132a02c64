#include <catch2/catch.hpp>

#include "store/backup.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/store/catalog_world.hpp"

using namespace tally;
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
    first.events.back().detail = R"({"is_listed":1,"is_available":1,"availability_reason":null,"price_nanos":1})";
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
  CHECK(fold_differences(reader).empty());
  // The interval that was open at the limit stays whole.
  CHECK(world.integer("SELECT count(*) FROM price_history") == 400);
  CHECK(world.integer("SELECT count(*) FROM price_history WHERE to_ms IS NULL") == 1);

  const auto before = world.integer("SELECT max(id) FROM events");
  world.prune(RetentionLimits{});
  CHECK(world.integer("SELECT count(*) FROM events") == 2 * 400 + 1);
  CHECK(world.integer("SELECT max(id) FROM events") == before);
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
  CHECK(fold_differences(reader).empty());
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
