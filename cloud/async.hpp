// The three ways in which our coroutines leave the straight line: work on another thread, a deadline, and work
// that must finish. Heavy (it instantiates co_spawn): include it in .cpp files only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "cloud/clock.hpp"
#include "cloud/result.hpp"

namespace tally {

namespace detail {
template <class F>
boost::asio::awaitable<std::invoke_result_t<F>> call(F function) {
  co_return function();
}
}  // namespace detail

/// Runs a plain function on another executor and returns its result here. The work is never abandoned: a cancel
/// waits for it (the function must be short or a commit).
template <class F>
boost::asio::awaitable<std::invoke_result_t<F>> run_on(boost::asio::any_io_executor executor, F function) {
  namespace asio = boost::asio;
  co_return co_await asio::co_spawn(executor, detail::call(std::move(function)),
                                    asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

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
boost::asio::awaitable<T> shielded(boost::asio::any_io_executor executor, boost::asio::awaitable<T> work) {
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

/// The task's result; an Error of kind service_unavailable when it has not come by `deadline` (whether the call did
/// anything is not known then). A result that comes while the task is being cancelled, by the deadline or with the
/// caller, is the result. When the caller is cancelled and there is none, operation_aborted is thrown.
template <class T>
Task<T> with_deadline(Clock& clock, TimePoint deadline, std::string operation, Task<T> task) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  auto [order, task_failure, result, sleep_failure] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(executor, std::move(task), asio::deferred),
          asio::co_spawn(executor, clock.sleep_until(deadline), asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (!task_failure) co_return std::move(result);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (order[0] == 0) std::rethrow_exception(task_failure);
  if (sleep_failure) std::rethrow_exception(sleep_failure);
  Error late;
  late.kind = Errc::service_unavailable;
  late.operation = std::move(operation);
  late.message = "no complete answer within the deadline";
  co_return tl::unexpected(std::move(late));
}

}  // namespace tally
