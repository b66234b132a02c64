#include "runtime/turns.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace tally {
namespace asio = boost::asio;

struct Turns::Waiter {
  Waiter(const asio::any_io_executor& executor, std::string lane_name)
      : called(executor, asio::steady_timer::time_point::max()), lane(std::move(lane_name)) {}
  asio::steady_timer called;  // cancelled when it is this one's turn
  std::string lane;
};

Turns::Place::Place(std::shared_ptr<Turns> turns, std::shared_ptr<Waiter> waiter)
    : turns_(std::move(turns)), waiter_(std::move(waiter)) {
  turns_->join(waiter_);
}

Turns::Place::~Place() {
  if (waiter_) turns_->leave(waiter_);
}

asio::awaitable<Turns::Place> Turns::take(std::string lane) {
  const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, std::move(lane));
  Place place(shared_from_this(), waiter);
  while (now_ != waiter) {
    boost::system::error_code called;
    co_await waiter->called.async_wait(asio::redirect_error(asio::use_awaitable, called));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
  co_return place;
}

void Turns::join(const std::shared_ptr<Waiter>& waiter) {
  if (!now_) {
    now_ = waiter;
    return;
  }
  const auto lane =
      std::find_if(lanes_.begin(), lanes_.end(), [&](const Lane& entry) { return entry.name == waiter->lane; });
  if (lane == lanes_.end()) {
    lanes_.push_back({waiter->lane, {waiter}});
  } else {
    lane->waiters.push_back(waiter);
  }
}

void Turns::leave(const std::shared_ptr<Waiter>& waiter) {
  if (now_ != waiter) {
    for (Lane& lane : lanes_) lane.waiters.remove(waiter);
    lanes_.remove_if([](const Lane& lane) { return lane.waiters.empty(); });
    return;
  }
  now_ = nullptr;
  if (lanes_.empty()) return;
  const auto to_the_end = [this] { lanes_.splice(lanes_.end(), lanes_, lanes_.begin()); };
  if (lanes_.front().name == waiter->lane) to_the_end();  // it has just had its turn
  to_the_end();
  Lane& lane = lanes_.back();
  now_ = std::move(lane.waiters.front());
  lane.waiters.pop_front();
  if (lane.waiters.empty()) lanes_.pop_back();
  now_->called.cancel();
}

}  // namespace tally
