// Rows as named fields of their views, as text: what events say of a change. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "tally/event.hpp"

namespace tally {

/// Values over limits::text are cut: the row has them whole.
struct FieldChange {
  std::string field;  // a column of the view; "price_nanos:spot" for a usage class
  std::optional<std::string> old_value;
  std::optional<std::string> new_value;
};

/// Fields in which two readings of one type differ, identity fields excepted.
std::vector<FieldChange> changed_fields(const InstanceType& before, const InstanceType& after);

/// Fields in which two merged readings of one instance differ; the status is not among them.
std::vector<FieldChange> changed_fields(const Instance& before, const Instance& after);

std::vector<FieldChange> changed_fields(const Location& before, const Location& after);

/// The event, with the field and the values of the change.
Event with_change(Event event, FieldChange change);

/// Adds one event a change, in their order; `about` has their kind and subject.
void add_change_events(const Event& about, std::vector<FieldChange> changes, std::vector<Event>& events);

/// The tracked fields of a new row as a JSON object: where a fold of events starts.
std::string tracked_fields(const InstanceType& type);
std::string tracked_fields(const Instance& instance, LifecycleStatus status);

/// "price_nanos", "price_nanos:spot"
std::string price_field(UsageClass usage);

}  // namespace tally
