#include "syncers/account_state.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <type_traits>
#include <utility>

#include "runtime/run_on.hpp"
#include "runtime/shielded.hpp"
#include "runtime/text.hpp"
#include "store/error.hpp"

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

/// What the catalog says; "" when nothing failed. Any other failure goes on.
std::string store_failure_in(const std::exception_ptr& failure) {
  if (!failure) return "";
  try {
    std::rethrow_exception(failure);
  } catch (const StoreError& error) {
    return error.what();
  }
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

ProblemKey failing_key(const CredentialRef& credential) {
  return {"credential_failing", "credential", credential.str(), ""};
}

}  // namespace

AccountState::AccountState(CredentialRef credential, KnownAccount known, CatalogWriter& writer, Clock& clock,
                           asio::any_io_executor workers, Redactor redactor, InstanceObserver* observer)
    : credential_(std::move(credential)),
      known_(std::move(known)),
      writer_(writer),
      clock_(clock),
      workers_(std::move(workers)),
      redactor_(std::move(redactor)),
      observer_(observer) {}

Attempt AccountState::begin() const { return {clock_.now(), clock_.wall_now()}; }

Timestamp AccountState::last_success(const ListingKey& key) const {
  const auto at = known_.listings.find(key);
  return at == known_.listings.end() ? Timestamp{} : at->second.last_success_at.value_or(Timestamp{});
}

bool AccountState::is_asked(const ListingKey& key) const {
  const auto asked = asked_.find(key.syncer);
  return asked == asked_.end() || asked->second.contains(key.location);
}

bool AccountState::is_failing() const {
  return std::any_of(known_.listings.begin(), known_.listings.end(), [this](const auto& listing) {
    return listing.second.failing_since.has_value() && is_asked(listing.first);
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

void AccountState::expect(const ListingKey& key, std::chrono::milliseconds interval, std::int64_t skipped) {
  ListingState& state = known_.listings[key];
  state.key = key;
  state.interval = interval;
  state.skipped_ticks += skipped;
}

template <class Known>
asio::awaitable<Outcome> AccountState::take(Comparison<Known> answer) {
  auto compare = std::make_shared<decltype(answer.compare)>(std::move(answer.compare));
  Outcome outcome;
  for (;;) {
    // A cancel that comes while this compares must not keep the commit from beginning (stay_through ends it).
    co_await asio::this_coro::throw_if_cancelled(false);
    auto base = place_of<Known>(known_);
    auto job = [compare, known = std::move(base)]() mutable {
      const auto last = std::move(known);
      return (*compare)(last);
    };
    Result<Diff<Known>> diff = co_await run_on(workers_, std::move(job));
    if (!diff) {
      outcome = std::move(diff).error();
      co_await asio::this_coro::throw_if_cancelled(true);
      co_await fail(answer.listing, answer.attempt, *outcome);
      break;
    }
    std::optional<ListingState> state;
    if (answer.vouches_for_listing) {
      state = succeeded(known_.listings[answer.listing], answer.attempt.at, answer.seen_at,
                        clock_.now() - answer.attempt.began, answer.rows);
    }
    const bool is_stored =
        co_await store<Known>(std::move(diff->changes), std::move(diff->next), std::move(state), answer.attempt);
    const TimePoint next_try = clock_.now() + retry_every;
    if (is_stored || next_try >= answer.retry_until) break;
    co_await clock_.sleep_until(next_try);
  }
  asio::post(workers_, [unneeded = std::move(compare)] {});
  if (!outcome) co_await note_health(answer.retry_until);
  co_return outcome;
}

/// False when the catalog failed.
template <class Known>
asio::awaitable<bool> AccountState::store(ChangeSet changes, std::shared_ptr<const Known> next,
                                          std::optional<ListingState> state, Attempt attempt) {
  co_return co_await stay_through(commit<Known>(std::move(changes), std::move(next), std::move(state), attempt));
}

/// The catalog first, then memory, then whoever observes.
template <class Known>
asio::awaitable<void> AccountState::commit(ChangeSet changes, std::shared_ptr<const Known> next,
                                           std::optional<ListingState> state, Attempt attempt) {
  std::vector<KnownInstance> written;
  if (!state) {
    if (!changes.empty()) co_await writer_.commit(credential_, std::move(changes));
  } else if (changes.empty()) {
    writer_.record(credential_, *state);
  } else {
    written = co_await writer_.commit(credential_, std::move(changes), *state);
  }
  replace(std::move(next));
  if (!state) co_return;
  const ListingKey key = state->key;
  known_.listings[key] = std::move(*state);
  if constexpr (std::is_same_v<Known, KnownInstances>) observe(key, attempt, std::move(written));
}

template <class Known>
void AccountState::replace(std::shared_ptr<const Known> next) {
  std::shared_ptr<const Known>& place = place_of<Known>(known_);
  if (next == place) return;
  asio::post(workers_, [old = std::exchange(place, std::move(next))] {});
}

void AccountState::observe(const ListingKey& key, Attempt attempt, std::vector<KnownInstance> written) {
  if (observer_ != nullptr) {
    observer_->see_instances(credential_, key, attempt.began, std::move(written));
  } else {
    asio::post(workers_, [unseen = std::move(written)] {});
  }
}

template asio::awaitable<Outcome> AccountState::take(Comparison<KnownTypes>);
template asio::awaitable<Outcome> AccountState::take(Comparison<KnownInstances>);
template asio::awaitable<Outcome> AccountState::take(Comparison<KnownLocations>);

/// A commit is begun although the caller was cancelled before, and no cancel reaches it: what the vendor answered is
/// not lost. The caller stays until it is over, for it uses this account. False when the catalog failed.
asio::awaitable<bool> AccountState::stay_through(asio::awaitable<void> commit) {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::this_coro::throw_if_cancelled(false);
  std::exception_ptr failure;
  try {
    co_await shielded(executor, std::move(commit));
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(true);
  const std::string store_failure = store_failure_in(failure);
  tell_of(store_failure);
  co_return store_failure.empty();
}

void AccountState::tell_of(const std::string& failure) {
  if (failure == last_store_failure_) return;
  if (failure.empty()) {
    spdlog::info("{}: the catalog takes what is learned again", credential_.str());
  } else {
    spdlog::error("{}: what was learned cannot be written and is tried again each second: {}", credential_.str(),
                  failure);
  }
  last_store_failure_ = failure;
}

asio::awaitable<void> AccountState::fail(ListingKey key, Attempt attempt, Error error) {
  error = redactor_.clean(std::move(error));
  ListingState state = failed(known_.listings[key], attempt.at, clock_.now() - attempt.began, error);
  if (state.last_error_kind != known_.listings[key].last_error_kind) {
    spdlog::warn("{}: {}: {}", credential_.str(), to_string(key.syncer), printable(to_text(error)));
  } else {
    spdlog::debug("{}: {}: {}", credential_.str(), to_string(key.syncer), printable(to_text(error)));
  }
  const TimePoint retry_until = attempt.began + state.interval;
  known_.listings[key] = state;
  writer_.record(credential_, std::move(state));
  co_await note_health(retry_until);
}

/// Tells when the account begins to fail, and when it is over. Both syncers come here: one at a time.
asio::awaitable<void> AccountState::note_health(TimePoint retry_until) {
  if (is_noting_health_) co_return;
  const Flag noting(is_noting_health_);
  const ProblemKey key = failing_key(credential_);
  while (known_.credential_problems.contains(key) != is_failing()) {
    const bool is_stored = co_await stay_through(commit_health(is_failing()));
    if (is_stored) continue;
    const TimePoint next_try = clock_.now() + retry_every;
    if (next_try >= retry_until) co_return;  // asked again with the next attempt
    co_await clock_.sleep_until(next_try);
  }
}

/// The event and the problem are written together, and known when they are.
asio::awaitable<void> AccountState::commit_health(bool is_failing_now) {
  const ProblemKey key = failing_key(credential_);
  ChangeSet changes;
  changes.at = clock_.wall_now();
  Event event;
  event.kind = is_failing_now ? "credential_failing" : "credential_recovered";
  event.subject_kind = "credential";
  event.subject_id = credential_.str();
  if (is_failing_now) {
    for (const auto& [listing, state] : known_.listings) {
      if (state.failing_since && is_asked(listing)) event.detail = state.last_error;
    }
    changes.problems_started.push_back({key, event.detail.value_or("")});
  } else {
    changes.problems_ended.push_back(key);
  }
  changes.events.push_back(std::move(event));
  co_await writer_.commit(credential_, std::move(changes));
  if (is_failing_now) {
    known_.credential_problems.insert(key);
  } else {
    known_.credential_problems.erase(key);
  }
}

}  // namespace tally
