// Who may send a request, and when, on virtual time.
#include "cloud/budget.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>

#include "runtime/tasks.hpp"
#include "tests/fakes/manual_clock.hpp"

namespace tally::budget_test {
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

asio::awaitable<void> draw(Budget& budget, Priority priority, std::string lane, int& drawn) {
  for (;;) {
    Draw request;
    request.priority = priority;
    request.lane = lane;
    co_await budget.acquire(request);
    ++drawn;
  }
}

asio::awaitable<void> draw_once(Budget& budget, Draw request, int& drawn) {
  const Result<> sent = co_await budget.acquire(request);
  if (sent) ++drawn;
}

/// A budget, and those who draw from it as fast as they can.
struct World {
  World(double per_second, double burst) : budget(clock, {"", per_second, burst}, {{"images", 1.0, 5.0}}) {}
  ~World() {
    tasks.cancel();
    clock.run_ready();
  }
  void keep_drawing(const std::string& lane, int& drawn, Priority priority = Priority::sync) {
    tasks.spawn(lane, draw(budget, priority, lane, drawn));
  }

  asio::io_context context;
  fakes::ManualClock clock{context};
  TenantBudget budget;
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

namespace {

asio::awaitable<void> keep(Task<> task, std::optional<Result<>>& result) { result = co_await std::move(task); }

/// What becomes of one request; nothing while it waits.
struct Asked {
  Asked(World& world, Draw draw) { world.tasks.spawn("asked", keep(world.budget.acquire(std::move(draw)), result)); }
  [[nodiscard]] bool is_sent() const { return result && *result; }
  std::optional<Result<>> result;
};

Draw within(World& world, std::chrono::seconds longest, Priority priority = Priority::lifecycle) {
  Draw draw;
  draw.priority = priority;
  draw.deadline = world.clock.now() + longest;
  return draw;
}

Draw from(const std::string& pool) {
  Draw draw;
  draw.pool = pool;
  return draw;
}

}  // namespace

TEST_CASE("while syncs are held back, lifecycle calls are sent", "[cloud]") {
  World world(1.0, 5.0);
  int synced = 0;
  int acted = 0;
  int of_another = 0;
  SECTION("from all pools, those included that are drawn from later") {
    world.budget.hold_syncs_until(world.clock.now() + 10s);
    world.budget.hold_syncs_until(world.clock.now() + 5s);  // shortens nothing
  }
  SECTION("from one, and no other") {
    world.budget.hold_syncs_until(world.clock.now() + 10s, "images");
    world.keep_drawing("poll", of_another);
    world.clock.advance(0s);
    CHECK(of_another == 4);
  }
  const auto draw_from_images = [&world](Priority priority, int& drawn) {
    Draw request;
    request.priority = priority;
    request.pool = "images";
    request.deadline = world.clock.now() + 60s;
    world.tasks.spawn("images", draw_once(world.budget, request, drawn));
  };
  draw_from_images(Priority::sync, synced);
  draw_from_images(Priority::lifecycle, acted);
  world.clock.advance(9s);
  CHECK(synced == 0);
  CHECK(acted == 1);
  world.clock.advance(2s);
  CHECK(synced == 1);
}

TEST_CASE("who cannot wait for the end of a pause is told at once, and for how long it lasts", "[cloud]") {
  World world(1.0, 5.0);
  world.budget.pause_until(world.clock.now() + 60s);
  Asked hasty(world, within(world, 59s));
  Asked patient(world, within(world, 61s));
  world.clock.advance(0s);
  REQUIRE(hasty.result);
  REQUIRE_FALSE(*hasty.result);
  const Error& told = hasty.result->error();
  CHECK(told.kind == Errc::rate_limited);
  CHECK(told.certainty == Certainty::nothing_happened);
  CHECK(told.retry_after == 60s);
  CHECK_THAT(told.message, Catch::Contains("the vendor asked for a pause that ends in 60000 ms"));
  CHECK_FALSE(patient.result);
  world.clock.advance(60s);
  CHECK(patient.is_sent());
}

TEST_CASE("who waits already when a pause begins is told by the deadline at the latest", "[cloud]") {
  World world(1.0, 1.0);
  int synced = 0;
  world.keep_drawing("poll", synced);
  world.clock.advance(0s);
  Asked first(world, within(world, 10s, Priority::sync));
  Asked acting(world, within(world, 10s));
  world.clock.advance(0s);
  world.budget.pause_until(world.clock.now() + 1h);
  world.clock.advance(1s);
  REQUIRE(acting.result);
  CHECK_FALSE(*acting.result);
  world.clock.advance(10s);
  REQUIRE(first.result);
  CHECK(first.result->error().kind == Errc::rate_limited);
}

TEST_CASE("each pool has its own bucket, and each place of it, too", "[cloud]") {
  World world(1.0, 1.0);
  int common = 0;
  world.keep_drawing("poll", common);
  Asked east(world, from("images/east"));
  Asked west(world, from("images/west"));
  world.clock.advance(0s);
  CHECK(common == 1);
  CHECK(east.is_sent());
  CHECK(west.is_sent());
  world.budget.pause_until(world.clock.now() + 60s, "images/east");
  Asked paused(world, from("images/east"));
  Asked other(world, from("images/west"));
  world.clock.advance(10s);
  CHECK(common >= 10);
  CHECK_FALSE(paused.result);
  CHECK(other.is_sent());
  world.budget.pause_until(world.clock.now() + 100s);
  Asked late(world, from("images/north"));
  const int before = common;
  world.clock.advance(99s);
  CHECK_FALSE(late.result);
  CHECK_FALSE(paused.result);
  CHECK(common <= before + 1);
  world.clock.advance(10s);
  CHECK(late.is_sent());
  CHECK(paused.is_sent());
}

}  // namespace tally::budget_test
