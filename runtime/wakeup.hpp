// Wakes a coroutine from another thread, if it still waits. For two who do not know how long the other one lives.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>

#include "runtime/clock.hpp"

namespace tally {

class Wakeup : public std::enable_shared_from_this<Wakeup> {
 public:
  explicit Wakeup(boost::asio::any_io_executor waiter) : executor_(std::move(waiter)) {}

  /// On the waiter's executor. True: woken, and what the other thread wrote before is seen. False: late or cancelled.
  boost::asio::awaitable<bool> wait(TimePoint deadline = TimePoint::max());

  /// Any thread, once. Touches the executor only while somebody waits.
  void wake();

 private:
  class Wait;

  boost::asio::any_io_executor executor_;
  std::mutex mutex_;                              // of the two below
  boost::asio::steady_timer* waiting_ = nullptr;  // in the frame of wait()
  bool is_woken_ = false;
};

}  // namespace tally
