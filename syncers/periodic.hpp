// The one loop that runs a listing's syncer: first pass soon but spread out, then on absolute due times, never two at
// once; after failures exponential back-off with full jitter. Lives on the loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "runtime/clock.hpp"
#include "runtime/gate.hpp"
#include "runtime/rng.hpp"
#include "syncers/syncer.hpp"

namespace tally {

/// How long to wait after the `failures`-th failure in a row (1 is the first): random below a bound that doubles up to
/// five minutes, never less than the vendor asked for; for a refused credential the maximum at once.
std::chrono::milliseconds backoff(int failures, const Error& error, std::chrono::milliseconds interval, Rng& rng);

/// How many listings of one kind an account asks for at once. Those whose last attempt ended by its deadline have
/// places of their own, so that what hangs delays nobody but itself.
struct Lanes {
  explicit Lanes(const boost::asio::any_io_executor& loop) : prompt(loop, 4), late(loop, 2) {}
  Gate prompt;
  Gate late;
};

class Periodic {
 public:
  Periodic(Syncer& syncer, Lanes lanes, Clock& clock, Rng& rng, const boost::asio::any_io_executor& loop);

  /// Until cancelled, or until the listing is not wanted any more.
  boost::asio::awaitable<void> run();

  /// The next pass is due now; while one runs, right after it.
  void poke();

 private:
  boost::asio::awaitable<void> wait_until(TimePoint due);
  boost::asio::awaitable<bool> poked();
  boost::asio::awaitable<Outcome> guarded_pass(std::int64_t skipped);

  Syncer& syncer_;
  Lanes lanes_;
  Clock& clock_;
  Rng& rng_;
  boost::asio::steady_timer poke_;  // cancelled by poke()
  bool is_poked_ = false;
};

}  // namespace tally
