#include "runtime/deadline.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

namespace tally {
namespace asio = boost::asio;

asio::awaitable<bool> ends_by(Clock& clock, TimePoint deadline, asio::awaitable<void> work) {
  const auto executor = co_await asio::this_coro::executor;
  auto [order, failure, sleep_failure] = co_await asio::experimental::make_parallel_group(
                                             asio::co_spawn(executor, std::move(work), asio::deferred),
                                             asio::co_spawn(executor, clock.sleep_until(deadline), asio::deferred))
                                             .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (!failure) co_return true;
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (order[0] == 0) std::rethrow_exception(failure);
  if (sleep_failure) std::rethrow_exception(sleep_failure);
  co_return false;
}

}  // namespace tally
