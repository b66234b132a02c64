#include "lifecycle/service.hpp"

#include <algorithm>
#include <utility>

#include "lifecycle/begin_change.hpp"
#include "lifecycle/begin_create.hpp"
#include "lifecycle/calls.hpp"
#include "lifecycle/guards.hpp"
#include "lifecycle/recover.hpp"
#include "lifecycle/watch.hpp"
#include "runtime/deadline.hpp"
#include "runtime/guarded.hpp"

namespace tally::lifecycle {
namespace {

boost::asio::awaitable<bool> when_over(OperationPtr operation) {
  co_await wait_until_over(operation);
  co_return true;
}

Progress progress_of(const Operation& operation, bool was_over) {
  Progress progress;
  progress.operation = operation.record;
  progress.was_over = was_over;
  if (operation.is_over()) progress.error = operation.error;
  progress.rules = operation.rules;
  return progress;
}

tl::unexpected<Refusal> no_credential() {
  return refused(Errc::resource_not_found, "credential", "no such credential is in force");
}

}  // namespace

Service::Service(CatalogWriter& writer, Clock& clock, boost::asio::any_io_executor loop, Options options,
                 std::function<std::string()> new_id)
    : writer_(writer), clock_(clock), loop_(std::move(loop)), options_(options), new_id_(std::move(new_id)) {}

Service::~Service() = default;

DeskPtr Service::desk_of(const CredentialRef& credential) const {
  const auto at = desks_.find(credential);
  return at == desks_.end() || is_stopped_ ? nullptr : at->second;
}

/// One whose tenant is not known is a tenant of its own.
std::shared_ptr<CreateTurns> Service::turns_of(const DeskParts& parts) {
  const TenantId tenant = parts.account->tenant_id();
  const std::string key = tenant.empty() ? "credential " + parts.credential.str() : "tenant " + tenant.str();
  std::shared_ptr<CreateTurns>& turns = turns_[key];
  if (!turns) turns = std::make_shared<CreateTurns>(parts.creates_per_minute, parts.between_creates);
  return turns;
}

boost::asio::awaitable<void> Service::open(DeskParts parts) {
  const CredentialRef credential = parts.credential;
  if (const DeskPtr desk = desk_of(credential)) {
    parts.overlays->adopt(*desk->parts.overlays);
    desk->parts = std::move(parts);
    co_return;
  }
  auto load = [credential](Catalog& catalog) { return catalog.load_journal(credential); };
  const JournalRecords records = co_await writer_.write(WritePriority::tally, "operations", std::move(load));
  if (is_stopped_) co_return;
  Journal journal(credential, writer_, clock_, loop_, records);
  auto desk = std::make_shared<Desk>(std::move(parts), options_, clock_, loop_, new_id_, std::move(journal));
  desks_[credential] = desk;
  recover(desk);
  desk->tasks.spawn("lifecycle watch", keep_going("lifecycle watch", clock_, [desk] { return watch(desk); }));
}

bool Service::is_busy(const CredentialRef& credential) const {
  const DeskPtr desk = desk_of(credential);
  if (!desk) return false;
  if (!desk->journal.open().empty()) return true;
  const std::vector<OperationPtr> creates = desk->journal.creates();
  return std::any_of(creates.begin(), creates.end(), [&desk](const OperationPtr& create) {
    // Of a machine that has just ended they are in use still, and go next.
    const KnownInstance* known = desk->find(create->record.cloud_id);
    const bool is_live = known != nullptr && !known->ended_at;
    return std::any_of(create->resources.begin(), create->resources.end(), [is_live](const ResourceRecord& resource) {
      return resource.state == ResourceState::removing || (resource.state == ResourceState::in_use && !is_live);
    });
  });
}

boost::asio::awaitable<void> Service::finish_in_hand(std::vector<DeskPtr> desks) {
  constexpr std::chrono::milliseconds look_again{50};
  const TimePoint end = clock_.now() + options_.stop;
  const auto are_busy = [&desks] {
    for (const DeskPtr& desk : desks) {
      if (desk->in_hand > 0) return true;
    }
    return false;
  };
  while (are_busy() && clock_.now() < end) co_await clock_.sleep_until(clock_.now() + look_again);
  for (const DeskPtr& desk : desks) desk->tasks.cancel();
  for (const DeskPtr& desk : desks) co_await desk->tasks.join();
}

boost::asio::awaitable<void> Service::close(CredentialRef credential) {
  const DeskPtr desk = desk_of(credential);
  if (!desk) co_return;
  desks_.erase(credential);
  std::vector<DeskPtr> one(1, desk);
  co_await finish_in_hand(std::move(one));
}

boost::asio::awaitable<void> Service::stop() {
  is_stopped_ = true;
  std::vector<DeskPtr> all;
  for (const auto& [credential, desk] : desks_) all.push_back(desk);
  co_await finish_in_hand(std::move(all));
  desks_.clear();
}

boost::asio::awaitable<Checked<Progress>> Service::follow(OperationPtr operation, bool was_over,
                                                          std::chrono::milliseconds patience) {
  if (!operation->is_over()) co_await with_deadline<bool>(clock_, clock_.now() + patience, when_over(operation));
  if (operation->is_unwritten) co_return refused(operation->error.value_or(Error()));
  co_return progress_of(*operation, was_over);
}

boost::asio::awaitable<Checked<Progress>> Service::carry_out(Request request, std::chrono::milliseconds patience) {
  const DeskPtr desk = desk_of(credential_of(request));
  if (!desk) co_return no_credential();
  boost::asio::awaitable<Checked<Begun>> beginning =
      std::holds_alternative<Create>(request)
          ? begin_create(desk, std::move(std::get<Create>(request)), turns_of(desk->parts))
          : begin_change(desk, std::move(request));
  // What has begun is begun, also for a client who leaves meanwhile.
  const Checked<Begun> begun = co_await whole<Checked<Begun>>(desk, std::move(beginning));
  if (!begun) co_return tl::unexpected(begun.error());
  co_return co_await follow(begun->operation, begun->was_over, patience);
}

boost::asio::awaitable<std::optional<Progress>> Service::find(std::string id, std::chrono::milliseconds patience) {
  for (const auto& [credential, desk] : desks_) {
    const OperationPtr operation = desk->journal.find(id);
    if (!operation) continue;
    const Checked<Progress> progress = co_await follow(operation, operation->is_over(), patience);
    if (!progress) co_return std::nullopt;
    co_return *progress;
  }
  co_return std::nullopt;
}

boost::asio::awaitable<Checked<std::vector<PlannedRequest>>> Service::plan(Create create) {
  const DeskPtr desk = desk_of(create.credential);
  if (!desk) co_return no_credential();
  if (auto passed = check_not_read_only(desk->parts.guards); !passed) co_return tl::unexpected(passed.error());
  Checked<CheckedCreate> checked = check_create(create, facts_of(*desk));
  if (!checked) co_return tl::unexpected(checked.error());
  CreateRequest what = std::move(checked->create.what);
  what.sub_location = checked->zones.front();
  what.generation = static_cast<int>(desk->journal.creates_of(what.ref_id).size());
  what.token = token_of(desk->parts.credential, what.ref_id, what.generation, 0);
  Task<std::vector<PlannedRequest>> work = desk->parts.plan(std::move(what));
  Result<std::vector<PlannedRequest>> plan = co_await call<std::vector<PlannedRequest>>(desk, "plan", std::move(work));
  if (!plan) co_return refused(plan.error());
  co_return std::move(*plan);
}

boost::asio::awaitable<Checked<FirewallRules>> Service::firewall_rules(Machine machine) {
  const DeskPtr desk = desk_of(machine.credential);
  if (!desk) co_return no_credential();
  ModifiesFirewall* firewall = desk->parts.account->modifies_firewall();
  if (firewall == nullptr) {
    co_return refused(Errc::not_implemented, "", "this provider cannot say what an instance's firewall is");
  }
  const KnownInstance* known = desk->find(machine.cloud_id);
  if (known == nullptr || known->ended_at) {
    co_return refused(Errc::instance_not_found, "", "there is no such instance, or it has ended");
  }
  const InstanceRef there(machine.cloud_id, known->row->location);
  Task<FirewallRules> work = firewall->firewall_rules(there);
  Result<FirewallRules> rules = co_await call<FirewallRules>(desk, "firewall_rules", std::move(work));
  if (!rules) co_return refused(rules.error());
  co_return std::move(*rules);
}

}  // namespace tally::lifecycle
