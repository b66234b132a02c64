#include "lifecycle/operation.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace tally::lifecycle {
namespace asio = boost::asio;

asio::awaitable<void> wait_for_change(OperationPtr operation) {
  boost::system::error_code woken;
  co_await operation->changed.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

asio::awaitable<void> wait_until_over(OperationPtr operation) {
  while (!operation->is_over()) co_await wait_for_change(operation);
}

}  // namespace tally::lifecycle
