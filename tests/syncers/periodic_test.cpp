#include "syncers/periodic.hpp"

#include <sysexits.h>

#include <catch2/catch.hpp>

#include "runtime/tasks.hpp"
#include "store/error.hpp"
#include "tests/fakes/manual_clock.hpp"

namespace tally::periodic_test {
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// A syncer whose passes take as long as, and end as, the test says.
class FakeSyncer final : public Syncer {
 public:
  explicit FakeSyncer(Clock& clock) : clock_(clock) {}
  [[nodiscard]] std::string name() const override { return "fake"; }
  [[nodiscard]] std::chrono::milliseconds interval() const override { return 5s; }
  [[nodiscard]] std::chrono::milliseconds deadline() const override { return 30s; }
  [[nodiscard]] bool is_wanted() const override { return wanted; }
  asio::awaitable<Outcome> pass(std::int64_t skipped) override {
    started.push_back(clock_.now());
    skipped_total += skipped;
    ++running;
    most_running = std::max(most_running, running);
    co_await clock_.sleep_until(clock_.now() + takes);
    --running;
    if (throws) throw std::runtime_error("a bug");
    if (store_fails) throw StoreError("database is locked", EX_IOERR);
    co_return outcome;
  }

  std::chrono::milliseconds takes{0};
  Outcome outcome;
  bool wanted = true;
  bool throws = false;
  bool store_fails = false;
  std::vector<TimePoint> started;
  std::int64_t skipped_total = 0;
  int running = 0;
  int most_running = 0;

 private:
  Clock& clock_;
};

struct World {
  asio::io_context context;
  fakes::ManualClock clock{context};
  Rng rng{1};
  FakeSyncer syncer{clock};
  Lanes lanes{context.get_executor()};
  Periodic periodic{syncer, lanes, clock, rng, context.get_executor()};
  Tasks tasks{context.get_executor(), nullptr};

  World() { tasks.spawn("loop", periodic.run()); }
  ~World() {
    tasks.cancel();
    clock.run_ready();
  }
};

Error error_of(Errc kind, std::optional<std::chrono::milliseconds> retry_after = std::nullopt) {
  Error error;
  error.kind = kind;
  error.retry_after = retry_after;
  return error;
}

}  // namespace

TEST_CASE("passes keep their absolute due times", "[syncers]") {
  World world;
  world.syncer.takes = 2s;
  world.clock.advance(60s);
  REQUIRE(world.syncer.started.size() == 12);
  for (std::size_t i = 1; i < world.syncer.started.size(); ++i) {
    CHECK(world.syncer.started[i] - world.syncer.started[i - 1] == 5s);
  }
}

TEST_CASE("a pass that takes longer than its interval skips ticks, counted, and never overlaps", "[syncers]") {
  World world;
  world.syncer.takes = 12s;
  world.clock.advance(62s);
  CHECK(world.syncer.most_running == 1);
  CHECK(world.syncer.started.size() == 5);
  CHECK(world.syncer.skipped_total == 8);
}

TEST_CASE("failures back off up to five minutes and the first success returns to the interval", "[syncers]") {
  World world;
  world.syncer.outcome = error_of(Errc::service_unavailable);
  world.clock.advance(2h);
  const std::size_t failed = world.syncer.started.size();
  CHECK(failed > 24);
  CHECK(failed < 120);
  for (std::size_t i = 1; i < failed; ++i) CHECK(world.syncer.started[i] - world.syncer.started[i - 1] <= 5min);
  world.syncer.outcome.reset();
  world.clock.advance(6min);
  CHECK(world.syncer.started.size() > failed + 10);
}

TEST_CASE("a refused credential is asked about every five minutes only", "[syncers]") {
  World world;
  world.syncer.outcome = error_of(GENERATE(Errc::auth, Errc::forbidden));
  world.clock.advance(1h);
  CHECK(world.syncer.started.size() <= 13);
  CHECK(world.syncer.started.size() >= 12);
}

TEST_CASE("the vendor's Retry-After is waited for", "[syncers]") {
  World world;
  world.syncer.outcome = error_of(Errc::rate_limited, 120s);
  world.clock.advance(121s);
  CHECK(world.syncer.started.size() <= 2);
}

TEST_CASE("an exception ends one pass, not the loop", "[syncers]") {
  World world;
  world.syncer.throws = true;
  world.clock.advance(20s);
  CHECK(world.syncer.started.size() >= 2);
  world.syncer.throws = false;
  const std::size_t before = world.syncer.started.size();
  world.clock.advance(6min);
  CHECK(world.syncer.started.size() > before + 10);
}

TEST_CASE("a catalog that fails is no reason to ask the vendor less often", "[syncers]") {
  World world;
  world.syncer.store_fails = true;
  world.clock.advance(60s);
  CHECK(world.syncer.started.size() == 12);
}

TEST_CASE("a poke asks at once, whatever back-off there is, and again after a pass that runs", "[syncers]") {
  World world;
  world.syncer.outcome = error_of(Errc::forbidden);
  world.clock.advance(10s);
  REQUIRE(world.syncer.started.size() == 1);
  world.periodic.poke();
  world.clock.run_ready();
  CHECK(world.syncer.started.size() == 2);
  world.syncer.outcome.reset();
  world.syncer.takes = 2s;
  world.periodic.poke();
  world.clock.advance(1s);
  CHECK(world.syncer.started.size() == 3);
  world.periodic.poke();
  world.clock.advance(1500ms);
  CHECK(world.syncer.started.size() == 4);
  CHECK(world.syncer.most_running == 1);
}

TEST_CASE("a listing that is not wanted any more is not asked, and its loop ends", "[syncers]") {
  World world;
  world.clock.advance(11s);
  const std::size_t before = world.syncer.started.size();
  world.syncer.wanted = false;
  world.clock.advance(1min);
  CHECK(world.syncer.started.size() == before);
  CHECK(world.clock.sleeper_count() == 0);
}

}  // namespace tally::periodic_test
