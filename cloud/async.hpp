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
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

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

/// The task's result, or an Error of kind service_unavailable when it has not come by `deadline`. When the caller is
/// cancelled, so is the task, and operation_aborted is thrown.
template <class T>
Task<T> with_deadline(Clock& clock, TimePoint deadline, std::string operation, Task<T> task) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  auto [order, task_failure, result, sleep_failure] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(executor, std::move(task), asio::deferred),
          asio::co_spawn(executor, clock.sleep_until(deadline), asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (order[0] == 0) {
    if (task_failure) std::rethrow_exception(task_failure);
    co_return std::move(result);
  }
  if (sleep_failure) std::rethrow_exception(sleep_failure);
  Error late;
  late.kind = Errc::service_unavailable;
  late.operation = std::move(operation);
  late.message = "no complete answer within the deadline";
  late.is_retry_safe = true;
  co_return tl::unexpected(std::move(late));
}

}  // namespace tally
