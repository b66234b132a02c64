#include "syncers/instance_syncer.hpp"

#include <algorithm>

#include "cloud/late.hpp"
#include "runtime/run_on.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds instances_deadline{30};
constexpr std::size_t asked_per_pass = 10;
}  // namespace

InstanceRules instance_rules(const AccountState& state, const SyncSettings& settings, const ListingKey& key,
                             TimePoint began, TimePoint now) {
  InstanceRules rules;
  rules.credential = state.credential();
  rules.listing = key;
  rules.began = began;
  rules.previous_success = state.last_success(key);
  rules.redactor = state.redactor();
  // Until the location's types have been listed once, nobody can say that a type is unknown there.
  const bool has_types = state.last_success({SyncerKind::instance_types, key.location}) != Timestamp();
  if (has_types && state.known().types->size() != 0) rules.types = state.known().types;
  rules.grace = settings.provider->young_instance_grace;
  rules.sells_for_free = settings.provider->sells_for_free;
  rules.at = now;
  return rules;
}

InstanceSyncer::InstanceSyncer(AccountState& state, Account& account, SyncSettings settings, Clock& clock,
                               std::string location)
    : state_(state),
      account_(account),
      settings_(std::move(settings)),
      clock_(clock),
      key_{SyncerKind::instances, std::move(location)} {}

std::string InstanceSyncer::name() const {
  return state_.credential().str() + " instances" + (key_.location.empty() ? "" : " of " + key_.location);
}

std::chrono::milliseconds InstanceSyncer::deadline() const { return instances_deadline; }

asio::awaitable<Outcome> InstanceSyncer::pass(std::int64_t skipped) {
  state_.expect(key_, interval(), skipped);
  const Attempt attempt = state_.begin();
  const TimePoint deadline = attempt.began + instances_deadline;
  Scope scope;
  scope.location = key_.location;
  Result<Answer<Instance>> listing =
      co_await with_deadline(clock_, deadline, "list instances", account_.instances(std::move(scope)));
  if (!listing) {
    co_await state_.fail(key_, attempt, listing.error());
    co_return listing.error();
  }
  Comparison<KnownInstances> answer;
  answer.listing = key_;
  answer.attempt = attempt;
  answer.seen_at = clock_.wall_now();
  answer.rows = listing->rows.size();
  answer.hides_rows = std::any_of(listing->rejected.begin(), listing->rejected.end(), [this](const Rejected& row) {
    return row.id.empty() || state_.known().instances->find(CloudId(row.id)) == nullptr;
  });
  answer.retry_until = attempt.began + interval();
  const InstanceRules rules = instance_rules(state_, settings_, key_, attempt.began, clock_.now());
  auto seen = std::make_shared<Answer<Instance>>(std::move(*listing));
  Witnesses witnesses = co_await ask(co_await absences(seen, rules, answer.seen_at), deadline);
  answer.compare = [seen = std::move(seen), witnesses = std::move(witnesses), rules, now = answer.seen_at,
                    settled =
                        settled_](const std::shared_ptr<const KnownInstances>& known) -> Result<Diff<KnownInstances>> {
    if (settled->covers(*seen, known, rules, now)) return Diff<KnownInstances>{{}, known};
    rules.redactor.clean(seen->rejected);
    Result<Diff<KnownInstances>> diff = diff_instances(known, *seen, witnesses, rules, now);
    if (diff) settled->note(seen, *diff, rules);
    return diff;
  };
  co_return co_await state_.take(std::move(answer));
}

/// Who is missing in the answer and is to be asked for by ID.
asio::awaitable<std::vector<CloudId>> InstanceSyncer::absences(std::shared_ptr<const Answer<Instance>> seen,
                                                               InstanceRules rules, Timestamp now) {
  auto last_known = state_.known().instances;
  co_return co_await run_on(settings_.workers, [&] {
    const auto known = std::move(last_known);
    if (settled_->covers(*seen, known, rules, now)) return std::vector<CloudId>();
    return absences_to_ask(*known, *seen, rules, now, asked_per_pass);
  });
}

/// What the provider says of each by its ID, where it was last. A late or failed answer decides nothing.
asio::awaitable<Witnesses> InstanceSyncer::ask(std::vector<CloudId> absent, TimePoint deadline) {
  Witnesses witnesses;
  for (const CloudId& id : absent) {
    if (clock_.now() >= deadline) break;
    Result<Instance> answer =
        co_await with_deadline(clock_, deadline, "get instance", account_.instance(InstanceRef(id, key_.location)));
    witnesses.emplace(id, std::move(answer).map([](Instance&& instance) -> Row<Instance> {
      return std::make_shared<const Instance>(std::move(instance));
    }));
  }
  co_return witnesses;
}

}  // namespace tally
