// The one loop that runs a syncer: first pass soon but spread out, then on absolute due times, never two at once;
// after failures exponential back-off with full jitter. Lives on the loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "runtime/clock.hpp"
#include "runtime/rng.hpp"
#include "syncers/syncer.hpp"

namespace tally {

/// How long to wait after the `failures`-th failure in a row (1 is the first): random below a bound that doubles up to
/// five minutes, never less than the vendor asked for; for a refused credential the maximum at once.
std::chrono::milliseconds backoff(int failures, const Error& error, std::chrono::milliseconds interval, Rng& rng);

class Periodic {
 public:
  Periodic(Syncer& syncer, Clock& clock, Rng& rng);

  /// Until cancelled.
  boost::asio::awaitable<void> run();

 private:
  boost::asio::awaitable<Outcome> guarded_pass(std::int64_t skipped);

  Syncer& syncer_;
  Clock& clock_;
  Rng& rng_;
};

}  // namespace tally
