#include "notify/deliverer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "notify/body.hpp"
#include "runtime/deadline.hpp"
#include "runtime/guarded.hpp"
#include "runtime/run_on.hpp"
#include "store/notify_tables.hpp"

namespace tally::notify {
namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds first_pause{1'000};
constexpr milliseconds longest_pause{300'000};
constexpr std::chrono::hours longest_wait{24};
constexpr std::size_t most_waiting = 10'000;
constexpr std::chrono::seconds note_again_after{1};

/// The longer the more have failed in a row, with jitter: from half of it on.
milliseconds pause_after(int failures, Rng& rng) {
  milliseconds pause = first_pause;
  for (int i = 1; i < failures && pause < longest_pause; ++i) pause *= 2;
  pause = std::min(pause, longest_pause);
  return pause / 2 + rng.below(pause / 2);
}

std::string words_of_error(const Error& error) {
  return error.status == 0 ? error.message : fmt::format("HTTP {}: {}", error.status, error.message);
}

/// Puts a delivery back that an exception cut off.
class OnItsWay {
 public:
  OnItsWay(WaitingList& of, const WaitingDelivery& delivery, Clock& clock)
      : of_(of), delivery_(delivery), clock_(clock) {}
  ~OnItsWay() {
    if (!is_settled_) of_.put_back(delivery_.id, delivery_.attempts, clock_.now() + first_pause);
  }
  OnItsWay(const OnItsWay&) = delete;
  OnItsWay& operator=(const OnItsWay&) = delete;
  void settle() { is_settled_ = true; }

 private:
  WaitingList& of_;
  const WaitingDelivery& delivery_;
  Clock& clock_;
  bool is_settled_ = false;
};

std::vector<DeliveryOutcome> only(DeliveryOutcome outcome) {
  std::vector<DeliveryOutcome> outcomes;
  outcomes.push_back(std::move(outcome));
  return outcomes;
}

}  // namespace

Deliverer::Deliverer(const DeliveryContext& context, std::shared_ptr<LazyReader> reader,
                     std::shared_ptr<const Rule> rule, std::unique_ptr<Target> target, WaitingList waiting)
    : context_(context),
      reader_(std::move(reader)),
      rule_(std::move(rule)),
      target_(std::move(target)),
      waiting_(std::move(waiting)),
      news_came_(context.loop, asio::steady_timer::time_point::max()),
      tasks_(context.loop, report_failure) {}

void Deliverer::start() {
  for (std::size_t lane = 0; lane < target_->lanes(); ++lane) {
    tasks_.spawn("notify " + rule_->name,
                 keep_going("notify " + rule_->name, context_.clock, [this] { return serve(); }));
  }
}

asio::awaitable<void> Deliverer::stop() {
  tasks_.cancel();
  co_await tasks_.join();
  waiting_.give_back_all();
}

void Deliverer::add(std::vector<WaitingDelivery> waiting) {
  waiting_.add(std::move(waiting), context_.clock.now(), context_.clock.wall_now());
  std::vector<DeliveryOutcome> over;
  for (const WaitingDelivery& excess : waiting_.take_excess(most_waiting)) {
    DeliveryOutcome outcome;
    outcome.id = excess.id;
    outcome.attempts = excess.attempts;
    outcome.is_over = true;
    outcome.error = fmt::format("given up: more than {} were waiting", most_waiting);
    over.push_back(std::move(outcome));
    count("given_up");
  }
  tell_news();
  if (over.empty()) return;
  spdlog::error("notify {}: {} given up: more than {} were waiting", rule_->name, over.size(), most_waiting);
  tasks_.spawn("notify " + rule_->name, note(std::move(over)));
}

asio::awaitable<void> Deliverer::serve() {
  for (;;) {
    std::optional<Waiting> next;
    if (context_.clock.now() >= paused_until_) next = waiting_.begin(context_.clock.now());
    if (next) {
      co_await attempt(std::move(*next));
    } else {
      co_await wait_for_turn();
    }
  }
}

asio::awaitable<void> Deliverer::wait_for_turn() {
  if (const std::optional<TimePoint> due = waiting_.next_due()) {
    co_await with_deadline<bool>(context_.clock, std::max(*due, paused_until_), next_news(news_));
  } else {
    co_await next_news(news_);
  }
  // A cancel of ours leaves as a success of the wait.
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

/// What has come since the caller looked, while this was not yet waiting, is not missed.
asio::awaitable<bool> Deliverer::next_news(std::uint64_t known) {
  if (news_ != known) co_return true;
  boost::system::error_code woken;
  co_await news_came_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  co_return true;
}

void Deliverer::tell_news() {
  ++news_;
  news_came_.cancel();
}

asio::awaitable<void> Deliverer::attempt(Waiting next) {
  const WaitingDelivery& delivery = next.delivery;
  OnItsWay on_its_way(waiting_, delivery, context_.clock);
  auto read = [reader = reader_, id = delivery.id] { return read_delivery_body(reader->get(), id); };
  std::optional<std::string> body = co_await run_on(context_.readers, std::move(read));
  if (body) {
    const Result<> taken = co_await target_->deliver(with_delivery(std::move(*body), delivery.id));
    if (!taken) {
      co_await fail(next, taken.error());
      on_its_way.settle();
      co_return;
    }
    DeliveryOutcome outcome;
    outcome.id = delivery.id;
    outcome.attempts = delivery.attempts + 1;
    outcome.delivered_at = context_.clock.wall_now();
    outcome.is_over = true;
    tell_success();
    co_await note(only(std::move(outcome)));
  }
  waiting_.take_out(delivery.id);
  on_its_way.settle();
  tell_news();
}

asio::awaitable<void> Deliverer::fail(const Waiting& next, const Error& error) {
  const TimePoint now = context_.clock.now();
  const auto waited = now - next.since;
  DeliveryOutcome outcome;
  outcome.id = next.delivery.id;
  outcome.attempts = next.delivery.attempts + 1;
  outcome.error = words_of_error(error);
  outcome.is_over = waited >= longest_wait;
  tell_failure(outcome.error);
  pause(error.retry_after.value_or(milliseconds(0)));
  if (outcome.is_over) {
    outcome.error = fmt::format("given up after {} attempts in {} h: {}", outcome.attempts,
                                std::chrono::floor<std::chrono::hours>(waited).count(), outcome.error);
    spdlog::error("notify {}: delivery {} {}", rule_->name, outcome.id, outcome.error);
    count("given_up");
  }
  const int attempts = outcome.attempts;
  const bool is_over = outcome.is_over;
  const TimePoint due = now + pause_after(attempts, context_.rng);
  co_await note(only(std::move(outcome)));
  if (is_over) {
    waiting_.take_out(next.delivery.id);
  } else {
    waiting_.put_back(next.delivery.id, attempts, due);
  }
  tell_news();
}

/// Those that were on their way together fail together: that is one failure more.
void Deliverer::pause(milliseconds asked) {
  const TimePoint now = context_.clock.now();
  if (now < paused_until_) return;
  paused_until_ = now + std::max(std::min(longest_pause, asked), pause_after(++failures_, context_.rng));
}

Task<> Deliverer::attempt_test(std::int64_t id, std::string body) {
  const Result<> taken = co_await target_->deliver(with_delivery(std::move(body), id));
  DeliveryOutcome outcome;
  outcome.id = id;
  outcome.attempts = 1;
  outcome.is_over = true;
  if (taken) {
    outcome.delivered_at = context_.clock.wall_now();
  } else {
    outcome.error = words_of_error(taken.error());
  }
  count(taken ? "delivered" : "failed");
  co_await note(only(std::move(outcome)));
  if (taken) co_return Result<>();
  Error refused = taken.error();
  refused.kind = Errc::service_unavailable;
  refused.message = words_of_error(taken.error());
  co_return tl::unexpected(std::move(refused));
}

/// Tried until the catalog takes it: nothing is sent a second time because what came of the first is not written. The
/// first try begins at once, also for a caller who has just been cancelled.
asio::awaitable<void> Deliverer::note(std::vector<DeliveryOutcome> outcomes) {
  asio::awaitable<void> first = write(outcomes);
  return note_again(std::move(first), std::move(outcomes));
}

asio::awaitable<void> Deliverer::note_again(asio::awaitable<void> first, std::vector<DeliveryOutcome> outcomes) {
  std::exception_ptr failure = co_await failure_of(std::move(first));
  while (failure) {
    co_await context_.clock.sleep_until(context_.clock.now() + note_again_after);
    failure = co_await failure_of(write(outcomes));
  }
}

asio::awaitable<void> Deliverer::write(std::vector<DeliveryOutcome> outcomes) {
  return context_.writer.write(WritePriority::tally, "notifications",
                               [outcomes = std::move(outcomes)](Catalog& catalog) { catalog.apply(outcomes); });
}

void Deliverer::tell_success() {
  count("delivered");
  if (failures_ > 0) spdlog::info("notify {}: delivered again", rule_->name);
  failures_ = 0;
  paused_until_ = TimePoint{};
}

/// Once until it works again.
void Deliverer::tell_failure(const std::string& why) {
  count("failed");
  if (failures_ == 0) spdlog::warn("notify {}: {}; tried again", rule_->name, why);
}

void Deliverer::count(std::string_view result) {
  if (context_.observer != nullptr) context_.observer->see_notification(rule_->name, result);
}

}  // namespace tally::notify
