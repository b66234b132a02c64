#include "lifecycle/carry_change.hpp"

#include <utility>

#include "lifecycle/attempts.hpp"
#include "lifecycle/calls.hpp"
#include "lifecycle/traces.hpp"

namespace tally::lifecycle {
namespace {

constexpr std::chrono::seconds pause_between_sights{5};
constexpr std::chrono::minutes time_to_show{1};  // from the provider's first word to its last
constexpr std::chrono::minutes longest_reboot{20};
constexpr std::chrono::seconds shortest_pause{1};

/// The vendor's call for a request. `rules`: where the firewall's rules go when they are answered.
Task<> asked_of(Account& account, InstanceRef machine, Request request, std::shared_ptr<FirewallRules> rules) {
  if (std::holds_alternative<Stop>(request)) co_return co_await account.stops_starts()->stop(machine);
  if (std::holds_alternative<Start>(request)) co_return co_await account.stops_starts()->start(machine);
  if (std::holds_alternative<Reboot>(request)) co_return co_await account.reboots()->reboot(machine);
  if (auto* resize = std::get_if<Resize>(&request)) {
    co_return co_await account.resizes_volumes()->resize_volume(machine, resize->resize);
  }
  if (auto* tags = std::get_if<UpdateTags>(&request)) {
    co_return co_await account.updates_tags()->update_tags(machine, tags->changes);
  }
  if (auto* change = std::get_if<ChangeType>(&request)) {
    co_return co_await account.changes_type()->change_type(machine, change->type);
  }
  if (auto* revoke = std::get_if<RevokeFirewallRules>(&request)) {
    co_return co_await account.modifies_firewall()->revoke_firewall_rules(machine, revoke->rule_ids);
  }
  auto& add = std::get<AddFirewallRules>(request);
  Result<FirewallRules> answer = co_await account.modifies_firewall()->add_firewall_rules(machine, add.rules);
  if (!answer) co_return tl::unexpected(answer.error());
  *rules = std::move(*answer);
  co_return Result<>();
}

/// What is shown from the call on, for as long as the change usually takes.
std::optional<Overlay> overlay_of(const Request& request, TimePoint now) {
  Overlay overlay;
  if (std::holds_alternative<Stop>(request)) {
    overlay.status = LifecycleStatus::stopping;
    overlay.until = now + std::chrono::minutes(10);
  } else if (std::holds_alternative<Start>(request)) {
    overlay.status = LifecycleStatus::pending;
    overlay.until = now + std::chrono::minutes(20);
  } else if (const auto* tags = std::get_if<UpdateTags>(&request)) {
    overlay.tags = tags->changes;
    overlay.until = now + std::chrono::minutes(2);
  } else {
    return std::nullopt;
  }
  return overlay;
}

boost::asio::awaitable<void> show_rules(DeskPtr desk, OperationPtr operation) {
  Overlay overlay;
  overlay.by = operation->record.id;
  overlay.rules = operation->rules;
  overlay.until = desk->clock.now() + std::chrono::minutes(2);
  const CloudId machine = operation->record.cloud_id;
  co_await show(desk, machine, std::move(overlay));
}

/// What the provider says of the machine; of its firewall alone, when that was changed.
Task<Instance> ask_how_it_is(DeskPtr desk, OperationPtr operation) {
  const OperationRecord& record = operation->record;
  const InstanceRef machine(record.cloud_id, record.location);
  const bool is_of_firewall =
      record.kind == OperationKind::add_firewall_rules || record.kind == OperationKind::revoke_firewall_rules;
  const std::string step = std::string(to_string(record.kind)) + ".look";
  ModifiesFirewall* firewall = desk->parts.account->modifies_firewall();
  if (!is_of_firewall || firewall == nullptr) {
    Task<Instance> look = desk->parts.account->instance(machine);
    co_return co_await call<Instance>(desk, step, std::move(look));
  }
  Task<FirewallRules> look = firewall->firewall_rules(machine);
  Result<FirewallRules> rules = co_await call<FirewallRules>(desk, step, std::move(look));
  if (!rules) co_return tl::unexpected(rules.error());
  operation->rules = *rules;
  Instance seen;
  InstanceAttributes& attributes = seen.attributes.edit();
  attributes.ingress_rules = std::move(rules->ingress);
  attributes.egress_rules = std::move(rules->egress);
  co_return seen;
}

/// A reboot of several calls that was cut short is asked for again, for as long as it goes on.
Task<> ask_until_over(DeskPtr desk, InstanceRef machine, Request request, std::shared_ptr<FirewallRules> rules) {
  const std::string step(to_string(kind_of(request)));
  const TimePoint latest = desk->clock.now() + longest_reboot;
  for (;;) {
    Task<> work = asked_of(*desk->parts.account, machine, request, rules);
    const Result<> result = co_await call<void>(desk, step, std::move(work));
    const TimePoint now = desk->clock.now();
    const bool is_unfinished = !result && result.error().kind == Errc::service_unavailable &&
                               std::holds_alternative<Reboot>(request) && is_rebooting(*desk, machine.cloud_id);
    if (!is_unfinished || now >= latest) co_return result;
    const std::chrono::milliseconds wanted = result.error().retry_after.value_or(pause_between_sights);
    co_await desk->clock.sleep_until(now + std::max<std::chrono::milliseconds>(wanted, shortest_pause));
  }
}

/// Asked for and, when the answer is lost, looked for.
Task<> ask_for_change(DeskPtr desk, OperationPtr operation, Request request, std::shared_ptr<FirewallRules> rules) {
  const InstanceRef machine(operation->record.cloud_id, operation->record.location);
  Task<> asking = ask_until_over(desk, machine, std::move(request), rules);
  const Result<> result = co_await std::move(asking);
  if (!result && result.error().certainty != Certainty::nothing_happened) {
    if (co_await is_found_done(desk, operation)) co_return Result<>();
  } else {
    operation->rules = *rules;
  }
  co_return result;
}

/// A machine that is stopped on purpose has not failed.
void expect_nothing_more(const Desk& desk, const CloudId& machine, JournalChanges& changes) {
  const OperationPtr create = desk.journal.find_create(machine);
  if (!create || create->record.settled_at) return;
  create->record.settled_at = desk.clock.wall_now();
  changes.operations.push_back(create->record);
}

boost::asio::awaitable<void> change(DeskPtr desk, OperationPtr operation, Request request) {
  const InstanceRef machine(operation->record.cloud_id, operation->record.location);
  AttemptRecord asked;
  asked.traces = traces_of(request);
  if (!co_await begin_attempt(desk, operation, std::move(asked))) co_return;
  std::optional<Overlay> overlay = overlay_of(request, desk->clock.now());
  const bool is_shown = overlay.has_value();
  if (overlay) {
    overlay->by = operation->record.id;
    co_await show(desk, machine.cloud_id, std::move(*overlay));
  }
  auto rules = std::make_shared<FirewallRules>();
  Task<> asking = ask_for_change(desk, operation, request, rules);
  const Result<> result = co_await std::move(asking);

  if (!result) {
    if (is_shown) stop_showing(*desk, operation->record);
    JournalChanges nothing_more;
    co_await fail_with_its_call(desk, operation, result.error(), std::move(nothing_more));
    co_return;
  }
  co_await conclude_change(desk, operation);
}

}  // namespace

bool is_rebooting(const Desk& desk, const CloudId& machine) {
  const Reboots* reboots = desk.parts.account->reboots();
  return reboots != nullptr && reboots->is_rebooting(machine);
}

boost::asio::awaitable<bool> is_found_done(DeskPtr desk, OperationPtr operation) {
  const std::string traces = operation->attempts.back().traces;
  const TimePoint begun = desk->clock.now();
  std::optional<TimePoint> answered_at;
  while (can_be_seen(operation->record.kind)) {
    Task<Instance> look = ask_how_it_is(desk, operation);
    const Result<Instance> machine = co_await std::move(look);
    if (machine && shows_done(operation->record, traces, *machine)) co_return true;
    if (!machine && machine.error().matches(Errc::instance_not_found)) break;
    const TimePoint now = desk->clock.now();
    if (machine && !answered_at) answered_at = now;
    const TimePoint over = answered_at ? *answered_at + time_to_show : begun + desk->options.conclude_after;
    if (now >= over) break;
    co_await desk->clock.sleep_until(now + pause_between_sights);
  }
  co_return false;
}

boost::asio::awaitable<void> conclude_change(DeskPtr desk, OperationPtr operation) {
  const OperationRecord record = operation->record;
  JournalChanges changes;
  changes.attempts.push_back(end_attempt(*desk, *operation, AttemptOutcome::answered, std::nullopt));
  if (record.kind == OperationKind::stop) expect_nothing_more(*desk, record.cloud_id, changes);
  if (record.kind == OperationKind::add_firewall_rules) co_await show_rules(desk, operation);
  co_await desk->journal.finish(operation, OperationState::succeeded, std::nullopt, std::move(changes));
  desk->parts.queue->poke(desk->listing_of(record.location));
}

boost::asio::awaitable<void> carry_change(DeskPtr desk, OperationPtr operation, Request request,
                                          std::vector<OperationPtr> ahead) {
  for (const OperationPtr& one : ahead) co_await wait_until_over(one);
  co_await whole<void>(desk, change(desk, std::move(operation), std::move(request)));
}

}  // namespace tally::lifecycle
