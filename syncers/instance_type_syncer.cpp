#include "syncers/instance_type_syncer.hpp"

#include "cloud/async.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds pass_deadline{120};
const ListingKey whole_account{SyncerKind::instance_types, ""};
}  // namespace

InstanceTypeSyncer::InstanceTypeSyncer(AccountState& state, Account& account, SyncSettings settings, Clock& clock)
    : state_(state), account_(account), settings_(std::move(settings)), clock_(clock) {}

std::string InstanceTypeSyncer::name() const { return state_.credential().str() + " instance types"; }

asio::awaitable<Outcome> InstanceTypeSyncer::pass(std::int64_t skipped) {
  state_.expect(whole_account, interval(), skipped);
  const Attempt attempt = state_.begin();
  Outcome outcome = co_await sync_locations(attempt);
  if (outcome) co_return outcome;
  if (settings_.provider->api_type == ApiType::global) {
    outcome = co_await sync_types("", attempt);
  } else {
    outcome = co_await sync_each_location(skipped);
  }
  if (!outcome) co_await state_.commit(check_stable_ids(state_.known().types, settings_.stable_ids, clock_.wall_now()));
  co_return outcome;
}

asio::awaitable<Outcome> InstanceTypeSyncer::sync_locations(Attempt attempt) {
  Result<Listing<Location>> answer =
      co_await with_deadline(clock_, attempt.began + pass_deadline, "list locations", account_.locations());
  if (!answer) {
    co_await state_.fail(whole_account, attempt, answer.error());
    co_return answer.error();
  }
  state_.redactor().clean(answer->rejected);
  const Timestamp now = clock_.wall_now();
  Diff<KnownLocations> diff =
      diff_locations(state_.known().locations, *answer, whole_account, state_.last_success(whole_account), now);
  if (settings_.provider->api_type == ApiType::global) {
    // The types' answer is still to come; it vouches for the locations, too.
    co_await state_.commit(std::move(diff));
  } else {
    co_await state_.succeed(whole_account, attempt, now, answer->items.size(), std::move(diff));
    co_await unlist_lost_locations();
  }
  co_return Outcome();
}

asio::awaitable<Outcome> InstanceTypeSyncer::sync_types(std::string location, Attempt attempt) {
  const ListingKey key{SyncerKind::instance_types, location};
  Scope scope;
  scope.location = std::move(location);
  Result<Listing<InstanceType>> answer = co_await with_deadline(
      clock_, attempt.began + pass_deadline, "list instance types", account_.instance_types(std::move(scope)));
  if (!answer) {
    co_await state_.fail(key, attempt, answer.error());
    co_return answer.error();
  }
  const Timestamp now = clock_.wall_now();
  const std::size_t items = answer->items.size();
  TypeRules rules;
  rules.credential = state_.credential();
  rules.listing = key;
  rules.sells_for_free = settings_.provider->sells_for_free;
  rules.previous_success = state_.last_success(key);
  auto last_known = state_.known().types;
  // Also the last to hold what was compared: a large answer is not freed on the loop.
  Diff<KnownTypes> diff = co_await run_on(settings_.workers, [&] {
    const auto known = std::move(last_known);
    Listing<InstanceType> seen = std::move(*answer);
    state_.redactor().clean(seen.rejected);
    return diff_types(known, seen, rules, now);
  });
  co_await state_.succeed(key, attempt, now, items, std::move(diff));
  co_return Outcome();
}

/// One location after the other: a change set builds on the one before it, and one location's failure is its own.
asio::awaitable<Outcome> InstanceTypeSyncer::sync_each_location(std::int64_t skipped) {
  std::vector<std::string> names;
  for (const auto& [name, location] : state_.known().locations->rows) {
    if (location.is_listed && location.row->is_available) names.push_back(name);
  }
  Outcome outcome;
  for (const std::string& name : names) {
    state_.expect({SyncerKind::instance_types, name}, interval(), skipped);
    Outcome one = co_await sync_types(name, state_.begin());
    if (one) outcome = std::move(one);
  }
  co_return outcome;
}

asio::awaitable<void> InstanceTypeSyncer::unlist_lost_locations() {
  std::vector<std::string> lost;
  for (const auto& [name, location] : state_.known().locations->rows) {
    if (!location.is_listed) lost.push_back(name);
  }
  for (const std::string& name : lost) {
    const ListingKey key{SyncerKind::instance_types, name};
    const auto types = state_.known().types;
    const Timestamp last_success = state_.last_success(key);
    const Timestamp now = clock_.wall_now();
    Diff<KnownTypes> diff =
        co_await run_on(settings_.workers, [&] { return unlist_location(types, key, last_success, now); });
    co_await state_.commit(std::move(diff));
  }
}

}  // namespace tally
