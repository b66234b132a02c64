#include "syncers/instance_type_syncer.hpp"

#include <set>

#include "cloud/late.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds types_deadline{120};
const ListingKey whole_account{SyncerKind::instance_types, ""};
}  // namespace

InstanceTypeSyncer::InstanceTypeSyncer(AccountState& state, Account& account, SyncSettings settings, Clock& clock,
                                       std::string location)
    : state_(state),
      account_(account),
      settings_(std::move(settings)),
      clock_(clock),
      key_{SyncerKind::instance_types, std::move(location)} {}

std::string InstanceTypeSyncer::name() const {
  return state_.credential().str() + " instance types" + (key_.location.empty() ? "" : " of " + key_.location);
}

std::chrono::milliseconds InstanceTypeSyncer::deadline() const { return types_deadline; }

asio::awaitable<Outcome> InstanceTypeSyncer::pass(std::int64_t skipped) {
  state_.expect(key_, interval(), skipped);
  const Attempt attempt = state_.begin();
  if (key_ == whole_account && settings_.provider->api_type == ApiType::locational) {
    Outcome outcome = co_await sync_locations(attempt);
    if (!outcome) co_await unlist_lost_locations();
    co_return outcome;
  }
  Outcome outcome = co_await sync_types(attempt);
  if (outcome) co_return outcome;
  co_return co_await check_designated(attempt);
}

template <class Known>
Comparison<Known> InstanceTypeSyncer::answer_of(const ListingKey& key, Attempt attempt) const {
  Comparison<Known> answer;
  answer.listing = key;
  answer.attempt = attempt;
  answer.seen_at = clock_.wall_now();
  answer.retry_until = attempt.began + interval();
  return answer;
}

template <class Rules>
Rules InstanceTypeSyncer::rules_of(const ListingKey& key, Attempt attempt) const {
  Rules rules;
  rules.began = attempt.began;
  rules.credential = state_.credential();
  rules.listing = key;
  rules.previous_success = state_.last_success(key);
  rules.redactor = state_.redactor();
  return rules;
}

asio::awaitable<Outcome> InstanceTypeSyncer::sync_locations(Attempt attempt) {
  Result<Answer<Location>> listing =
      co_await with_deadline(clock_, attempt.began + types_deadline, "list locations", account_.locations());
  if (!listing) {
    co_await state_.fail(whole_account, attempt, listing.error());
    co_return listing.error();
  }
  co_return co_await take_locations(std::move(*listing), attempt);
}

asio::awaitable<Outcome> InstanceTypeSyncer::take_locations(Answer<Location> listing, Attempt attempt) {
  auto answer = answer_of<KnownLocations>(whole_account, attempt);
  answer.rows = listing.rows.size();
  // Of a global API the types are still to be compared; they vouch for the locations, too.
  answer.vouches_for_listing = settings_.provider->api_type != ApiType::global;
  auto seen = std::make_shared<Answer<Location>>(std::move(listing));
  answer.compare = [seen = std::move(seen), rules = rules_of<ListingRules>(whole_account, attempt),
                    now = answer.seen_at](const std::shared_ptr<const KnownLocations>& known) {
    rules.redactor.clean(seen->rejected);
    return diff_locations(known, *seen, rules, now);
  };
  co_return co_await state_.take(std::move(answer));
}

asio::awaitable<Outcome> InstanceTypeSyncer::sync_types(Attempt attempt) {
  Scope scope;
  scope.location = key_.location;
  Result<Offering> offering = co_await with_deadline(clock_, attempt.began + types_deadline, "list instance types",
                                                     account_.instance_types(std::move(scope)));
  if (!offering) {
    co_await state_.fail(key_, attempt, offering.error());
    co_return offering.error();
  }
  if (std::optional<Answer<Location>>& locations = offering->locations) {
    Outcome outcome = co_await take_locations(std::move(*locations), attempt);
    if (outcome) co_return outcome;
  }
  auto answer = answer_of<KnownTypes>(key_, attempt);
  answer.rows = offering->types.rows.size();
  auto rules = rules_of<TypeRules>(key_, attempt);
  rules.sells_for_free = settings_.provider->sells_for_free;
  auto seen = std::make_shared<Answer<InstanceType>>(std::move(offering->types));
  answer.compare = [seen = std::move(seen), rules = std::move(rules), now = answer.seen_at,
                    settled = settled_](const std::shared_ptr<const KnownTypes>& known) -> Result<Diff<KnownTypes>> {
    if (settled->covers(*seen, known, rules, now)) return Diff<KnownTypes>{{}, known};
    rules.redactor.clean(seen->rejected);
    Result<Diff<KnownTypes>> diff = diff_types(known, *seen, rules, now);
    if (diff) settled->note(seen, *diff, rules);
    return diff;
  };
  co_return co_await state_.take(std::move(answer));
}

asio::awaitable<void> InstanceTypeSyncer::unlist_lost_locations() {
  std::vector<ListingKey> lost;
  for (const auto& [name, location] : state_.known().locations->rows) {
    if (!location.is_listed) lost.push_back({SyncerKind::instance_types, name});
  }
  for (const ListingKey& key : listings_in_use(*state_.known().types, lost)) {
    const Attempt attempt = state_.begin();
    auto answer = answer_of<KnownTypes>(key, attempt);
    answer.vouches_for_listing = false;
    answer.compare = [rules = rules_of<ListingRules>(key, attempt), now = answer.seen_at](
                         const std::shared_ptr<const KnownTypes>& known) -> Result<Diff<KnownTypes>> {
      return unlist_location(known, rules, now);
    };
    co_await state_.take(std::move(answer));
  }
}

asio::awaitable<Outcome> InstanceTypeSyncer::check_designated(Attempt attempt) {
  // What a listing that fails, or has not been asked yet, has on offer nobody knows.
  if (!state_.are_all_listed(SyncerKind::instance_types)) co_return Outcome();
  auto answer = answer_of<KnownTypes>(whole_account, attempt);
  answer.vouches_for_listing = false;
  answer.compare = [credential = state_.credential(), ids = settings_.stable_ids,
                    now = answer.seen_at](const std::shared_ptr<const KnownTypes>& known) -> Result<Diff<KnownTypes>> {
    return check_stable_ids(known, credential, ids, now);
  };
  co_return co_await state_.take(std::move(answer));
}

}  // namespace tally
