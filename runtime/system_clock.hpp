// The Clock of the real world.
#pragma once

#include "runtime/clock.hpp"

namespace tally {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] Timestamp wall_now() const override;
  boost::asio::awaitable<void> sleep_until(TimePoint when) override;
};

}  // namespace tally
