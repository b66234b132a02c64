#include "runtime/fair_strand.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <string>

#include "runtime/run_on.hpp"

namespace tally::fair_strand_test {
namespace asio = boost::asio;

namespace {

asio::awaitable<void> add_up(asio::any_io_executor strand, int& sum) {
  for (int i = 0; i < 100; ++i) {
    co_await run_on(strand, [&sum] { ++sum; });
  }
}

}  // namespace

TEST_CASE("who has much to do lets others in after each piece of it", "[runtime]") {
  asio::io_context pool;
  const FairStrand busy = FairStrand::on(pool.get_executor());
  const FairStrand modest = FairStrand::on(pool.get_executor());
  std::string order;
  for (const char piece : {'1', '2', '3'}) asio::post(busy, [&order, piece] { order += piece; });
  asio::post(modest, [&order] { order += 'x'; });
  pool.run();
  CHECK(order == "1x23");
}

TEST_CASE("the pieces of one strand never run at the same time, whatever threads there are", "[runtime]") {
  asio::thread_pool pool(4);
  asio::io_context loop;
  const FairStrand strand = FairStrand::on(pool.get_executor());
  int sum = 0;  // a race here is one for the thread sanitizer, too
  for (int i = 0; i < 8; ++i) asio::co_spawn(loop, add_up(strand, sum), [](const std::exception_ptr&) {});
  loop.run();
  CHECK(sum == 800);
}

TEST_CASE("two strands run beside each other on two threads", "[runtime]") {
  asio::thread_pool pool(2);
  std::promise<void> first_waits;
  std::promise<void> second_ran;
  asio::post(FairStrand::on(pool.get_executor()), [&] {
    first_waits.set_value();
    second_ran.get_future().wait();
  });
  first_waits.get_future().wait();
  asio::post(FairStrand::on(pool.get_executor()), [&] { second_ran.set_value(); });
  pool.join();
  SUCCEED();
}

TEST_CASE("a piece that throws takes no turn from the next one", "[runtime]") {
  asio::io_context pool;
  const FairStrand strand = FairStrand::on(pool.get_executor());
  bool has_run = false;
  asio::post(strand, [] { throw std::runtime_error("broken"); });
  asio::post(strand, [&has_run] { has_run = true; });
  CHECK_THROWS_WITH(pool.run(), "broken");
  pool.run();
  CHECK(has_run);
}

}  // namespace tally::fair_strand_test
