// Work that is given up when it is late. Heavy (it instantiates co_spawn): include it in .cpp files only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "runtime/clock.hpp"

namespace tally {

/// What the work answers; nothing when it has not answered by `deadline`. What it answers while it is being cancelled,
/// by the deadline or with the caller, is the answer. When the caller is cancelled and there is none, operation_aborted
/// is thrown. `T` is default-constructible.
template <class T>
boost::asio::awaitable<std::optional<T>> with_deadline(Clock& clock, TimePoint deadline,
                                                       boost::asio::awaitable<T> work) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  auto [order, failure, result, sleep_failure] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(executor, std::move(work), asio::deferred),
          asio::co_spawn(executor, clock.sleep_until(deadline), asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (!failure) co_return std::optional<T>(std::move(result));
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (order[0] == 0) std::rethrow_exception(failure);
  if (sleep_failure) std::rethrow_exception(sleep_failure);
  co_return std::optional<T>();
}

}  // namespace tally
