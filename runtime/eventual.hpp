// A value that comes once, and those who wait for it. Loop thread. Heavy (a timer): include it in .cpp files only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/clock.hpp"
#include "runtime/deadline.hpp"

namespace tally {

template <class T>
class Eventual {
 public:
  explicit Eventual(const boost::asio::any_io_executor& loop)
      : told_(loop, boost::asio::steady_timer::time_point::max()) {}

  void set(T value) {
    value_ = std::move(value);
    told_.cancel();
  }

  /// The value, once it is there; none when it has not come by `deadline`. Any number may wait.
  static boost::asio::awaitable<std::optional<T>> wait(std::shared_ptr<Eventual> eventual, Clock& clock,
                                                       TimePoint deadline) {
    return with_deadline<T>(clock, deadline, value_of(std::move(eventual)));
  }

 private:
  static boost::asio::awaitable<T> value_of(std::shared_ptr<Eventual> eventual) {
    namespace asio = boost::asio;
    for (;;) {
      if (const std::optional<T>& value = eventual->value_) co_return *value;
      boost::system::error_code woken;
      co_await eventual->told_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error(asio::error::operation_aborted);
      }
    }
  }

  boost::asio::steady_timer told_;  // cancelled when the value comes
  std::optional<T> value_;
};

}  // namespace tally
