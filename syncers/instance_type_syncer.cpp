#include "syncers/instance_type_syncer.hpp"

#include <set>

#include "cloud/late.hpp"
#include "runtime/run_on.hpp"

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
  const TimePoint next_pass = attempt.began + interval();
  Outcome outcome;
  if (settings_.provider->api_type == ApiType::global) {
    outcome = co_await sync_types("", attempt, next_pass);
  } else {
    outcome = co_await sync_locations(attempt, next_pass);
    if (outcome) co_return outcome;
    co_await unlist_lost_locations(next_pass);
    outcome = co_await sync_each_location(skipped, next_pass);
  }
  if (outcome) co_return outcome;
  co_return co_await check_designated(attempt, next_pass);
}

template <class Known>
Comparison<Known> InstanceTypeSyncer::answer_of(const ListingKey& key, Attempt attempt, TimePoint next_pass) const {
  Comparison<Known> answer;
  answer.listing = key;
  answer.attempt = attempt;
  answer.seen_at = clock_.wall_now();
  answer.retry_until = next_pass;
  return answer;
}

template <class Rules>
Rules InstanceTypeSyncer::rules_of(const ListingKey& key) const {
  Rules rules;
  rules.credential = state_.credential();
  rules.listing = key;
  rules.previous_success = state_.last_success(key);
  rules.redactor = state_.redactor();
  return rules;
}

asio::awaitable<Outcome> InstanceTypeSyncer::sync_locations(Attempt attempt, TimePoint next_pass) {
  Result<Answer<Location>> listing =
      co_await with_deadline(clock_, attempt.began + pass_deadline, "list locations", account_.locations());
  if (!listing) {
    co_await state_.fail(whole_account, attempt, listing.error());
    co_return listing.error();
  }
  co_return co_await take_locations(std::move(*listing), attempt, next_pass);
}

asio::awaitable<Outcome> InstanceTypeSyncer::take_locations(Answer<Location> listing, Attempt attempt,
                                                            TimePoint next_pass) {
  auto answer = answer_of<KnownLocations>(whole_account, attempt, next_pass);
  answer.rows = listing.rows.size();
  // Of a global API the types are still to be compared; they vouch for the locations, too.
  answer.vouches_for_listing = settings_.provider->api_type != ApiType::global;
  auto seen = std::make_shared<Answer<Location>>(std::move(listing));
  answer.compare = [seen = std::move(seen), rules = rules_of<ListingRules>(whole_account),
                    now = answer.seen_at](const std::shared_ptr<const KnownLocations>& known) {
    rules.redactor.clean(seen->rejected);
    return diff_locations(known, *seen, rules, now);
  };
  co_return co_await state_.take(std::move(answer));
}

asio::awaitable<Outcome> InstanceTypeSyncer::sync_types(std::string location, Attempt attempt, TimePoint next_pass) {
  const ListingKey key{SyncerKind::instance_types, location};
  Scope scope;
  scope.location = std::move(location);
  Result<Offering> offering = co_await with_deadline(clock_, attempt.began + pass_deadline, "list instance types",
                                                     account_.instance_types(std::move(scope)));
  if (!offering) {
    co_await state_.fail(key, attempt, offering.error());
    co_return offering.error();
  }
  if (offering->locations) {
    Outcome outcome = co_await take_locations(std::move(*offering->locations), attempt, next_pass);
    if (outcome) co_return outcome;
  }
  auto answer = answer_of<KnownTypes>(key, attempt, next_pass);
  answer.rows = offering->types.rows.size();
  auto rules = rules_of<TypeRules>(key);
  rules.sells_for_free = settings_.provider->sells_for_free;
  auto seen = std::make_shared<Answer<InstanceType>>(std::move(offering->types));
  answer.compare = [seen = std::move(seen), rules = std::move(rules),
                    now = answer.seen_at](const std::shared_ptr<const KnownTypes>& known) {
    rules.redactor.clean(seen->rejected);
    return diff_types(known, *seen, rules, now);
  };
  co_return co_await state_.take(std::move(answer));
}

/// One location after the other: a change set builds on the one before it, and one location's failure is its own.
asio::awaitable<Outcome> InstanceTypeSyncer::sync_each_location(std::int64_t skipped, TimePoint next_pass) {
  std::vector<std::string> names;
  for (const auto& [name, location] : state_.known().locations->rows) {
    if (location.is_listed && location.row->is_available) names.push_back(name);
  }
  std::set<std::string> asked(names.begin(), names.end());
  asked.insert(whole_account.location);
  state_.ask_only(SyncerKind::instance_types, std::move(asked));
  Outcome outcome;
  for (const std::string& name : names) {
    state_.expect({SyncerKind::instance_types, name}, interval(), skipped);
    Outcome one = co_await sync_types(name, state_.begin(), next_pass);
    if (one) outcome = std::move(one);
  }
  co_return outcome;
}

asio::awaitable<void> InstanceTypeSyncer::unlist_lost_locations(TimePoint next_pass) {
  std::vector<ListingKey> lost;
  for (const auto& [name, location] : state_.known().locations->rows) {
    if (!location.is_listed) lost.push_back({SyncerKind::instance_types, name});
  }
  auto types = state_.known().types;
  lost = co_await run_on(settings_.workers, [&] {
    const auto known = std::move(types);
    return listings_in_use(*known, lost);
  });
  for (const ListingKey& key : lost) {
    auto answer = answer_of<KnownTypes>(key, state_.begin(), next_pass);
    answer.vouches_for_listing = false;
    answer.compare = [rules = rules_of<ListingRules>(key), now = answer.seen_at](
                         const std::shared_ptr<const KnownTypes>& known) -> Result<Diff<KnownTypes>> {
      return unlist_location(known, rules, now);
    };
    co_await state_.take(std::move(answer));
  }
}

asio::awaitable<Outcome> InstanceTypeSyncer::check_designated(Attempt attempt, TimePoint next_pass) {
  auto answer = answer_of<KnownTypes>(whole_account, attempt, next_pass);
  answer.vouches_for_listing = false;
  answer.compare = [credential = state_.credential(), ids = settings_.stable_ids,
                    now = answer.seen_at](const std::shared_ptr<const KnownTypes>& known) -> Result<Diff<KnownTypes>> {
    return check_stable_ids(known, credential, ids, now);
  };
  co_return co_await state_.take(std::move(answer));
}

}  // namespace tally
