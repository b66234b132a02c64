#include "syncers/instance_syncer.hpp"

#include <set>

#include "cloud/late.hpp"
#include "runtime/run_on.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds pass_deadline{30};
constexpr std::size_t asked_per_pass = 10;

std::set<std::string> locations_of_live(const KnownInstances& instances) {
  std::set<std::string> names;
  for (const auto& [id, instance] : instances.rows) {
    if (!instance.ended_at) names.insert(instance.listing.location);
  }
  return names;
}
}  // namespace

InstanceSyncer::InstanceSyncer(AccountState& state, Account& account, SyncSettings settings, Clock& clock)
    : state_(state), account_(account), settings_(std::move(settings)), clock_(clock) {}

std::string InstanceSyncer::name() const { return state_.credential().str() + " instances"; }

/// Where instances are looked for: everywhere at once, or in every location that can be used or holds live rows.
asio::awaitable<std::vector<std::string>> InstanceSyncer::locations() {
  if (settings_.provider->api_type == ApiType::global) co_return std::vector<std::string>{""};
  const auto instances = state_.known().instances;
  std::set<std::string> names =
      co_await run_on(settings_.workers, [&instances] { return locations_of_live(*instances); });
  for (const auto& [name, location] : state_.known().locations->rows) {
    if (location.is_listed && location.row->is_available) names.insert(name);
  }
  co_return std::vector<std::string>(names.begin(), names.end());
}

asio::awaitable<Outcome> InstanceSyncer::pass(std::int64_t skipped) {
  Outcome outcome;
  const TimePoint next_pass = clock_.now() + interval();
  const std::vector<std::string> names = co_await locations();
  state_.ask_only(SyncerKind::instances, {names.begin(), names.end()});
  for (const std::string& location : names) {
    state_.expect({SyncerKind::instances, location}, interval(), skipped);
    Outcome one = co_await sync(location, next_pass);
    if (one) outcome = std::move(one);
  }
  co_return outcome;
}

asio::awaitable<Outcome> InstanceSyncer::sync(std::string location, TimePoint next_pass) {
  const ListingKey key{SyncerKind::instances, location};
  const Attempt attempt = state_.begin();
  const TimePoint deadline = attempt.began + pass_deadline;
  Scope scope;
  scope.location = location;
  Result<Answer<Instance>> listing =
      co_await with_deadline(clock_, deadline, "list instances", account_.instances(std::move(scope)));
  if (!listing) {
    co_await state_.fail(key, attempt, listing.error());
    co_return listing.error();
  }
  Comparison<KnownInstances> answer;
  answer.listing = key;
  answer.attempt = attempt;
  answer.seen_at = clock_.wall_now();
  answer.rows = listing->rows.size();
  answer.retry_until = next_pass;
  const InstanceRules rules = rules_of(key);
  auto seen = std::make_shared<Answer<Instance>>(std::move(*listing));
  Witnesses witnesses = co_await ask(location, co_await absences(seen, rules, answer.seen_at), deadline);
  answer.compare = [seen = std::move(seen), witnesses = std::move(witnesses), rules,
                    now = answer.seen_at](const std::shared_ptr<const KnownInstances>& known) {
    rules.redactor.clean(seen->rejected);
    return diff_instances(known, *seen, witnesses, rules, now);
  };
  co_return co_await state_.take(std::move(answer));
}

InstanceRules InstanceSyncer::rules_of(const ListingKey& key) const {
  InstanceRules rules;
  rules.credential = state_.credential();
  rules.listing = key;
  rules.previous_success = state_.last_success(key);
  rules.redactor = state_.redactor();
  // Until types have been listed once, nobody can say that a type is unknown.
  if (!state_.known().types->rows.empty()) rules.types = state_.known().types;
  rules.grace = settings_.provider->young_instance_grace;
  rules.sells_for_free = settings_.provider->sells_for_free;
  rules.at = clock_.now();
  return rules;
}

/// Who is missing in the answer and is to be asked for by ID.
asio::awaitable<std::vector<CloudId>> InstanceSyncer::absences(std::shared_ptr<const Answer<Instance>> seen,
                                                               InstanceRules rules, Timestamp now) {
  auto last_known = state_.known().instances;
  co_return co_await run_on(settings_.workers, [&] {
    const auto known = std::move(last_known);
    return absences_to_ask(*known, *seen, rules, now, asked_per_pass);
  });
}

/// What the provider says of each by its ID, where it was last. A late or failed answer decides nothing.
asio::awaitable<Witnesses> InstanceSyncer::ask(std::string location, std::vector<CloudId> absent, TimePoint deadline) {
  Witnesses witnesses;
  for (const CloudId& id : absent) {
    if (clock_.now() >= deadline) break;
    Result<Instance> answer =
        co_await with_deadline(clock_, deadline, "get instance", account_.instance(InstanceRef(id, location)));
    witnesses.emplace(id, std::move(answer).map([](Instance&& instance) -> Row<Instance> {
      return std::make_shared<const Instance>(std::move(instance));
    }));
  }
  co_return witnesses;
}

}  // namespace tally
