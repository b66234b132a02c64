// Who may send a request, and when, on virtual time.
#include "cloud/budget.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "runtime/tasks.hpp"
#include "tests/fakes/manual_clock.hpp"

using namespace tally;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

asio::awaitable<void> draw(Budget& budget, Priority priority, std::string lane, int& drawn) {
  for (;;) {
    co_await budget.acquire(priority, lane);
    ++drawn;
  }
}

/// A budget, and those who draw from it as fast as they can.
struct World {
  World(double per_second, double burst) : budget(clock, per_second, burst) {}
  ~World() {
    tasks.cancel();
    clock.run_ready();
  }
  void keep_drawing(const std::string& lane, int& drawn, Priority priority = Priority::sync) {
    tasks.spawn(lane, draw(budget, priority, lane, drawn));
  }

  asio::io_context context;
  fakes::ManualClock clock{context};
  TokenBucket budget;
  Tasks tasks{context.get_executor(), nullptr};
};

}  // namespace

TEST_CASE("a budget spends its burst at once and then keeps its rate, a fifth held back for lifecycle calls",
          "[cloud]") {
  World world(1.0, 5.0);
  int synced = 0;
  int acted = 0;
  world.keep_drawing("poll", synced);
  world.clock.advance(0s);
  CHECK(synced == 4);
  world.keep_drawing("act", acted, Priority::lifecycle);
  world.clock.advance(0s);
  CHECK(acted == 1);
  world.clock.advance(10s);
  CHECK(synced + acted <= 15);
  CHECK(acted >= 9);
  world.budget.pause_until(world.clock.now() + 60s);
  const int before = synced + acted;
  world.clock.advance(59s);
  CHECK(synced + acted <= before + 1);
}

TEST_CASE("what is asked for seldom gets its turn beside what many ask for all the time", "[cloud]") {
  World world(1.0, 1.0);
  int instances = 0;
  int types = 0;
  for (int i = 0; i < 9; ++i) world.keep_drawing("instances", instances);
  world.keep_drawing("types", types);
  world.clock.advance(60s);
  CHECK(instances + types == 61);
  CHECK(types >= 29);
}

TEST_CASE("every lane gets its turn", "[cloud]") {
  World world(1.0, 1.0);
  std::array<int, 5> drawn{};
  for (std::size_t i = 0; i < drawn.size(); ++i) world.keep_drawing("lane " + std::to_string(i), drawn.at(i));
  world.clock.advance(99s);
  for (const int each : drawn) CHECK(std::abs(each - 20) <= 1);
}

TEST_CASE("a lifecycle call waits behind no sync request, however many there are", "[cloud]") {
  const double burst = GENERATE(1.0, 10.0);
  World world(1.0, burst);
  int synced = 0;
  int acted = 0;
  for (int i = 0; i < 50; ++i) world.keep_drawing("lane " + std::to_string(i), synced);
  world.clock.advance(100s);
  world.keep_drawing("create", acted, Priority::lifecycle);
  world.keep_drawing("terminate", acted, Priority::lifecycle);
  const int reserved = burst == 1.0 ? 0 : 2;
  world.clock.advance(0s);
  CHECK(acted == reserved);
  world.clock.advance(10s);
  CHECK(acted >= reserved + 9);
}

TEST_CASE("who is cancelled while waiting gives the turn to the next and takes nothing", "[cloud]") {
  World world(1.0, 1.0);
  int before = 0;
  int cancelled = 0;
  int next = 0;
  world.keep_drawing("before", before);
  {
    Tasks impatient(world.context.get_executor(), nullptr);
    impatient.spawn("one", draw(world.budget, Priority::sync, "one", cancelled));
    impatient.spawn("another", draw(world.budget, Priority::sync, "another", cancelled));
    world.clock.run_ready();
    impatient.cancel();
    world.clock.run_ready();
  }
  world.keep_drawing("next", next);
  world.clock.advance(10s);
  CHECK(cancelled == 0);
  CHECK(before + next == 11);
  CHECK(next == 5);
}

TEST_CASE("a pause holds for those who wait already", "[cloud]") {
  World world(1.0, 1.0);
  int drawn = 0;
  world.keep_drawing("poll", drawn);
  world.clock.advance(0s);
  world.budget.pause_until(world.clock.now() + 30s);
  world.clock.advance(29s);
  CHECK(drawn == 1);
  world.clock.advance(2s);
  CHECK(drawn >= 2);
}
