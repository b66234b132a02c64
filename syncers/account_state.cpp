#include "syncers/account_state.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <type_traits>
#include <utility>

#include "cloud/text.hpp"
#include "syncers/change_log.hpp"

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

bool AccountState::is_failing() const {
  return std::any_of(known_.listings.begin(), known_.listings.end(),
                     [](const auto& listing) { return listing.second.failing_since.has_value(); });
}

void AccountState::expect(const ListingKey& key, std::chrono::milliseconds interval, std::int64_t skipped) {
  ListingState& state = known_.listings[key];
  state.key = key;
  state.interval = interval;
  state.skipped_ticks += skipped;
}

template <class Known>
asio::awaitable<void> AccountState::succeed(ListingKey key, Attempt attempt, Timestamp seen_at, std::size_t items,
                                            Diff<Known> diff) {
  ListingState state = succeeded(known_.listings[key], attempt.at, seen_at, clock_.now() - attempt.began, items);
  std::vector<KnownInstance> written = co_await store(std::move(diff.changes), std::move(state));
  replace(std::move(diff.next));
  if constexpr (std::is_same_v<Known, KnownInstances>) {
    if (observer_ != nullptr) {
      observer_->see_instances(credential_, key, attempt.began, std::move(written));
    } else {
      asio::post(workers_, [unseen = std::move(written)] {});
    }
  }
  co_await note_health();
}

template <class Known>
asio::awaitable<void> AccountState::commit(Diff<Known> diff) {
  if (!diff.changes.empty()) co_await writer_.commit(credential_, std::move(diff.changes));
  replace(std::move(diff.next));
}

template <class Known>
void AccountState::replace(std::shared_ptr<const Known> next) {
  std::shared_ptr<const Known>& place = place_of<Known>(known_);
  if (next == place) return;
  asio::post(workers_, [old = std::exchange(place, std::move(next))] {});
}

template asio::awaitable<void> AccountState::succeed(ListingKey, Attempt, Timestamp, std::size_t, Diff<KnownTypes>);
template asio::awaitable<void> AccountState::succeed(ListingKey, Attempt, Timestamp, std::size_t, Diff<KnownInstances>);
template asio::awaitable<void> AccountState::succeed(ListingKey, Attempt, Timestamp, std::size_t, Diff<KnownLocations>);
template asio::awaitable<void> AccountState::commit(Diff<KnownTypes>);
template asio::awaitable<void> AccountState::commit(Diff<KnownLocations>);

asio::awaitable<void> AccountState::fail(ListingKey key, Attempt attempt, Error error) {
  error = redactor_.clean(std::move(error));
  ListingState state = failed(known_.listings[key], attempt.at, clock_.now() - attempt.began, error);
  if (state.last_error_kind != known_.listings[key].last_error_kind) {
    spdlog::warn("{}: {}: {}", credential_.str(), to_string(key.syncer), printable(to_text(error)));
  } else {
    spdlog::debug("{}: {}: {}", credential_.str(), to_string(key.syncer), printable(to_text(error)));
  }
  known_.listings[key] = state;
  writer_.record(credential_, std::move(state));
  co_await note_health();
}

/// Answers the changes, now written.
/// The instances that were written.
asio::awaitable<std::vector<KnownInstance>> AccountState::store(ChangeSet changes, ListingState state) {
  std::vector<KnownInstance> written;
  if (changes.empty()) {
    writer_.record(credential_, state);
  } else {
    written = co_await writer_.commit(credential_, std::move(changes), state);
  }
  known_.listings[state.key] = std::move(state);
  co_return written;
}

asio::awaitable<void> AccountState::note_health() {
  const ProblemKey key{"credential_failing", "credential", credential_.str(), ""};
  const bool was_failing = known_.credential_problems.contains(key);
  if (was_failing == is_failing()) co_return;
  ChangeSet changes;
  changes.at = clock_.wall_now();
  Event event;
  event.kind = was_failing ? "credential_recovered" : "credential_failing";
  event.subject_kind = "credential";
  event.subject_id = credential_.str();
  if (was_failing) {
    changes.problems_ended.push_back(key);
  } else {
    for (const auto& [listing, state] : known_.listings) {
      if (state.failing_since) event.detail = state.last_error;
    }
    changes.problems_started.push_back({key, event.detail.value_or("")});
  }
  changes.events.push_back(std::move(event));
  // The set first: while the commit runs, the other syncer may ask the same question.
  if (was_failing) {
    known_.credential_problems.erase(key);
  } else {
    known_.credential_problems.insert(key);
  }
  co_await writer_.commit(credential_, std::move(changes));
}

}  // namespace tally
