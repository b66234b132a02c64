#include "runtime/turns.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace tally::turns_test {
namespace asio = boost::asio;

namespace {

/// The first one's turn takes until it is told to end, the others' no time.
struct World {
  void spawn(int who, asio::awaitable<Turns::Place> turn) {
    asio::co_spawn(loop, have(who, std::move(turn)), asio::detached);
  }

  asio::io_context loop;
  asio::steady_timer first_ends{loop, asio::steady_timer::time_point::max()};
  std::vector<int> order;

 private:
  asio::awaitable<void> have(int who, asio::awaitable<Turns::Place> turn) {
    const Turns::Place place = co_await std::move(turn);
    order.push_back(who);
    boost::system::error_code ignored;
    if (who == 1) co_await first_ends.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
};

}  // namespace

TEST_CASE("lanes are served round robin, and within a lane first come, first served", "[runtime]") {
  World world;
  Turns turns;
  CHECK_FALSE(turns.is_taken());
  for (const int who : {1, 2, 3}) world.spawn(who, turns.take("busy"));
  world.spawn(4, turns.take());
  world.loop.poll();
  CHECK(turns.is_taken());
  CHECK(world.order == std::vector{1});
  world.first_ends.cancel();
  world.loop.run();
  CHECK(world.order == std::vector{1, 4, 2, 3});
  CHECK_FALSE(turns.is_taken());
}

TEST_CASE("who has a turn, or waits for one, has it although the turns themselves went away", "[runtime]") {
  World world;
  std::optional<Turns> turns(std::in_place);
  for (const int who : {1, 2, 3}) world.spawn(who, turns->take());
  world.loop.poll();
  turns.reset();
  CHECK(world.order == std::vector{1});
  world.first_ends.cancel();
  world.loop.run();
  CHECK(world.order == std::vector{1, 2, 3});
}

}  // namespace tally::turns_test
