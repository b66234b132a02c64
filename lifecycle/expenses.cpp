#include "lifecycle/expenses.hpp"

#include <algorithm>

#include "lifecycle/known_rows.hpp"

namespace tally::lifecycle {
namespace {

bool costs_now(const KnownInstance* known) {
  return known != nullptr && !known->ended_at && known->status != LifecycleStatus::stopped;
}

}  // namespace

std::vector<Expense> expenses_of(const Desk& desk) {
  std::vector<Expense> expenses;
  for_each_row(desk.instances(), [&](const KnownInstance& known) {
    if (costs_now(&known)) expenses.push_back({"instance " + id_of(known).str(), known.row->price});
  });
  for (const OperationPtr& one : desk.journal.open()) {
    const OperationRecord& record = one->record;
    const bool will_cost = record.kind == OperationKind::create || record.kind == OperationKind::start ||
                           record.kind == OperationKind::change_type;
    if (!will_cost || costs_now(desk.find(record.cloud_id))) continue;
    expenses.push_back({std::string(to_string(record.kind)) + " " + record.id, record.price});
  }
  for (const OperationPtr& create : desk.journal.creates()) {
    const bool is_unlisted = create->is_over() && desk.find(create->record.cloud_id) == nullptr;
    if (!is_unlisted || !has_live_machine(desk, *create)) continue;
    expenses.push_back({"create " + create->record.ref_id.str(), create->record.price});
  }
  return expenses;
}

std::size_t creates_within_hour(const Desk& desk) {
  const Timestamp since = desk.clock.wall_now() - std::chrono::hours(1);
  const auto& creates = desk.journal.creates();
  const auto count = std::count_if(creates.begin(), creates.end(), [since](const OperationPtr& create) {
    if (create->attempts.empty()) return !create->is_over();
    return create->attempts.back().begun_at > since;
  });
  return static_cast<std::size_t>(count);
}

std::optional<Money> price_after(const Desk& desk, const Request& request, const KnownInstance& machine) {
  const auto* change = std::get_if<ChangeType>(&request);
  if (change == nullptr) return machine.row->price;
  const UsageClass usage = machine.row->is_spot ? UsageClass::spot : UsageClass::on_demand;
  std::optional<Money> price;
  for_each_row(*desk.parts.known().types, [&](const KnownType& known) {
    if (!known.is_listed || known.row->type != change->type || known.row->location != machine.row->location) return;
    if (const Price* listed = find_price(*known.row, usage)) price = listed->amount;
  });
  return price;
}

}  // namespace tally::lifecycle
