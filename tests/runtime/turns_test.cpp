#include "runtime/turns.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <memory>
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

/// Who holds `had` is counted: in it is how many ever had their turn.
asio::awaitable<void> stay_for_ever(asio::awaitable<Turns::Place> turn, std::shared_ptr<int> had) {
  const Turns::Place place = co_await std::move(turn);
  ++*had;
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  co_await asio::post(loop, asio::use_awaitable);  // waits for longer than those who wait for their turn
  asio::steady_timer never(loop, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

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

TEST_CASE("a loop that ends takes along whose turn it is and who waits, and gives nobody a turn", "[runtime]") {
  const auto had = std::make_shared<int>(0);
  std::optional<asio::io_context> loop(std::in_place);
  Turns turns;
  for (const char* lane : {"busy", "busy", "", "other"}) {
    asio::co_spawn(*loop, stay_for_ever(turns.take(lane), had), asio::detached);
  }
  SECTION("before they came") {}
  SECTION("when they are there") {
    loop->poll();
    CHECK(*had == 1);
  }
  const int before = *had;
  loop.reset();
  CHECK(*had == before);
  CHECK(had.use_count() == 1);
  CHECK_FALSE(turns.is_taken());
}

}  // namespace tally::turns_test
