#include "runtime/turns.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <list>
#include <utility>

namespace tally {
namespace asio = boost::asio;

struct Turns::Waiter {
  Waiter(const asio::any_io_executor& executor, std::string lane_name)
      : called(executor, asio::steady_timer::time_point::max()), lane(std::move(lane_name)) {}
  asio::steady_timer called;  // cancelled when it is this one's turn
  std::string lane;
};

struct Turns::State {
  struct Lane {
    std::string name;
    std::list<std::shared_ptr<Waiter>> waiters;  // never empty
  };

  void join(const std::shared_ptr<Waiter>& waiter);
  void leave(const std::shared_ptr<Waiter>& waiter);

  std::shared_ptr<Waiter> now;
  std::list<Lane> lanes;  // the first one is next
};

void Turns::State::join(const std::shared_ptr<Waiter>& waiter) {
  if (!now) {
    now = waiter;
    return;
  }
  const auto lane =
      std::find_if(lanes.begin(), lanes.end(), [&](const Lane& entry) { return entry.name == waiter->lane; });
  if (lane == lanes.end()) {
    lanes.push_back({waiter->lane, {waiter}});
  } else {
    lane->waiters.push_back(waiter);
  }
}

void Turns::State::leave(const std::shared_ptr<Waiter>& waiter) {
  if (now != waiter) {
    for (Lane& lane : lanes) lane.waiters.remove(waiter);
    lanes.remove_if([](const Lane& lane) { return lane.waiters.empty(); });
    return;
  }
  now = nullptr;
  if (lanes.empty()) return;
  const auto to_the_end = [this] { lanes.splice(lanes.end(), lanes, lanes.begin()); };
  if (lanes.front().name == waiter->lane) to_the_end();  // it has just had its turn
  to_the_end();
  Lane& lane = lanes.back();
  now = std::move(lane.waiters.front());
  lane.waiters.pop_front();
  if (lane.waiters.empty()) lanes.pop_back();
  now->called.cancel();
}

Turns::Turns() : state_(std::make_shared<State>()) {}

Turns::Place::Place(std::shared_ptr<State> state, std::shared_ptr<Waiter> waiter)
    : state_(std::move(state)), waiter_(std::move(waiter)) {
  state_->join(waiter_);
}

Turns::Place::~Place() {
  if (waiter_) state_->leave(waiter_);
}

asio::awaitable<Turns::Place> Turns::take(std::string lane) { return wait(state_, std::move(lane)); }

bool Turns::is_taken() const { return state_->now != nullptr; }

asio::awaitable<Turns::Place> Turns::wait(std::shared_ptr<State> state, std::string lane) {
  const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, std::move(lane));
  Place place(state, waiter);
  while (state->now != waiter) {
    boost::system::error_code called;
    co_await waiter->called.async_wait(asio::redirect_error(asio::use_awaitable, called));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
  co_return place;
}

}  // namespace tally
