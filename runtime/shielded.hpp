// Work that must finish, whoever waits for it. Heavy (it instantiates co_spawn): include it in .cpp files only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace tally {

namespace detail {
/// What a piece of shielded work came to, for the one who waits.
template <class T>
struct ShieldedOutcome {
  explicit ShieldedOutcome(const boost::asio::any_io_executor& executor)
      : over(executor, boost::asio::steady_timer::time_point::max()) {}
  boost::asio::steady_timer over;  // cancelled when the work is over
  bool is_over = false;
  std::exception_ptr failure;
  std::conditional_t<std::is_void_v<T>, std::monostate, T> value{};

  void end(std::exception_ptr why) {
    failure = std::move(why);
    is_over = true;
    over.cancel();
  }

  static boost::asio::awaitable<T> wait(std::shared_ptr<ShieldedOutcome> outcome) {
    namespace asio = boost::asio;
    while (!outcome->is_over) {
      boost::system::error_code woken;
      co_await outcome->over.async_wait(
          asio::bind_cancellation_slot(asio::cancellation_slot(), asio::redirect_error(asio::use_awaitable, woken)));
    }
    if (outcome->failure) std::rethrow_exception(outcome->failure);
    if constexpr (!std::is_void_v<T>) co_return std::move(outcome->value);
  }
};
}  // namespace detail

/// Work that must finish (a commit, a call that makes or ends something). It begins when this is called, not when it
/// is awaited, so that a caller who has been cancelled already still has it done; no cancel reaches it; who waits when
/// the cancel comes gets its result. A caller that was cancelled before it waits leaves at once, and the work goes on:
/// it must record its outcome itself, and what it uses must outlive it. Not a coroutine on purpose.
template <class T>
boost::asio::awaitable<T> shielded(const boost::asio::any_io_executor& executor, boost::asio::awaitable<T> work) {
  auto outcome = std::make_shared<detail::ShieldedOutcome<T>>(executor);
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(executor, std::move(work),
                          [outcome](std::exception_ptr failure) { outcome->end(std::move(failure)); });
  } else {
    boost::asio::co_spawn(executor, std::move(work), [outcome](std::exception_ptr failure, T value) {
      outcome->value = std::move(value);
      outcome->end(std::move(failure));
    });
  }
  return detail::ShieldedOutcome<T>::wait(std::move(outcome));
}

}  // namespace tally
