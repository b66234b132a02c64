// A day of both syncers on virtual time: outages, rate limits, truncated answers, malformed rows, types, instances and
// regions that vanish and return, restarts.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/fakes/fake_account.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/money.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/slow_build.hpp"
#include "tests/fakes/sync_world.hpp"

namespace tally::day_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

ProviderDescription fake_provider(ApiType api_type) {
  ProviderDescription provider;
  provider.name = provider.provider_id = "fake";
  provider.api_type = api_type;
  return provider;
}

/// A cloud that moves every minute on a seed.
class MovingCloud {
 public:
  explicit MovingCloud(FakeAccount& account) : account_(account) {
    for (int i = 0; i < 4; ++i) account_.regions.rows.push_back(row(make_location(region(i))));
    for (int i = 0; i < 24; ++i) put(make_type(region(i % 4), "t" + std::to_string(i)));
    for (int i = 0; i < 20; ++i) boot();
    account_.fault = [this](const std::string&) { return fault_; };
  }

  void move() {
    move_faults();
    account_.types.rejected.clear();
    account_.machines.rejected.clear();
    if (one_in(20)) account_.types.rejected.push_back({pick(account_.types)->id.str(), "vcpus is no number", "{}"});
    if (one_in(20)) account_.machines.rejected.push_back({"", "no ID", "{}"});
    if (one_in(5)) change_price();
    if (one_in(15)) vanish_type();
    if (one_in(6) && !away_.empty()) return_type();
    if (one_in(40)) vanish_region();
    if (one_in(3)) boot();
    if (one_in(3)) step_instance();
  }

 private:
  static std::string region(int number) { return "region-" + std::to_string(number); }
  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool one_in(std::size_t chance) { return below(chance) == 0; }

  template <class T>
  Row<T>& pick(Answer<T>& listing) {
    return listing.rows[below(listing.rows.size())];
  }
  void put(InstanceType type) { account_.types.rows.push_back(row(std::move(type))); }

  void move_faults() {
    if (fault_ && one_in(4)) fault_.reset();
    if (fault_ || !one_in(12)) return;
    Error error;
    error.kind = std::vector{Errc::service_unavailable, Errc::rate_limited, Errc::auth}[below(3)];
    error.message = "an outage, a limit or a truncated body";
    if (error.kind == Errc::rate_limited) error.retry_after = 30s;
    fault_ = error;
  }
  void change_price() {
    Row<InstanceType>& type = pick(account_.types);
    InstanceType copy = *type;
    copy.prices[0].amount = fakes::cents(static_cast<std::int64_t>(below(500)));
    copy.is_available = one_in(2);
    if (!*copy.is_available) copy.availability_reason = AvailabilityReason::capacity;
    if (*copy.is_available) copy.availability_reason.reset();
    type = row(copy);
  }
  void vanish_type() {
    if (account_.types.rows.size() < 5) return;
    away_.push_back(account_.types.rows.back());
    account_.types.rows.pop_back();
  }
  void return_type() {
    account_.types.rows.push_back(away_.back());
    away_.pop_back();
  }
  void vanish_region() {
    if (account_.regions.rows.size() == 4) {
      account_.regions.rows.pop_back();
    } else {
      account_.regions.rows.push_back(row(make_location(region(3))));
    }
  }
  void boot() {
    const Row<InstanceType>& type = pick(account_.types);
    account_.machines.rows.push_back(
        row(make_instance("i" + std::to_string(born_++), type->location, type->type, LifecycleStatus::pending)));
  }
  void step_instance() {
    if (account_.machines.rows.empty()) return;
    Row<Instance>& machine = pick(account_.machines);
    Instance copy = *machine;
    if (copy.status == LifecycleStatus::pending) {
      copy.status = LifecycleStatus::running;
    } else if (one_in(2)) {
      copy.status = LifecycleStatus::terminated;
    } else {
      std::swap(machine, account_.machines.rows.back());  // gone without a word
      account_.machines.rows.pop_back();
      return;
    }
    machine = row(copy);
  }

  FakeAccount& account_;
  std::mt19937 random_{5};
  std::optional<Error> fault_;
  std::vector<Row<InstanceType>> away_;
  int born_ = 0;
};

struct Day {
  std::string events;
  std::int64_t event_count = 0;
};

Day run_day(ApiType api_type) {
  FakeAccount account;
  MovingCloud cloud(account);
  SyncWorld world(fake_provider(api_type), Timestamp(std::chrono::hours(480'000)));
  world.start(account);
  for (int minute = 0; minute < 24 * 60; ++minute) {
    world.clock.advance(1min);
    cloud.move();
    if (minute % 240 == 100) world.start(account);  // a restart
    if (minute % 240 != 0) continue;
    Reader reader = world.reader();
    CHECK(fold_differences(reader) == std::vector<std::string>());
  }
  // Calm at last: the tally is the cloud's.
  account.fault = nullptr;
  account.types.rejected.clear();
  account.machines.rejected.clear();
  world.clock.advance(20min);
  CHECK(world.count("SELECT count(*) FROM instances WHERE is_ended = 0") ==
        std::count_if(account.machines.rows.begin(), account.machines.rows.end(),
                      [](const auto& machine) { return machine->status != LifecycleStatus::terminated; }));
  CHECK(world.count("SELECT count(*) FROM sync_states WHERE failing_since_ms IS NOT NULL AND location = ''") == 0);
  Reader reader = world.reader();
  CHECK(fold_differences(reader) == std::vector<std::string>());
  CHECK(sql_text(reader.query("PRAGMA integrity_check").rows.at(0).at(0)) == "ok");

  Day day;
  for (const auto& event :
       reader.query("SELECT at_ms, kind, subject_id, field, old, new, detail FROM events ORDER BY id").rows) {
    for (const SqlValue& value : event) day.events += sql_text(value) + "|";
    ++day.event_count;
  }
  return day;
}

}  // namespace

TEST_CASE("a day of a moving, failing cloud ends in a true tally, the same twice", "[syncers]") {
  const ApiType api_type = GENERATE(ApiType::global, ApiType::locational);
  if (is_slow_build && api_type == ApiType::global) return;
  spdlog::set_level(spdlog::level::off);
  const Day first = run_day(api_type);
  CHECK(first.event_count > 1000);
  if (!is_slow_build) CHECK(run_day(api_type).events == first.events);
  spdlog::set_level(spdlog::level::info);
}

TEST_CASE("polls that fail, however long, end and unlist nothing", "[syncers]") {
  spdlog::set_level(spdlog::level::off);
  FakeAccount account;
  MovingCloud cloud(account);
  account.fault = nullptr;
  SyncWorld world(fake_provider(ApiType::global), Timestamp(std::chrono::hours(480'000)));
  world.start(account);
  world.clock.advance(2min);
  const auto live = world.count("SELECT count(*) FROM instances WHERE is_ended = 0");
  const auto listed = world.count("SELECT count(*) FROM instance_types WHERE is_listed = 1");
  const auto events = world.count("SELECT count(*) FROM events");
  account.fault = [](const std::string&) {
    Error error;
    error.kind = Errc::service_unavailable;
    return std::optional(error);
  };
  account.machines.rows.clear();
  account.types.rows.clear();
  world.clock.advance(std::chrono::hours(10));
  CHECK(world.count("SELECT count(*) FROM instances WHERE is_ended = 0") == live);
  CHECK(world.count("SELECT count(*) FROM instance_types WHERE is_listed = 1") == listed);
  CHECK(world.count("SELECT count(*) FROM events") == events + 1);  // credential_failing
  CHECK(world.count("SELECT count(*) FROM offers WHERE is_stale = 0") == 0);
  spdlog::set_level(spdlog::level::info);
}

}  // namespace tally::day_test
