#include "runtime/wakeup.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tally {
namespace asio = boost::asio;

/// While it exists the waiter can be woken; its frame may also be destroyed with its executor's context.
class Wakeup::Wait {
 public:
  Wait(Wakeup& wakeup, TimePoint deadline) : wakeup_(wakeup), timer_(wakeup.executor_, deadline) {
    const std::lock_guard lock(wakeup_.mutex_);
    wakeup_.waiting_ = &timer_;
  }
  ~Wait() {
    const std::lock_guard lock(wakeup_.mutex_);
    wakeup_.waiting_ = nullptr;
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  [[nodiscard]] bool is_woken() const {
    const std::lock_guard lock(wakeup_.mutex_);
    return wakeup_.is_woken_;
  }
  asio::steady_timer& timer() { return timer_; }

 private:
  Wakeup& wakeup_;
  asio::steady_timer timer_;
};

asio::awaitable<bool> Wakeup::wait(TimePoint deadline) {
  const auto self = shared_from_this();
  Wait waiting(*this, deadline);
  if (!waiting.is_woken()) {
    boost::system::error_code ignored;
    co_await waiting.timer().async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return waiting.is_woken();
}

void Wakeup::wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  if (waiting_ == nullptr) return;
  asio::post(executor_, [self = shared_from_this()] {
    const std::lock_guard inner(self->mutex_);
    if (self->waiting_ != nullptr) self->waiting_->cancel();
  });
}

}  // namespace tally
