// What the views say when the wall clock was set: nothing negative, nothing backwards, nothing fresh by a wrong date.
#include <catch2/catch.hpp>

#include "tests/fakes/money.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::clock_test {
using namespace tally::store_tests;

namespace {

/// A type that gets dearer and sells out, and an instance that fails, after the clock was set back by an hour.
struct SteppedWorld : World {
  InstanceType type = make_type("a", "t", 100);
  Instance instance = make_instance("i-1");

  SteppedWorld() {
    const Timestamp ahead = now() + 1h;
    catalog.apply(cred, addition(type, ahead), state(types_listing, ahead));
    catalog.apply(cred, addition(instance, ahead), state(instances_listing, ahead));
  }
  void change() {
    type.prices.at(0).amount = fakes::cents(900);
    type.is_available = false;
    type.availability_reason = AvailabilityReason::capacity;
    instance.status = LifecycleStatus::failed;
    catalog.apply(cred, addition(type, now()), state(types_listing, now()));
    catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
  }
  /// The value of the interval that is open, and of the one that holds the present moment.
  void check(const std::string& view, const std::string& column, const SqlValue& value) {
    INFO(view);
    CHECK(integer("SELECT count(*) FROM " + view) == 2);
    CHECK(one("SELECT " + column + " FROM " + view + " WHERE to_ms IS NULL") == value);
    CHECK(one("SELECT " + column + " FROM " + view +
              " WHERE from_ms <= (SELECT ms FROM now_ms) AND (to_ms IS NULL OR to_ms > (SELECT ms FROM now_ms))") ==
          value);
    CHECK(integer("SELECT count(*) FROM " + view + " WHERE confirmed_ms < from_ms OR to_ms < from_ms") == 0);
  }
};

}  // namespace

TEST_CASE("a success that is dated ahead vouches for nothing", "[store]") {
  SteppedWorld world;
  CHECK(world.integer(
            "SELECT min(is_stale) FROM (SELECT is_stale FROM offers UNION ALL SELECT is_stale FROM instances)") == 1);
  CHECK(world.integer("SELECT count(*) FROM best_offers") == 0);
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("stale"));
  CHECK(world.integer("SELECT age_s FROM offers") == 0);
  CHECK(world.integer("SELECT available_for_s FROM offers") == 0);
  CHECK(world.one("SELECT cost_to_date FROM running_instances") == SqlValue(0.0));
  CHECK(world.one("SELECT cost_to_date FROM burns WHERE scope = 'credential'") == SqlValue(0.0));
  world.catalog.record({{cred, state(types_listing, now() + 4s)}, {cred, state(instances_listing, now() + 4s)}});
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("fresh"));
}

TEST_CASE("after the clock was set back the new value is the one that lasts", "[store]") {
  SteppedWorld world;
  CHECK(world.one("SELECT status FROM instance_history WHERE from_ms <= (SELECT ms FROM now_ms)") ==
        SqlValue("running"));
  world.change();
  world.check("price_history", "price_nanos", std::int64_t{9'000'000'000});
  world.check("availability_history", "is_available", std::int64_t{0});
  world.check("instance_history", "status", "failed");
}

TEST_CASE("a machine costs for as long as listings vouch for it, less the time it was stopped", "[store]") {
  World world;
  Instance instance = make_instance("i-1");
  instance.price = fakes::cents(100);
  instance.created_at = now() - 10h;
  const auto put = [&](LifecycleStatus status, Timestamp at) {
    instance.status = status;
    ChangeSet changes = addition(instance, at);
    world.catalog.apply(cred, changes, state(instances_listing, at));
  };
  put(LifecycleStatus::running, now() - 9h);
  put(LifecycleStatus::stopped, now() - 8h);
  put(LifecycleStatus::running, now() - 5h);
  const auto cost = [&world](const std::string& view) {
    return std::get<double>(world.one("SELECT cost_to_date FROM " + view));
  };
  // The daemon has been down for five hours: what comes after the last listing does not count.
  CHECK(cost("running_instances") == Approx(2.0).epsilon(0.001));
  CHECK(cost("burns WHERE scope = 'credential'") == Approx(2.0).epsilon(0.001));
  // Listed again: the gap counts.
  world.catalog.record({{cred, state(instances_listing, now())}});
  CHECK(cost("running_instances") == Approx(7.0).epsilon(0.001));
  CHECK(std::get<double>(world.one("SELECT hours FROM running_instances")) == Approx(7.0).epsilon(0.001));
}

}  // namespace tally::clock_test
