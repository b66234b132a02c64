#include "lifecycle/begin_create.hpp"

#include <utility>

#include "lifecycle/carry_create.hpp"
#include "lifecycle/expenses.hpp"
#include "lifecycle/guards.hpp"
#include "lifecycle/known_rows.hpp"
#include "lifecycle/retirements.hpp"
#include "runtime/failpoint.hpp"

namespace tally::lifecycle {
namespace {

tl::unexpected<Refusal> taken(const std::string& by) {
  return refused(Errc::conflict, "ref_id", "`ref_id` belongs to another request: " + by);
}

/// What a create of this RefID meets in the journal: an operation to join, a refusal, or nothing.
Checked<std::optional<Begun>> meet(const Desk& desk, const RefId& ref_id, const std::string& digest) {
  std::optional<Begun> met;
  for (const OperationPtr& create : desk.journal.creates_of(ref_id)) {
    const bool is_same = create->record.request_sha256 == digest;
    if (!create->is_over()) {
      if (TALLY_IS_PLANTED("same request not joined")) continue;
      if (!is_same) return taken("create " + create->record.id + ", which goes on");
      met = Begun{create, false};
      return met;
    }
    if (!has_live_machine(desk, *create)) continue;
    if (!is_same) return taken("instance " + create->record.cloud_id.str());
    met = Begun{create, true};
  }
  const std::vector<OperationPtr> ends = desk.journal.ends_of(ref_id);
  if (!ends.empty()) {
    return refused(Errc::conflict, "ref_id",
                   "`ref_id` is still that of instance " + ends.front()->record.cloud_id.str() +
                       ", which is being ended: ask again when it is gone");
  }
  return met;
}

/// The live machines with that RefID that the journal does not know.
std::vector<Instance> machines_of(const Desk& desk, const RefId& ref_id) {
  std::vector<Instance> machines;
  for_each_row(desk.instances(), [&](const KnownInstance& known) {
    if (known.row->ref_id != ref_id || !is_live(&known) || desk.journal.find_create(id_of(known))) return;
    const bool is_ours = known.row->cloud_cred_ref_id == desk.parts.credential;
    if (is_ours || desk.parts.shares_names) machines.push_back(*known.row);
  });
  return machines;
}

/// They are this create's if there is one, made by this credential, that is what is asked for.
Checked<> check_adoptable(const Desk& desk, const CreateRequest& what, const std::vector<Instance>& machines) {
  const Instance& machine = machines.front();
  const bool is_ours = machine.cloud_cred_ref_id == desk.parts.credential;
  const bool agrees = machine.type == what.type && machine.location == what.location;
  if (machines.size() == 1 && is_ours && agrees) return {};
  return taken("instance " + machine.cloud_id.str());
}

Checked<> check_guards(const Desk& desk, const CheckedCreate& checked) {
  const Guards& guards = desk.parts.guards;
  if (auto passed = check_creates_per_hour(guards, creates_within_hour(desk)); !passed) return passed;
  const Expense one_more{"create " + checked.create.what.ref_id.str(), checked.price};
  return check_price_per_hour(guards, expenses_of(desk), one_more);
}

OperationRecord record_of_create(const Desk& desk, const CheckedCreate& checked) {
  const CreateRequest& what = checked.create.what;
  OperationRecord record = new_record(desk, OperationKind::create, checked.digest);
  record.ref_id = what.ref_id;
  record.generation = static_cast<int>(desk.journal.creates_of(what.ref_id).size());
  record.location = what.location;
  record.sub_location = what.sub_location;
  record.type = what.type;
  record.is_spot = what.is_spot;
  record.price = checked.price;
  return record;
}

boost::asio::awaitable<Checked<Begun>> adopt_known(DeskPtr desk, OperationRecord record, CloudId machine,
                                                   std::optional<std::chrono::seconds> retire_in) {
  // From the first record on: a process that ends between the two has adopted it, too.
  record.cloud_id = machine;
  record.settled_at = desk->clock.wall_now();  // it was there before: whatever it is in, it is not ended for that
  JournalChanges changes;
  const std::optional<RetirementRecord> before = retirement_of(*desk, machine);
  if (retire_in) set_retirement(*desk, machine, desk->clock.wall_now() + *retire_in, changes);
  const Checked<OperationPtr> operation = co_await enter(desk, std::move(record), std::move(changes));
  if (!operation) {
    put_back(*desk, machine, before);
    co_return tl::unexpected(operation.error());
  }
  co_await desk->journal.finish(*operation, OperationState::adopted, std::nullopt);
  Begun begun;
  begun.operation = *operation;
  begun.was_over = true;
  co_return begun;
}

}  // namespace

AccountFacts facts_of(const Desk& desk) {
  const KnownAccount& known = desk.parts.known();
  AccountFacts facts;
  facts.capabilities = desk.parts.account->capabilities();
  facts.create = desk.parts.create;
  facts.types = known.types.get();
  facts.locations = known.locations.get();
  facts.holds = &desk.journal.holds;
  facts.now = desk.clock.wall_now();
  return facts;
}

boost::asio::awaitable<Checked<Begun>> begin_create(DeskPtr desk, Create create, std::shared_ptr<CreateTurns> turns) {
  const Checked<Create> canonical = canonical_create(create);
  if (!canonical) co_return tl::unexpected(canonical.error());
  const RefId ref_id = canonical->what.ref_id;
  Checked<std::optional<Begun>> met = meet(*desk, ref_id, digest_of(*canonical));
  if (!met) co_return tl::unexpected(met.error());
  if (const std::optional<Begun>& begun = *met) co_return *begun;
  if (auto passed = check_not_read_only(desk->parts.guards); !passed) co_return tl::unexpected(passed.error());
  Checked<CheckedCreate> checked = check_create(*canonical, facts_of(*desk));
  if (!checked) co_return tl::unexpected(checked.error());
  OperationRecord record = record_of_create(*desk, *checked);
  const std::optional<std::chrono::seconds> retire_in = checked->create.what.retire_in;

  const std::vector<Instance> machines = machines_of(*desk, ref_id);
  if (!machines.empty()) {
    auto passed = check_adoptable(*desk, checked->create.what, machines);
    if (!passed) co_return tl::unexpected(passed.error());
    co_return co_await adopt_known(desk, std::move(record), machines.front().cloud_id, retire_in);
  }
  if (auto passed = check_guards(*desk, *checked); !passed) co_return tl::unexpected(passed.error());
  const std::optional<TimePoint> turn = turns->take(desk->clock.now(), desk->options.create_queue);
  if (!turn) co_return refused(Errc::rate_limited, "", "too many creates wait already at this provider");

  const CloudId waiting(record.id);
  JournalChanges changes;
  if (retire_in) set_retirement(*desk, waiting, desk->clock.wall_now() + *retire_in, changes);
  const Checked<OperationPtr> operation = co_await enter(desk, std::move(record), std::move(changes));
  if (!operation) {
    desk->journal.retirements.erase(waiting);
    co_return tl::unexpected(operation.error());
  }
  desk->tasks.spawn("lifecycle create",
                    carry_create(desk, *operation, std::move(checked->create.what), std::move(checked->zones), *turn));
  Begun begun;
  begun.operation = *operation;
  co_return begun;
}

}  // namespace tally::lifecycle
