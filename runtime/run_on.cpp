#include "runtime/run_on.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tally {
namespace asio = boost::asio;

namespace {
asio::awaitable<void> call(std::function<void()> function) {
  function();
  co_return;
}
}  // namespace

asio::awaitable<void> detail::perform_on(asio::any_io_executor executor, std::function<void()> work) {
  co_await asio::co_spawn(executor, call(std::move(work)),
                          asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

}  // namespace tally
