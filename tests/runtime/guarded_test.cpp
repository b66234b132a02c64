#include "runtime/guarded.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "tests/fakes/manual_clock.hpp"

namespace tally::guarded_test {
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

asio::awaitable<void> work_until_it_breaks(Clock& clock, int& runs) {
  ++runs;
  co_await clock.sleep_until(clock.now() + 1min);
  throw std::runtime_error("broken");
}

}  // namespace

TEST_CASE("a service that breaks begins again, until it is cancelled", "[daemon]") {
  asio::io_context context;
  fakes::ManualClock clock(context);
  asio::cancellation_signal stop;
  int runs = 0;
  bool has_ended = false;
  asio::co_spawn(context, keep_going("service", clock, [&] { return work_until_it_breaks(clock, runs); }),
                 asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr&) { has_ended = true; }));
  clock.advance(59s);
  CHECK(runs == 1);
  clock.advance(3min);
  CHECK(runs == 4);
  CHECK_FALSE(has_ended);
  stop.emit(asio::cancellation_type::terminal);
  clock.run_ready();
  CHECK(has_ended);
  CHECK(runs == 4);
}

TEST_CASE("what is thrown that is no exception has words, too", "[daemon]") {
  CHECK(words_of(std::make_exception_ptr(std::runtime_error("broken"))) == "broken");
  CHECK_FALSE(words_of(std::make_exception_ptr(7)).empty());
}

}  // namespace tally::guarded_test
