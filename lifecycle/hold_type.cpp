#include "lifecycle/hold_type.hpp"

#include <utility>

#include "lifecycle/known_rows.hpp"

namespace tally::lifecycle {
namespace {

/// One for each row that the hold is about, so that whoever follows a type hears of it.
void tell_of_hold(const Desk& desk, const std::string& kind, const HoldRecord& hold, JournalChanges& changes) {
  for_each_row(*desk.parts.known().types, [&](const KnownType& known) {
    const InstanceType& row = *known.row;
    const bool is_meant = known.is_listed && row.type == hold.type && row.location == hold.location &&
                          (hold.sub_location.empty() || hold.sub_location == row.sub_location);
    if (!is_meant) return;
    Event event;
    event.kind = kind;
    event.subject_kind = "instance_type";
    event.subject_id = row.id.str();
    event.detail = to_text(hold);
    changes.events.push_back(std::move(event));
  });
}

}  // namespace

void hold_type(Desk& desk, const OperationRecord& create, const std::string& zone, JournalChanges& changes) {
  HoldRecord hold;
  hold.type = create.type;
  hold.location = create.location;
  hold.sub_location = zone;
  hold.usage_class = create.is_spot ? UsageClass::spot : UsageClass::on_demand;
  hold.since = desk.clock.wall_now();
  hold.until = hold.since + desk.options.hold;
  desk.journal.holds.set(hold);
  tell_of_hold(desk, "type_held", hold, changes);
  changes.holds.push_back(std::move(hold));
}

boost::asio::awaitable<void> release_holds(DeskPtr desk) {
  const KnownAccount& known = desk->parts.known();
  const std::vector<HoldRecord> over = desk->journal.holds.over(*known.types, known.listings, desk->clock.wall_now());
  if (over.empty()) co_return;
  JournalChanges changes;
  for (const HoldRecord& hold : over) {
    desk->journal.holds.remove(hold);
    changes.holds_ended.push_back(hold);
    tell_of_hold(*desk, "type_released", hold, changes);
  }
  co_await desk->journal.insist("hold.release", std::move(changes));
}

}  // namespace tally::lifecycle
