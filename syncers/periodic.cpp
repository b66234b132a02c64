#include "syncers/periodic.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "runtime/deadline.hpp"
#include "store/error.hpp"

namespace tally {
namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {
constexpr milliseconds longest_backoff = std::chrono::minutes(5);
constexpr milliseconds first_backoff = std::chrono::seconds(5);
constexpr milliseconds shortest_backoff = std::chrono::seconds(1);
constexpr milliseconds first_pass_spread = std::chrono::seconds(1);
constexpr int doublings = 10;
}  // namespace

milliseconds backoff(int failures, const Error& error, milliseconds interval, Rng& rng) {
  if (error.kind == Errc::auth || error.kind == Errc::forbidden) return longest_backoff;
  const milliseconds base = std::min(interval, first_backoff);
  const milliseconds bound =
      std::min<milliseconds>(longest_backoff, base * (1 << std::clamp(failures - 1, 0, doublings)));
  const milliseconds wait = std::max(shortest_backoff, rng.below(bound));
  return std::max(wait, error.retry_after.value_or(milliseconds(0)));
}

Periodic::Periodic(Syncer& syncer, Lanes lanes, Clock& clock, Rng& rng, const asio::any_io_executor& loop)
    : syncer_(syncer),
      lanes_(std::move(lanes)),
      clock_(clock),
      rng_(rng),
      poke_(loop, asio::steady_timer::time_point::max()) {}

asio::awaitable<void> Periodic::run() {
  TimePoint due = clock_.now() + rng_.below(std::min(first_pass_spread, syncer_.interval()));
  std::int64_t skipped = 0;
  int failures = 0;
  bool was_late = false;
  for (;;) {
    co_await wait_until(due);
    if (!syncer_.is_wanted()) co_return;
    const Gate::Place place = co_await (was_late ? lanes_.late : lanes_.prompt).enter();
    if (std::exchange(is_poked_, false)) due = clock_.now();
    const TimePoint began = clock_.now();
    const Outcome outcome = co_await guarded_pass(skipped);
    skipped = 0;
    was_late = outcome && clock_.now() - began >= syncer_.deadline();
    if (outcome) {
      due = clock_.now() + backoff(++failures, *outcome, syncer_.interval(), rng_);
      continue;
    }
    failures = 0;
    due += syncer_.interval();
    if (const TimePoint now = clock_.now(); due < now) {
      skipped = (now - due) / syncer_.interval() + 1;
      due += skipped * syncer_.interval();
    }
  }
}

void Periodic::poke() {
  is_poked_ = true;
  poke_.cancel();
}

asio::awaitable<void> Periodic::wait_until(TimePoint due) {
  if (!is_poked_ && due > clock_.now()) co_await with_deadline<bool>(clock_, due, poked());
}

asio::awaitable<bool> Periodic::poked() {
  boost::system::error_code woken;
  co_await poke_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  co_return true;
}

/// A pass whose exceptions (a bug) end that pass only. A cancellation of the loop ends the loop.
asio::awaitable<Outcome> Periodic::guarded_pass(std::int64_t skipped) {
  Error error;
  try {
    co_return co_await syncer_.pass(skipped);
  } catch (const StoreError& failure) {  // the catalog's fault: the vendor is asked as usual
    spdlog::error("{}: {}", syncer_.name(), failure.what());
    co_return Outcome();
  } catch (const std::exception& failure) {
    error.message = failure.what();
  }
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  spdlog::error("{}: {}", syncer_.name(), error.message);
  co_return error;
}

}  // namespace tally
