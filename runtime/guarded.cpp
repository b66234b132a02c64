#include "runtime/guarded.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <utility>

namespace tally {
namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds again_after{1};
}  // namespace

asio::awaitable<std::exception_ptr> failure_of(asio::awaitable<void> work) {
  std::exception_ptr failure;
  try {
    co_await std::move(work);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
  co_return failure;
}

std::string words_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an error of no known kind";
  }
}

void report_failure(const std::string& name, const std::exception_ptr& failure) {
  spdlog::error("{}: ended: {}", name, words_of(failure));
}

asio::awaitable<void> keep_going(std::string name, Clock& clock, std::function<asio::awaitable<void>()> service) {
  for (;;) {
    const std::exception_ptr failure = co_await failure_of(service());
    spdlog::error("{}: {}; it begins again", name, failure ? words_of(failure) : "ended");
    co_await clock.sleep_until(clock.now() + again_after);
  }
}

}  // namespace tally
