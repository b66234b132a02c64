#include "runtime/shielded.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

namespace tally {
namespace asio = boost::asio;

namespace {

/// How the work ended, for the one who waits.
struct Ending {
  explicit Ending(const asio::any_io_executor& executor) : over(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer over;  // cancelled when the work is over
  bool is_over = false;
  std::exception_ptr failure;
};

asio::awaitable<void> wait_for(std::shared_ptr<Ending> ending) {
  while (!ending->is_over) {
    boost::system::error_code woken;
    co_await ending->over.async_wait(
        asio::bind_cancellation_slot(asio::cancellation_slot(), asio::redirect_error(asio::use_awaitable, woken)));
  }
  if (ending->failure) std::rethrow_exception(ending->failure);
}

}  // namespace

asio::awaitable<void> shielded(const asio::any_io_executor& executor, asio::awaitable<void> work) {
  auto ending = std::make_shared<Ending>(executor);
  asio::co_spawn(executor, std::move(work), [ending](std::exception_ptr failure) {
    ending->failure = std::move(failure);
    ending->is_over = true;
    ending->over.cancel();
  });
  return wait_for(std::move(ending));
}

}  // namespace tally
