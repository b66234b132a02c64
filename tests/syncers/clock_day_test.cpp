// A day of both syncers on virtual time during which the wall clock is set eleven times, ahead and back, by seconds and
// by days, while prices, availability and status change.
#include <spdlog/spdlog.h>

#include <array>
#include <catch2/catch.hpp>

#include "tests/fakes/fake_account.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/money.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/sync_world.hpp"

namespace tally::clock_day_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

constexpr int types = 6;
constexpr int machines = 8;

ProviderDescription fake_provider() {
  ProviderDescription provider;
  provider.name = provider.provider_id = "fake";
  return provider;
}

/// Each change moves prices, availability and one machine's status.
class ChangingCloud {
 public:
  explicit ChangingCloud(FakeAccount& account) : account_(account) {
    account_.regions.rows.push_back(row(make_location("east")));
    for (int i = 0; i < types; ++i) account_.types.rows.push_back(row(make_type("east", "t" + std::to_string(i))));
    for (int i = 0; i < machines; ++i) {
      account_.machines.rows.push_back(row(make_instance("i-" + std::to_string(i), "east", "t0")));
    }
  }
  void change() {
    ++changes_;
    for (int i = 0; i < types; ++i) {
      InstanceType type = *account_.types.rows[static_cast<std::size_t>(i)];
      type.prices[0].amount = fakes::cents(100 + (changes_ + i) % 7);
      type.is_available = (changes_ + i) % 2 == 0;
      type.availability_reason = *type.is_available ? std::nullopt : std::optional(AvailabilityReason::capacity);
      account_.types.rows[static_cast<std::size_t>(i)] = row(type);
    }
    Row<Instance>& machine = account_.machines.rows[static_cast<std::size_t>(changes_ % machines)];
    Instance copy = *machine;
    copy.status = copy.status == LifecycleStatus::running ? LifecycleStatus::stopped : LifecycleStatus::running;
    machine = row(copy);
  }

 private:
  FakeAccount& account_;
  int changes_ = 0;
};

/// Whose value is compared with the row's.
struct History {
  const char* view;
  const char* key;
  const char* value;
  const char* row;  // "SELECT ... AS value"
};
constexpr std::array histories = {
    History{"price_history", "instance_type_id", "price_nanos", "base_price_nanos FROM instance_types"},
    History{"availability_history", "instance_type_id", "is_available", "is_available FROM instance_types"},
    History{"instance_history", "cloud_id", "status", "status FROM instances"},
};

void check_histories(const SyncWorld& world) {
  for (const History& history : histories) {
    const std::string view = history.view;
    const std::string key = history.key;
    INFO(view);
    CHECK(world.count("SELECT count(*) FROM " + view +
                      " WHERE to_ms <= from_ms OR confirmed_ms < from_ms OR "
                      "confirmed_ms > to_ms") == 0);
    // One follows the other: each but the last ends where the next begins, in the order in which they were written.
    CHECK(world.count("SELECT count(*) FROM (SELECT to_ms, lead(from_ms) OVER (PARTITION BY " + key +
                      " ORDER BY from_ms) AS next_ms FROM " + view + ") WHERE to_ms IS NOT next_ms") == 0);
    CHECK(world.count("SELECT count(*) FROM " + view + " h JOIN (SELECT " + key + ", " + history.row + ") r USING (" +
                      key + ") WHERE h.to_ms IS NULL AND h." + history.value + " IS NOT r." +
                      std::string(history.row).substr(0, std::string(history.row).find(' '))) == 0);
    CHECK(world.count("SELECT count(DISTINCT " + key + ") FROM " + view + " WHERE to_ms IS NULL") ==
          world.count("SELECT count(*) FROM " + view + " WHERE to_ms IS NULL"));
  }
}

void check_tally(SyncWorld& world) {
  check_histories(world);
  CHECK(world.count("SELECT count(*) FROM instances WHERE is_ended = 1") == 0);
  CHECK(world.count("SELECT count(*) FROM instances") == machines);
  CHECK(world.count("SELECT count(*) FROM instance_types WHERE is_listed = 0") == 0);
  CHECK(world.count("SELECT count(*) FROM offers WHERE age_s < 0 OR available_for_s < 0") == 0);
  CHECK(world.count("SELECT count(*) FROM running_instances WHERE hours < 0 OR cost_to_date < 0") == 0);
  CHECK(world.count("SELECT count(*) FROM burns WHERE cost_to_date < 0") == 0);
  CHECK(world.count("SELECT count(*) FROM id_problems WHERE ended_at_ms < started_at_ms") == 0);
  Reader reader = world.reader();
  CHECK(fold_differences(reader) == std::vector<std::string>());
}

}  // namespace

TEST_CASE("a day on which the wall clock is set eleven times leaves a true tally", "[syncers]") {
  spdlog::set_level(spdlog::level::off);
  // The reader's clock is the real one: the day is past whatever steps it takes.
  const Timestamp start(std::chrono::hours(480'000));
  FakeAccount account;
  ChangingCloud cloud(account);
  SyncWorld world(fake_provider(), start);
  world.start(account);
  constexpr std::array<std::chrono::seconds, 11> steps = {2s, -2s, 1h, -1h, 72h, -72h, -30min, 24h, -90s, -26h, 61min};
  for (const std::chrono::seconds step : steps) {
    for (int minute = 0; minute < 130; minute += 10) {
      cloud.change();
      world.clock.advance(10min);
    }
    world.clock.step_wall(step);
    cloud.change();
    world.clock.advance(2min);
    check_tally(world);
  }
  world.start(account);  // what a new process finds is the same
  cloud.change();
  world.clock.advance(2min);
  check_tally(world);
  CHECK(world.count("SELECT count(*) FROM sync_states WHERE failing_since_ms IS NOT NULL") == 0);
  spdlog::set_level(spdlog::level::info);
}

TEST_CASE("what a clock that was ahead has dated is stale until it is listed again", "[syncers]") {
  FakeAccount account;
  const ChangingCloud cloud(account);
  const Timestamp real = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  SyncWorld world(fake_provider(), real + 1h);
  world.start(account);
  world.clock.advance(2min);
  const auto fresh = [&world] {
    return world.count(
        "SELECT (SELECT count(*) FROM offers WHERE is_stale = 0) + "
        "(SELECT count(*) FROM instances WHERE is_stale = 0)");
  };
  CHECK(fresh() == 0);
  world.clock.step_wall(-62min - 61s);
  world.clock.advance(61s);
  CHECK(fresh() == types + machines);
  CHECK(world.count("SELECT max(age_s) FROM offers") < 60);
}

}  // namespace tally::clock_day_test
