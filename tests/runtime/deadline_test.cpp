#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "cloud/late.hpp"
#include "runtime/run_on.hpp"
#include "runtime/shielded.hpp"
#include "runtime/tasks.hpp"
#include "tests/fakes/manual_clock.hpp"

namespace tally::deadline_test {
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

Task<int> answer_after(Clock& clock, std::chrono::milliseconds delay) {
  co_await clock.sleep_until(clock.now() + delay);
  co_return 7;
}

struct World {
  asio::io_context context;
  fakes::ManualClock clock{context};
};

asio::awaitable<void> ask(World& world, std::chrono::milliseconds delay, std::optional<Result<int>>& result) {
  result = co_await with_deadline(world.clock, world.clock.now() + 10s, "ask", answer_after(world.clock, delay));
}

asio::awaitable<void> commit(asio::io_context& writer, bool& is_done) {
  co_await run_on(writer.get_executor(), [&is_done] { return is_done = true; });
}

/// A call that cannot be cut off, and says so: it answers although it was cancelled.
Task<int> answer_although_cancelled(Clock& clock, std::chrono::milliseconds delay) {
  co_await asio::this_coro::throw_if_cancelled(false);
  try {
    co_await clock.sleep_until(clock.now() + delay);
  } catch (const boost::system::system_error&) {
    co_return 8;
  }
  co_return 7;
}

asio::awaitable<void> ask_stubborn(World& world, std::optional<Result<int>>& result) {
  result =
      co_await with_deadline(world.clock, world.clock.now() + 10s, "ask", answer_although_cancelled(world.clock, 11s));
}

asio::awaitable<int> make(Clock& clock, bool& is_made) {
  co_await clock.sleep_until(clock.now() + 5s);
  is_made = true;
  co_return 9;
}

asio::awaitable<void> have_made(World& world, bool& is_made, std::optional<int>& result) {
  result = co_await shielded(world.context.get_executor(), make(world.clock, is_made));
}

asio::awaitable<void> have_made_after_sleep(World& world, bool& is_made, std::optional<int>& result) {
  try {
    co_await world.clock.sleep_until(world.clock.now() + 1s);
  } catch (const boost::system::system_error&) {  // cancelled: there is still something to be done
  }
  result = co_await shielded(world.context.get_executor(), make(world.clock, is_made));
}

asio::awaitable<void> fail_soon() {
  throw std::runtime_error("broken");
  co_return;
}

asio::awaitable<void> have_failed(World& world) { co_await shielded(world.context.get_executor(), fail_soon()); }

}  // namespace

TEST_CASE("an answer before the deadline is the result", "[runtime]") {
  World world;
  std::optional<Result<int>> result;
  asio::co_spawn(world.context, ask(world, 9s, result), asio::detached);
  world.clock.advance(9s);
  REQUIRE(result);
  CHECK(result->value() == 7);
  CHECK(world.clock.sleeper_count() == 0);
}

TEST_CASE("a task that misses its deadline is cancelled and answers service_unavailable", "[runtime]") {
  World world;
  std::optional<Result<int>> result;
  asio::co_spawn(world.context, ask(world, 11s, result), asio::detached);
  world.clock.advance(10s);
  REQUIRE(result);
  CHECK(result->error().kind == Errc::service_unavailable);
  CHECK(world.clock.sleeper_count() == 0);
}

TEST_CASE("cancelling tasks ends a wait for a deadline without a result", "[runtime]") {
  World world;
  std::optional<Result<int>> result;
  int failures = 0;
  Tasks tasks(world.context.get_executor(), [&failures](const std::string&, const std::exception_ptr&) { ++failures; });
  tasks.spawn("ask", ask(world, 11s, result));
  world.clock.advance(1s);
  tasks.cancel();
  world.clock.run_ready();
  CHECK_FALSE(result);
  CHECK(failures == 0);
  CHECK(world.clock.sleeper_count() == 0);
}

TEST_CASE("a result that comes while the deadline cancels the call is not dropped", "[runtime]") {
  World world;
  std::optional<Result<int>> result;
  asio::co_spawn(world.context, ask_stubborn(world, result), asio::detached);
  world.clock.advance(10s);
  REQUIRE(result);
  REQUIRE(*result);
  CHECK(result->value() == 8);
}

TEST_CASE("a late call is not called safe to repeat", "[runtime]") {
  World world;
  std::optional<Result<int>> result;
  asio::co_spawn(world.context, ask(world, 11s, result), asio::detached);
  world.clock.advance(10s);
  REQUIRE(result);
  CHECK(result->error().certainty == Certainty::unknown);
}

TEST_CASE("shielded work ends although its caller is cancelled, who gets its result", "[runtime]") {
  World world;
  bool is_made = false;
  std::optional<int> result;
  Tasks tasks(world.context.get_executor(), nullptr);
  tasks.spawn("make", have_made(world, is_made, result));
  world.clock.advance(1s);
  tasks.cancel();
  world.clock.advance(10s);
  CHECK(is_made);
  CHECK(result == 9);
}

TEST_CASE("shielded work begins although its caller was cancelled before", "[runtime]") {
  World world;
  bool is_made = false;
  std::optional<int> result;
  Tasks tasks(world.context.get_executor(), nullptr);
  tasks.spawn("make", have_made_after_sleep(world, is_made, result));
  world.clock.run_ready();
  tasks.cancel();
  world.clock.advance(10s);
  CHECK(is_made);
}

TEST_CASE("what shielded work throws reaches the one who waits for it", "[runtime]") {
  World world;
  std::string told;
  Tasks tasks(world.context.get_executor(), [&told](const std::string&, const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      told = error.what();
    }
  });
  tasks.spawn("fail", have_failed(world));
  world.clock.run_ready();
  CHECK(told == "broken");
}

TEST_CASE("work run on another executor is finished even when its caller is cancelled", "[runtime]") {
  World world;
  asio::io_context other;
  bool is_done = false;
  Tasks tasks(world.context.get_executor(), nullptr);
  tasks.spawn("commit", commit(other, is_done));
  tasks.cancel();
  world.clock.run_ready();
  other.run();
  world.clock.run_ready();
  CHECK(is_done);
}

}  // namespace tally::deadline_test
