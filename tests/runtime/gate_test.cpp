#include "runtime/gate.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tally::gate_test {
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// Visitors by number. Whoever got in stays until it is told to leave; at the end of a test all have left.
class World {
 public:
  asio::io_context loop;
  std::vector<int> order;   // in which they got in
  std::vector<int> failed;  // to get in

  void visit(int who, asio::awaitable<Gate::Place> entering) {
    Visitor& visitor = visitors_.try_emplace(who, loop).first->second;
    const auto note = [this, who](std::exception_ptr failure) {
      if (failure) failed.push_back(who);
    };
    asio::co_spawn(loop, stay(visitor, who, std::move(entering)),
                   asio::bind_cancellation_slot(visitor.stop.slot(), note));
  }
  void cancel(int who) { visitors_.at(who).stop.emit(asio::cancellation_type::terminal); }
  void leave(int who) {
    visitors_.at(who).leaves.cancel();
    loop.poll();
  }

 private:
  struct Visitor {
    explicit Visitor(asio::io_context& loop) : leaves(loop, asio::steady_timer::time_point::max()) {}
    asio::steady_timer leaves;  // cancelled when it shall
    asio::cancellation_signal stop;
  };

  asio::awaitable<void> stay(Visitor& visitor, int who, asio::awaitable<Gate::Place> entering) {
    const Gate::Place place = co_await std::move(entering);
    order.push_back(who);
    boost::system::error_code ignored;
    co_await visitor.leaves.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  std::map<int, Visitor> visitors_;
};

/// Who holds `inside` is counted: in it is how many ever got in.
asio::awaitable<void> stay_for_ever(asio::awaitable<Gate::Place> entering, std::shared_ptr<int> inside) {
  const Gate::Place place = co_await std::move(entering);
  ++*inside;
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  co_await asio::post(loop, asio::use_awaitable);  // waits for longer than those who wait for their place
  asio::steady_timer never(loop, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

}  // namespace

TEST_CASE("a gate lets in as many as it has places, in their order, and who is cancelled leaves the queue",
          "[runtime]") {
  World world;
  Gate gate(world.loop.get_executor(), 2);
  for (const int who : {1, 2, 3, 4, 5}) world.visit(who, gate.enter());
  world.loop.poll();
  CHECK(world.order == std::vector{1, 2});
  world.cancel(3);
  world.loop.poll();
  CHECK(world.failed == std::vector{3});
  world.leave(2);
  CHECK(world.order == std::vector{1, 2, 4});
  world.leave(1);
  CHECK(world.order == std::vector{1, 2, 4, 5});
  world.leave(4);
  world.leave(5);
  CHECK(world.failed == std::vector{3});
}

TEST_CASE("who stays inside for longer than a gate's patience keeps out nobody", "[runtime]") {
  World world;
  Gate gate(world.loop.get_executor(), 1, 1ms);
  world.visit(1, gate.enter());
  world.visit(2, gate.enter());
  while (world.order.size() < 2) world.loop.run_one();
  CHECK(world.order == std::vector{1, 2});
  world.leave(1);
  world.leave(2);
  world.loop.run();
}

TEST_CASE("a gate and its copy share their places, and who is inside or waits outlives both", "[runtime]") {
  World world;
  {
    Gate gate(world.loop.get_executor(), 1);
    Gate copy = gate;
    world.visit(1, gate.enter());
    world.visit(2, copy.enter());
    world.visit(3, gate.enter());
    world.loop.poll();
  }
  CHECK(world.order == std::vector{1});
  world.leave(1);
  CHECK(world.order == std::vector{1, 2});
  world.leave(2);
  CHECK(world.order == std::vector{1, 2, 3});
  world.leave(3);
}

TEST_CASE("a loop that ends takes along who is inside a gate and who waits, and lets in nobody more", "[runtime]") {
  const auto patience = GENERATE(as<std::optional<std::chrono::milliseconds>>{}, std::nullopt, 1h);
  const auto inside = std::make_shared<int>(0);
  std::optional<asio::io_context> loop(std::in_place);
  Gate gate(loop->get_executor(), 2, patience);
  for (int who = 0; who < 5; ++who) asio::co_spawn(*loop, stay_for_ever(gate.enter(), inside), asio::detached);
  SECTION("before they came") {}
  SECTION("when they are there") {
    loop->poll();
    CHECK(*inside == 2);
  }
  const int before = *inside;
  loop.reset();
  CHECK(*inside == before);
  CHECK(inside.use_count() == 1);
}

TEST_CASE("a gate that was moved is a gate still", "[runtime]") {
  World world;
  Gate gate(world.loop.get_executor(), 1);
  Gate moved = std::move(gate);
  world.visit(1, moved.enter());
  world.visit(2, gate.enter());  // NOLINT(bugprone-use-after-move): that is what is tested
  world.loop.poll();
  CHECK(world.order == std::vector{1});
  world.leave(1);
  CHECK(world.order == std::vector{1, 2});
  world.leave(2);
}

}  // namespace tally::gate_test
