#include "syncers/instance_syncer.hpp"

#include <set>

#include "cloud/async.hpp"

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
  std::vector<std::string> names = co_await locations();
  for (std::string& location : names) {
    state_.expect({SyncerKind::instances, location}, interval(), skipped);
    Outcome one = co_await sync(std::move(location));
    if (one) outcome = std::move(one);
  }
  co_return outcome;
}

asio::awaitable<Outcome> InstanceSyncer::sync(std::string location) {
  const ListingKey key{SyncerKind::instances, location};
  const Attempt attempt = state_.begin();
  const TimePoint deadline = attempt.began + pass_deadline;
  Scope scope;
  scope.location = location;
  Result<Listing<Instance>> answer =
      co_await with_deadline(clock_, deadline, "list instances", account_.instances(std::move(scope)));
  if (!answer) {
    co_await state_.fail(key, attempt, answer.error());
    co_return answer.error();
  }

  const Timestamp now = clock_.wall_now();
  const std::size_t items = answer->items.size();
  auto last_known = state_.known().instances;
  InstanceRules rules;
  rules.listing = key;
  // Until types have been listed once, nobody can say that a type is unknown.
  if (!state_.known().types->rows.empty()) rules.types = state_.known().types;
  rules.grace = settings_.provider->young_instance_grace;
  rules.previous_success = state_.last_success(key);

  std::vector<CloudId> absent = co_await run_on(
      settings_.workers, [&] { return first_absences(*last_known, *answer, rules, now, asked_per_pass); });
  const Witnesses witnesses = co_await ask(std::move(absent), deadline);
  // Also the last to hold what was compared: a large answer is not freed on the loop.
  Diff<KnownInstances> diff = co_await run_on(settings_.workers, [&] {
    const auto known = std::move(last_known);
    Listing<Instance> seen = std::move(*answer);
    state_.redactor().clean(seen.rejected);
    const InstanceRules by = std::move(rules);
    return diff_instances(known, seen, witnesses, by, now);
  });
  co_await state_.succeed(key, attempt, now, items, std::move(diff));
  co_return Outcome();
}

/// What the provider says of each by its ID. A late or failed answer decides nothing.
asio::awaitable<Witnesses> InstanceSyncer::ask(std::vector<CloudId> absent, TimePoint deadline) {
  Witnesses witnesses;
  for (const CloudId& id : absent) {
    if (clock_.now() >= deadline) break;
    Result<Instance> answer = co_await with_deadline(clock_, deadline, "get instance", account_.instance(id));
    witnesses.emplace(id, std::move(answer).map([](Instance&& instance) -> Row<Instance> {
      return std::make_shared<const Instance>(std::move(instance));
    }));
  }
  co_return witnesses;
}

}  // namespace tally
