#include "ssh/gate.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace tally {
namespace asio = boost::asio;

struct Gate::Visit {
  explicit Visit(Gate& to) : gate(to), timer(to.executor_) { timer.expires_at(asio::steady_timer::time_point::max()); }
  ~Visit() { leave(); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  void leave() {
    if (is_inside) gate.leave();
    is_inside = false;
  }

  Gate& gate;
  asio::steady_timer timer;  // cancelled when the place is given; then runs for the gate's patience
  bool is_inside = false;
};

Gate::Gate(asio::any_io_executor executor, std::size_t places, std::optional<std::chrono::milliseconds> patience)
    : executor_(std::move(executor)), free_(places), patience_(patience) {}

asio::awaitable<Gate::Place> Gate::enter() {
  auto visit = std::make_shared<Visit>(*this);
  if (free_ > 0 && queue_.empty()) {
    --free_;
    visit->is_inside = true;
  } else {
    queue_.push_back(visit);
    boost::system::error_code ignored;
    co_await visit->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (!visit->is_inside) {
      queue_.remove(visit);
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
  if (patience_) {
    visit->timer.expires_after(*patience_);
    visit->timer.async_wait([visiting = std::weak_ptr(visit)](boost::system::error_code cancelled) {
      const auto late = visiting.lock();
      if (late && !cancelled) late->leave();
    });
  }
  co_return Place(std::move(visit));
}

void Gate::leave() {
  if (queue_.empty()) {
    ++free_;
    return;
  }
  const auto next = queue_.front();
  queue_.pop_front();
  next->is_inside = true;
  next->timer.cancel();
}

}  // namespace tally
