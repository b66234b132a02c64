#include "syncers/account_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstdlib>
#include <iterator>
#include <type_traits>
#include <utility>

#include "runtime/deadline.hpp"
#include "runtime/log_line.hpp"
#include "runtime/run_on.hpp"
#include "runtime/shielded.hpp"
#include "runtime/text.hpp"
#include "store/error.hpp"
#include "syncers/recall.hpp"
#include "tally/event_log.hpp"
#include "tally/pieces.hpp"
#include "tally/problem_ledger.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

/// Where an account keeps what is known of one kind.
template <class Known>
std::shared_ptr<const Known>& place_of(KnownAccount& account) {
  if constexpr (std::is_same_v<Known, KnownTypes>) {
    return account.types;
  } else if constexpr (std::is_same_v<Known, KnownInstances>) {
    return account.instances;
  } else {
    return account.locations;
  }
}

constexpr std::chrono::seconds retry_every{1};

std::vector<WrittenEvent> all_events(const std::vector<ChangeSet>& pieces, const std::vector<std::int64_t>& first_ids) {
  std::vector<WrittenEvent> events;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (WrittenEvent& event : written_from(first_ids.at(i), pieces[i].events)) events.push_back(std::move(event));
  }
  return events;
}

/// True while this lives.
class Flag {
 public:
  explicit Flag(bool& flag) : flag_(flag) { flag_ = true; }
  ~Flag() { flag_ = false; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;

 private:
  bool& flag_;
};

constexpr const char* failing = "credential_failing";
constexpr const char* closed = "location_forbidden";
constexpr const char* skewed = "clock_skew";

constexpr std::chrono::seconds clock_tolerance{60};

bool is_of_health(const ProblemKey& key) { return key.kind == failing || key.kind == closed || key.kind == skewed; }

std::string words_of_skew(std::chrono::milliseconds ahead) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(ahead).count();
  return fmt::format("the clock of this host is {} s {} the provider's", std::abs(seconds),
                     seconds > 0 ? "behind" : "ahead of");
}

}  // namespace

AccountState::AccountState(CredentialRef credential, KnownAccount known, CatalogWriter& writer, Clock& clock,
                           const asio::any_io_executor& loop, asio::any_io_executor workers, Redactor redactor,
                           InstanceObserver* observer)
    : credential_(std::move(credential)),
      known_(std::move(known)),
      writer_(writer),
      clock_(clock),
      workers_(std::move(workers)),
      redactor_(std::move(redactor)),
      observer_(observer),
      queue_(loop, 1),
      listed_(loop, asio::steady_timer::time_point::max()) {}

void AccountState::note_vendor_time(Timestamp date) { vendor_time_ = {date, clock_.now()}; }

std::optional<std::chrono::milliseconds> AccountState::vendor_ahead() const {
  if (!vendor_time_) return std::nullopt;
  const auto [date, seen] = *vendor_time_;
  return std::chrono::duration_cast<std::chrono::milliseconds>(date + (clock_.now() - seen) - clock_.wall_now());
}

Attempt AccountState::begin() const { return {clock_.now(), clock_.wall_now()}; }

Timestamp AccountState::last_success(const ListingKey& key) const {
  const auto at = known_.listings.find(key);
  return at == known_.listings.end() ? Timestamp{} : at->second.last_success_at.value_or(Timestamp{});
}

bool AccountState::is_asked(const ListingKey& key) const {
  const auto asked = asked_.find(key.syncer);
  return asked == asked_.end() || asked->second.contains(key.location);
}

/// A location that has refused this credential from the first attempt on.
bool AccountState::is_closed(const ListingState& listing) {
  return !listing.key.location.empty() && !listing.last_success_at &&
         listing.last_error_kind == to_string(Errc::forbidden);
}

/// Then it is not the locations.
bool AccountState::are_all_closed(SyncerKind syncer) const {
  const auto asked = asked_.find(syncer);
  if (asked == asked_.end()) return false;
  return std::all_of(asked->second.begin(), asked->second.end(), [&](const std::string& location) {
    const auto listing = known_.listings.find({syncer, location});
    return location.empty() || (listing != known_.listings.end() && is_closed(listing->second));
  });
}

bool AccountState::are_all_listed(SyncerKind syncer) const {
  const auto asked = asked_.find(syncer);
  if (asked == asked_.end()) return false;
  return std::all_of(asked->second.begin(), asked->second.end(), [&](const std::string& location) {
    const auto listing = known_.listings.find({syncer, location});
    if (listing == known_.listings.end()) return false;
    return is_closed(listing->second) || (listing->second.last_success_at && !listing->second.failing_since);
  });
}

void AccountState::ask_only(SyncerKind syncer, std::set<std::string> locations) {
  asked_[syncer] = std::move(locations);
  // A location that is not even known any more will not come back to its old counts.
  std::erase_if(known_.listings, [&](const auto& listing) {
    const ListingKey& key = listing.first;
    return key.syncer == syncer && !is_asked(key) && !known_.locations->rows.contains(key.location);
  });
}

bool AccountState::has_outlived_its_instances() const {
  bool was_listed = false;
  for (const auto& [key, state] : known_.listings) {
    if (key.syncer != SyncerKind::instances || !is_asked(key) || is_closed(state)) continue;
    if (state.failing_since || !state.last_success_at) return false;
    was_listed = true;
  }
  return was_listed && known_.instances->gone() == known_.instances->size();
}

void AccountState::expect(const ListingKey& key, std::chrono::milliseconds interval, std::int64_t skipped) {
  ListingState& state = known_.listings[key];
  state.key = key;
  state.interval = interval;
  state.skipped_ticks += skipped;
}

/// A comparison that can be committed.
template <class Known>
struct AccountState::Ready {
  std::shared_ptr<const std::vector<ChangeSet>> pieces;
  std::shared_ptr<const Known> next;
  std::vector<std::string> returning;  // see returning_ids
};

template <class Known>
asio::awaitable<Outcome> AccountState::take(Comparison<Known> comparison) {
  auto answer = std::make_shared<Comparison<Known>>(std::move(comparison));
  Applied applied;
  for (;;) {
    applied = co_await stay_through(apply<Known>(answer));
    if (applied.refusal) break;
    tell_of(applied.unstored);
    const TimePoint next_try = clock_.now() + retry_every;
    if (applied.unstored.empty() || next_try >= answer->retry_until) break;
    co_await clock_.sleep_until(next_try);
  }
  if (applied.refusal) {
    co_await fail(answer->listing, answer->attempt, *applied.refusal);
  } else {
    co_await note_health(answer->retry_until);
  }
  asio::post(workers_, [unneeded = std::move(answer)] {});
  co_return applied.refusal;
}

asio::awaitable<bool> AccountState::tell(Comparison<KnownInstances> news) {
  auto answer = std::make_shared<Comparison<KnownInstances>>(std::move(news));
  const Applied applied = co_await stay_through(apply<KnownInstances>(std::move(answer)));
  tell_of(applied.unstored);
  co_return !applied.refusal && applied.unstored.empty();
}

/// One try, when its turn has come: compares, commits, and then that is known.
template <class Known>
asio::awaitable<AccountState::Applied> AccountState::apply(std::shared_ptr<Comparison<Known>> answer) {
  const Gate::Place turn = co_await queue_.enter();
  Applied applied;
  try {
    Result<Ready<Known>> ready = co_await prepare(answer);
    if (ready && co_await recall(*answer, *ready)) ready = co_await prepare(answer);
    if (ready) {
      co_await commit(*answer, std::move(*ready));
    } else {
      applied.refusal = std::move(ready).error();
    }
  } catch (const StoreError& failure) {
    applied.unstored = failure.what();
  }
  co_return applied;
}

template <class Known>
asio::awaitable<Result<AccountState::Ready<Known>>> AccountState::prepare(std::shared_ptr<Comparison<Known>> answer) {
  auto job = [answer = std::move(answer), base = place_of<Known>(known_)]() mutable {
    const auto last = std::move(base);
    return answer->compare(last).map([](Diff<Known>&& diff) {
      Ready<Known> ready;
      ready.next = std::move(diff.next);
      ready.returning = returning_ids(diff.changes);
      ready.pieces = std::make_shared<const std::vector<ChangeSet>>(in_pieces(std::move(diff.changes)));
      return ready;
    });
  };
  co_return co_await run_on(workers_, std::move(job));
}

/// Whether the catalog knows more, or less, of what returns than memory: then the answer is compared again.
template <class Known>
asio::awaitable<bool> AccountState::recall(const Comparison<Known>& answer, const Ready<Known>& ready) {
  if constexpr (!std::is_same_v<Known, KnownLocations>) {
    if (ready.returning.empty() || last_success(answer.listing) == Timestamp{}) co_return false;
    const Recalled stored = co_await writer_.recall(credential_, answer.listing.syncer, ready.returning);
    auto job = [&ready, &stored, base = place_of<Known>(known_)]() mutable {
      const auto last = std::move(base);
      return reconciled(last, ready.returning, stored);
    };
    auto known = co_await run_on(workers_, std::move(job));
    if (!known) co_return false;
    replace(std::move(known));
    co_return true;
  }
  co_return false;
}

/// The catalog first, then memory, then whoever observes.
template <class Known>
asio::awaitable<void> AccountState::commit(const Comparison<Known>& answer, Ready<Known> ready) {
  std::optional<ListingState> state;
  if (answer.vouches_for_listing) {
    state = succeeded(known_.listings[answer.listing], answer.attempt.at, answer.seen_at,
                      clock_.now() - answer.attempt.began, answer.rows);
  }
  if (!ready.pieces->back().empty() || ready.pieces->size() > 1) {
    const PiecesWritten written = co_await writer_.commit(credential_, ready.pieces, state, answer.priority);
    co_await keep_committed(answer, ready, written.count);
    if (written.failure) std::rethrow_exception(written.failure);
    asio::post(workers_,
               [credential = credential_, pieces = std::move(ready.pieces), first_ids = written.first_events] {
                 log_events(credential, all_events(*pieces, first_ids));
               });
  } else if (state) {
    writer_.record(credential_, *state);
  }
  replace(std::move(ready.next));
  if (!state) co_return;
  known_.listings[answer.listing] = std::move(*state);
  complete_since_[answer.listing] = answer.attempt.began;
  if (answer.hides_rows) {
    hiding_.insert(answer.listing);
  } else {
    hiding_.erase(answer.listing);
  }
  listed_.cancel();
  if constexpr (std::is_same_v<Known, KnownInstances>) observe(answer.listing, answer.attempt);
}

/// What is committed is known, and is to be told, also when the rest fails.
template <class Known>
asio::awaitable<void> AccountState::keep_committed(const Comparison<Known>& answer, const Ready<Known>& ready,
                                                   std::size_t count) {
  if (count == 0) co_return;
  if (count < ready.pieces->size()) {
    auto job = [&ready, count, base = place_of<Known>(known_)]() mutable {
      const auto last = std::move(base);
      return with_rows(last, *ready.pieces, count);
    };
    replace(co_await run_on(workers_, std::move(job)));
  }
  if constexpr (std::is_same_v<Known, KnownInstances>) {
    auto& unobserved = unobserved_[answer.listing];
    auto job = [&ready, &unobserved, count] {
      for (std::size_t i = 0; i < count; ++i) {
        const auto& rows = (*ready.pieces)[i].instances;
        unobserved.insert(unobserved.end(), rows.begin(), rows.end());
      }
    };
    co_await run_on(workers_, std::move(job));
  }
}

template <class Known>
void AccountState::replace(std::shared_ptr<const Known> next) {
  std::shared_ptr<const Known>& place = place_of<Known>(known_);
  if (next == place) return;
  asio::post(workers_, [old = std::exchange(place, std::move(next))] {});
}

void AccountState::observe(const ListingKey& key, Attempt attempt) {
  std::vector<KnownInstance> written = std::exchange(unobserved_[key], {});
  if (observer_ != nullptr) {
    observer_->see_instances(credential_, key, attempt.began, std::move(written));
  } else {
    asio::post(workers_, [unseen = std::move(written)] {});
  }
}

template asio::awaitable<Outcome> AccountState::take(Comparison<KnownTypes>);
template asio::awaitable<Outcome> AccountState::take(Comparison<KnownInstances>);
template asio::awaitable<Outcome> AccountState::take(Comparison<KnownLocations>);

/// The work is begun although the caller was cancelled before, and no cancel reaches it: what the vendor answered is
/// not lost. The caller stays until it is over, for it uses this account; whatever the work throws, cancels reach the
/// caller again afterwards.
template <class T>
asio::awaitable<T> AccountState::stay_through(asio::awaitable<T> work) {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::this_coro::throw_if_cancelled(false);
  std::exception_ptr failure;
  T value{};
  try {
    value = co_await shielded(executor, std::move(work));
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(true);
  if (failure) std::rethrow_exception(failure);
  co_return value;
}

void AccountState::tell_of(const std::string& failure) {
  if (failure == last_store_failure_) return;
  if (failure.empty()) {
    log_line({credential_.str()}, spdlog::level::info,
             fmt::format("{}: the catalog takes what is learned again", credential_.str()));
  } else {
    log_line({credential_.str()}, spdlog::level::err,
             fmt::format("{}: what was learned cannot be written and is tried again each second: {}", credential_.str(),
                         failure));
  }
  last_store_failure_ = failure;
}

asio::awaitable<void> AccountState::fail(ListingKey key, Attempt attempt, Error error) {
  error = redactor_.clean(std::move(error));
  ListingState state = failed(known_.listings[key], attempt.at, clock_.now() - attempt.began, error);
  const bool is_new = state.last_error_kind != known_.listings[key].last_error_kind;
  log_line({credential_.str()}, is_new ? spdlog::level::warn : spdlog::level::debug,
           fmt::format("{}: {}: {}", credential_.str(), to_string(key.syncer), printable(to_text(error))));
  const TimePoint retry_until = attempt.began + state.interval;
  known_.listings[key] = state;
  writer_.record(credential_, std::move(state));
  co_await note_health(retry_until);
}

asio::awaitable<bool> AccountState::is_listed_since(ListingKey key, TimePoint began, TimePoint deadline) {
  const std::optional<bool> listed =
      co_await with_deadline<bool>(clock_, deadline, wait_for_list(std::move(key), began));
  co_return listed.has_value();
}

asio::awaitable<bool> AccountState::wait_for_list(ListingKey key, TimePoint began) {
  for (;;) {
    const auto at = complete_since_.find(key);
    if (at != complete_since_.end() && at->second > began) co_return true;
    boost::system::error_code woken;
    co_await listed_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
}

/// What is wrong with the account beside its rows, and what there is to say of it. A location that is closed is no
/// failure, unless all are.
std::map<ProblemKey, std::string> AccountState::problems_now() const {
  std::map<ProblemKey, std::string> problems;
  for (const auto& [key, state] : known_.listings) {
    if (!state.failing_since || !is_asked(key)) continue;
    if (is_closed(state)) problems[{closed, "location", key.location, ""}] = state.last_error;
    if (!is_closed(state) || are_all_closed(key.syncer)) {
      problems[{failing, "credential", credential_.str(), ""}] = state.last_error;
    }
  }
  if (const auto ahead = vendor_ahead(); ahead && std::chrono::abs(*ahead) > clock_tolerance) {
    problems[{skewed, "credential", credential_.str(), ""}] = words_of_skew(*ahead);
  }
  return problems;
}

std::set<ProblemKey> AccountState::problems_told() const {
  std::set<ProblemKey> problems;
  std::copy_if(known_.credential_problems.begin(), known_.credential_problems.end(),
               std::inserter(problems, problems.end()), is_of_health);
  return problems;
}

/// Tells when the account begins to fail, and when it is over. All listings come here: one at a time.
asio::awaitable<void> AccountState::note_health(TimePoint retry_until) {
  if (is_noting_health_) co_return;
  const Flag noting(is_noting_health_);
  const auto is_told = [this] {
    const auto now = problems_now();
    const auto told = problems_told();
    return now.size() == told.size() &&
           std::all_of(told.begin(), told.end(), [&now](const ProblemKey& key) { return now.contains(key); });
  };
  while (!is_told()) {
    const std::string unstored = co_await stay_through(commit_health());
    tell_of(unstored);
    if (unstored.empty()) continue;
    const TimePoint next_try = clock_.now() + retry_every;
    if (next_try >= retry_until) co_return;  // asked again with the next attempt
    co_await clock_.sleep_until(next_try);
  }
}

/// The events and the problems are written together, and known when they are. Answers why the catalog did not take
/// them.
asio::awaitable<std::string> AccountState::commit_health() {
  ChangeSet changes;
  changes.at = clock_.wall_now();
  const std::set<ProblemKey> told = problems_told();
  ProblemLedger problems(told, Subject::of(credential_));
  for (auto& [key, detail] : problems_now()) problems.report(key, detail);
  const std::set<ProblemKey> lasting = std::move(problems).settle(changes);
  for (Event& event : changes.events) {
    if (event.kind == "problem_ended" && event.old_value == failing) {
      event.kind = "credential_recovered";
      event.old_value.reset();
    }
  }
  try {
    co_await writer_.commit(credential_, std::move(changes));
  } catch (const StoreError& failure) {
    co_return failure.what();
  }
  for (const ProblemKey& key : told) known_.credential_problems.erase(key);
  known_.credential_problems.insert(lasting.begin(), lasting.end());
  co_return std::string();
}

}  // namespace tally
