#include "lifecycle/changing.hpp"

#include <algorithm>
#include <utility>

#include "lifecycle/calls.hpp"

namespace tally::lifecycle {
namespace {

/// Whether the machine shows that the change was made, for a call whose answer was lost; what cannot be seen was not.
bool shows(const OperationRecord& operation, const Request& request, const Instance& machine) {
  if (const auto* resize = std::get_if<Resize>(&request)) {
    return machine.disk_size && *machine.disk_size >= resize->resize.size;
  }
  if (const auto* tags = std::get_if<UpdateTags>(&request)) {
    return std::all_of(tags->changes.begin(), tags->changes.end(), [&machine](const auto& change) {
      const auto at = machine.tags.find(change.first);
      return change.second ? at != machine.tags.end() && at->second == *change.second : at == machine.tags.end();
    });
  }
  return shows_done(operation, machine);
}

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

boost::asio::awaitable<void> show_rules(DeskPtr desk, CloudId machine, FirewallRules rules) {
  Overlay overlay;
  overlay.rules = std::move(rules);
  overlay.until = desk->clock.now() + std::chrono::minutes(2);
  co_await show(desk, std::move(machine), std::move(overlay));
}

/// Asked for and, when the answer is lost, looked for.
Task<> ask_for_change(DeskPtr desk, OperationPtr operation, Request request, std::shared_ptr<FirewallRules> rules) {
  const InstanceRef machine(operation->record.cloud_id, operation->record.location);
  const std::string step(to_string(kind_of(request)));
  Task<> work = asked_of(*desk->parts.account, machine, request, std::move(rules));
  Result<> result = co_await call<void>(desk, step, std::move(work));
  if (result || result.error().certainty == Certainty::nothing_happened) co_return result;
  Task<Instance> look = desk->parts.account->instance(machine);
  const Result<Instance> now = co_await call<Instance>(desk, step + ".look", std::move(look));
  if (now && shows(operation->record, request, *now)) co_return Result<>();
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
  if (!co_await begin_attempt(desk, operation, std::move(asked))) co_return;
  std::optional<Overlay> overlay = overlay_of(request, desk->clock.now());
  const bool is_shown = overlay.has_value();
  if (overlay) co_await show(desk, machine.cloud_id, std::move(*overlay));
  auto rules = std::make_shared<FirewallRules>();
  Task<> asking = ask_for_change(desk, operation, request, rules);
  const Result<> result = co_await std::move(asking);

  JournalChanges changes;
  if (!result) {
    const Error& error = result.error();
    if (is_shown) stop_showing(*desk, machine.cloud_id, machine.location);
    const bool is_certain = error.certainty == Certainty::nothing_happened;
    changes.attempts.push_back(
        end_attempt(*desk, *operation, is_certain ? AttemptOutcome::refused : AttemptOutcome::unknown, error));
    co_await desk->journal.finish(operation, OperationState::failed, error, std::move(changes));
    co_return;
  }
  changes.attempts.push_back(end_attempt(*desk, *operation, AttemptOutcome::answered, std::nullopt));
  if (std::holds_alternative<Stop>(request)) expect_nothing_more(*desk, machine.cloud_id, changes);
  operation->rules = *rules;
  if (std::holds_alternative<AddFirewallRules>(request)) co_await show_rules(desk, machine.cloud_id, *rules);
  co_await desk->journal.finish(operation, OperationState::succeeded, std::nullopt, std::move(changes));
  desk->parts.queue->poke(desk->listing_of(machine.location));
}

}  // namespace

bool shows_done(const OperationRecord& operation, const Instance& machine) {
  switch (operation.kind) {
    case OperationKind::stop:
      return machine.status == LifecycleStatus::stopping || machine.status == LifecycleStatus::stopped;
    case OperationKind::start:
      return machine.status == LifecycleStatus::pending || machine.status == LifecycleStatus::running;
    case OperationKind::change_type: return machine.type == operation.type;
    default: return false;
  }
}

boost::asio::awaitable<void> carry_change(DeskPtr desk, OperationPtr operation, Request request) {
  co_await whole<void>(desk, change(desk, std::move(operation), std::move(request)));
}

}  // namespace tally::lifecycle
