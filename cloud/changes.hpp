// What is known of an account, and what one pass adds to it. Syncers decide (pure), the store writes: a ChangeSet
// is one transaction and holds everything to be written, events included. Values only; shared between threads
// because nothing in it changes once built.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/listing.hpp"
#include "cloud/location.hpp"
#include "runtime/clock.hpp"

namespace tally {

// ---- events and problems -------------------------------------------------------------------------------------

/// One entry of the append-only log. Kinds, subjects and fields are words of the catalog contract.
struct Event {
  std::string kind;          // "type_changed"
  std::string subject_kind;  // "instance_type", "instance", "location", "credential", "operation"
  std::string subject_id;
  std::optional<std::string> field;  // a column of the subject's view
  std::optional<std::string> old_value;
  std::optional<std::string> new_value;
  std::optional<std::string> detail;  // free text, or JSON of the tracked fields for *_added

  bool operator==(const Event&) const = default;
};

/// A state of affairs that is wrong: one event when it starts, one (`problem_ended`) when it ends, nothing between.
struct ProblemKey {
  std::string kind;  // an event kind: "duplicate_id"
  std::string subject_kind;
  std::string subject_id;
  std::string value;  // tells problems of one kind and subject apart; "" when there can be only one

  auto operator<=>(const ProblemKey&) const = default;
};

struct Problem {
  ProblemKey key;
  std::string detail;  // for a person; a rejected row's raw text

  bool operator==(const Problem&) const = default;
};

// ---- listings ------------------------------------------------------------------------------------------------

enum class SyncerKind { instance_types, instances };
std::string_view to_string(SyncerKind kind);

/// One question that is asked again and again: all types, or the types of one location. Rows point to the listing
/// that vouches for them; problems belong to the listing that shows them.
struct ListingKey {
  SyncerKind syncer = SyncerKind::instance_types;
  std::string location;  // "" for a global API; for a locational one "" vouches for the locations themselves

  auto operator<=>(const ListingKey&) const = default;
};

/// How a listing is doing: one row of `sync_states`. Written also when nothing changed.
struct ListingState {
  ListingKey key;
  std::optional<Timestamp> last_attempt_at;
  std::optional<Timestamp> last_success_at;
  std::optional<Timestamp> failing_since;
  std::string last_error_kind;  // "" while it succeeds
  std::string last_error;
  std::chrono::milliseconds duration{0};  // of the last attempt
  std::int64_t items = 0;                 // rows of the last complete answer
  std::int64_t skipped_ticks = 0;         // since the credential was first seen
  std::chrono::milliseconds interval{0};  // in force; `is_stale` is three of these

  bool operator==(const ListingState&) const = default;
};

/// What a listing remembers from pass to pass beside its rows.
struct ListingMemory {
  std::set<ProblemKey> problems;  // those that last now
};

// ---- known rows ----------------------------------------------------------------------------------------------

struct KnownType {
  Row<InstanceType> row;
  ListingKey listing;
  bool is_listed = true;
  bool is_confirmed = true;  // the listing's last success contained this row
  Timestamp first_seen_at{};
  Timestamp changed_at{};
  Timestamp seen_at{};  // last accepted reading; while confirmed, the listing's last success is the newer truth

  int absences = 0;  // not stored: consecutive complete answers without it that the breaker held back
};

struct KnownTypes {
  std::unordered_map<InstanceTypeId, KnownType> rows;
  std::map<ListingKey, ListingMemory> listings;
};

struct KnownInstance {
  Row<Instance> row;  // merged; its `price` is the frozen one
  ListingKey listing;
  LifecycleStatus status = LifecycleStatus::pending;
  bool is_confirmed = true;  // the listing's last success contained this row; of an ended one: it is still known
  int absences = 0;          // consecutive complete answers without it while nobody vouched for it
  Timestamp first_seen_at{};
  Timestamp status_since{};
  Timestamp seen_at{};
  std::optional<Timestamp> ended_at;

  // Not stored. The vendor's row as last read, and whether not all of it is taken: when the same object comes again
  // there is nothing to compare.
  Row<Instance> answer;
  bool is_disputed = false;

  // Not stored; steady, so that a clock that is set makes nothing young or old. When this process saw it begin; nothing
  // when it was known before.
  std::optional<TimePoint> born;

  // Not stored: since when no answer has it, and what asking for it by its ID gave.
  std::optional<TimePoint> missing_since;
  bool is_asked_in_vain = false;  // failed at least once since then
  bool is_known_by_id = false;    // the last answer by ID has it, although no listing does
};

struct KnownInstances {
  std::unordered_map<CloudId, KnownInstance> rows;
  std::map<ListingKey, ListingMemory> listings;
};

struct KnownLocation {
  Row<Location> row;
  bool is_listed = true;
  bool is_confirmed = true;
  int absences = 0;
  Timestamp first_seen_at{};
  Timestamp seen_at{};
};

struct KnownLocations {
  std::map<std::string, KnownLocation> rows;
  ListingMemory memory;
};

// ---- change sets ---------------------------------------------------------------------------------------------

/// A price from `from` on; an empty amount is a value too ("not known").
struct PricePoint {
  InstanceTypeId type;
  UsageClass usage_class = UsageClass::on_demand;
  std::optional<Money> amount;
};

struct AvailabilityPoint {
  InstanceTypeId type;
  std::optional<bool> is_available;
  std::optional<AvailabilityReason> reason;
};

struct StatusPoint {
  CloudId instance;
  LifecycleStatus status = LifecycleStatus::pending;
};

/// One transaction. Rows are written whole; history points open an interval at `at`.
struct ChangeSet {
  Timestamp at{};
  std::vector<KnownType> types;
  std::vector<KnownInstance> instances;
  std::vector<KnownLocation> locations;
  std::vector<PricePoint> prices;
  std::vector<AvailabilityPoint> availability;
  std::vector<StatusPoint> statuses;
  std::vector<Event> events;   // in the order in which they happened
  ListingKey problem_listing;  // whose problems these are
  std::vector<Problem> problems_started;
  std::vector<ProblemKey> problems_ended;

  [[nodiscard]] bool empty() const {
    return types.empty() && instances.empty() && locations.empty() && prices.empty() && availability.empty() &&
           statuses.empty() && events.empty() && problems_started.empty() && problems_ended.empty();
  }
};

/// What a pure diff answers: what to write, and what is known once that is written.
template <class Known>
struct Diff {
  ChangeSet changes;
  std::shared_ptr<const Known> next;
};

}  // namespace tally
