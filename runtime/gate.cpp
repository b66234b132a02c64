#include "runtime/gate.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <list>
#include <utility>

namespace tally {
namespace asio = boost::asio;

struct Gate::Visit {
  explicit Visit(const asio::any_io_executor& executor) : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;  // cancelled when the place is given; then runs for the gate's patience
  bool is_inside = false;
};

struct Gate::State {
  State(asio::any_io_executor loop, std::size_t places, std::optional<std::chrono::milliseconds> limit)
      : executor(std::move(loop)), free(places), patience(limit) {}

  void join(const std::shared_ptr<Visit>& visit);
  void leave(const std::shared_ptr<Visit>& visit);

  const asio::any_io_executor executor;
  std::size_t free;  // none while anybody waits
  const std::optional<std::chrono::milliseconds> patience;
  std::list<std::shared_ptr<Visit>> queue;
};

void Gate::State::join(const std::shared_ptr<Visit>& visit) {
  if (free == 0) {
    queue.push_back(visit);
    return;
  }
  --free;
  visit->is_inside = true;
}

/// Of one that is inside, that waits, or that has left already.
void Gate::State::leave(const std::shared_ptr<Visit>& visit) {
  if (!std::exchange(visit->is_inside, false)) {
    queue.remove(visit);
    return;
  }
  if (queue.empty()) {
    ++free;
    return;
  }
  const std::shared_ptr<Visit> next = std::move(queue.front());
  queue.pop_front();
  next->is_inside = true;
  next->timer.cancel();
}

Gate::Gate(asio::any_io_executor executor, std::size_t places, std::optional<std::chrono::milliseconds> patience)
    : state_(std::make_shared<State>(std::move(executor), places, patience)) {}

Gate::Place::Place(std::shared_ptr<State> state, std::shared_ptr<Visit> visit)
    : state_(std::move(state)), visit_(std::move(visit)) {
  state_->join(visit_);
}

Gate::Place::~Place() {
  if (visit_) state_->leave(visit_);
}

asio::awaitable<Gate::Place> Gate::enter() { return wait(state_); }

asio::awaitable<Gate::Place> Gate::wait(std::shared_ptr<State> state) {
  const auto visit = std::make_shared<Visit>(state->executor);
  Place place(state, visit);
  if (!visit->is_inside) {
    boost::system::error_code ignored;
    co_await visit->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (!visit->is_inside) throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (const std::optional patience = state->patience) {
    visit->timer.expires_after(*patience);
    visit->timer.async_wait([state, visiting = std::weak_ptr(visit)](boost::system::error_code cancelled) {
      const auto late = visiting.lock();
      if (late && !cancelled) state->leave(late);
    });
  }
  co_return place;
}

}  // namespace tally
