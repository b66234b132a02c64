#include "syncers/slots.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <list>
#include <utility>

namespace tally {
namespace asio = boost::asio;

struct Slots::State {
  struct Waiter {
    explicit Waiter(const asio::any_io_executor& loop) : called(loop, asio::steady_timer::time_point::max()) {}
    asio::steady_timer called;  // cancelled when its turn has come
    bool is_called = false;
  };

  State(asio::any_io_executor executor, std::size_t count) : loop(std::move(executor)), free(count) {}

  void leave() {
    if (waiting.empty()) {
      ++free;
      return;
    }
    const std::shared_ptr<Waiter> next = std::move(waiting.front());
    waiting.pop_front();
    next->is_called = true;
    next->called.cancel();
  }

  const asio::any_io_executor loop;
  std::size_t free;
  std::list<std::shared_ptr<Waiter>> waiting;
};

Slots::Slots(asio::any_io_executor loop, std::size_t count) : state_(std::make_shared<State>(std::move(loop), count)) {}

Slots::Slot::~Slot() {
  if (state_) state_->leave();
}

asio::awaitable<Slots::Slot> Slots::take() {
  const std::shared_ptr<State> state = state_;
  if (state->free > 0) {
    --state->free;
    co_return Slot(state);
  }
  const auto waiter = std::make_shared<State::Waiter>(state->loop);
  state->waiting.push_back(waiter);
  boost::system::error_code woken;
  co_await waiter->called.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  if (waiter->is_called) co_return Slot(state);
  state->waiting.remove(waiter);
  throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace tally
