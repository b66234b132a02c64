// The journal of operations as the catalog keeps it. No record holds a request's body, a key or user data: the digest
// tells whether two requests are the same. Values only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/error.hpp"
#include "cloud/handle.hpp"
#include "cloud/ids.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/money.hpp"
#include "runtime/timestamp.hpp"
#include "tally/event.hpp"
#include "tally/operation.hpp"

namespace tally {

/// One operation: written before its first call, and whenever something of it changes.
struct OperationRecord {
  std::string id;
  OperationKind kind = OperationKind::create;
  CredentialRef credential;
  RefId ref_id;      // "" of a machine that carries none
  CloudId cloud_id;  // of a create: "" until it has a machine
  OperationState state = OperationState::started;
  Timestamp created_at{};
  std::optional<Timestamp> finished_at;
  std::string error_kind;  // as to_string(Errc); "" without an error
  std::string error;       // for a person, redacted

  std::string request_sha256;  // of the canonical form
  int generation = 0;          // of a create: how many creates of this RefID were over when it began
  std::string location;
  std::string sub_location;  // "": any
  std::string type;
  bool is_spot = false;
  std::optional<Money> price;           // per hour, of a create, a start or a change of type: what the guards count
  std::optional<Timestamp> settled_at;  // of a create: when its machine first ran, or was ended on purpose

  bool operator==(const OperationRecord&) const = default;
};

/// What is known of a call to the vendor. The names are stored in the catalog: do not rename.
enum class AttemptOutcome {
  begun,     // it may have been sent, and no answer is recorded
  refused,   // nothing happened
  unknown,   // it was sent, and no answer tells what came of it
  partly,    // something was made (OperationRecord's resources), but no machine
  answered,  // done
};
std::string_view to_string(AttemptOutcome outcome);

/// One call to the vendor, written before it is made, with every value that was resolved for it.
struct AttemptRecord {
  std::string operation_id;
  int number = 0;     // within its operation, from 0
  std::string token;  // "" of a call that takes none
  std::string sub_location;
  std::string image_id;
  std::string traces;  // of a change: what the machine shows when it is done; "" when nothing can be seen
  Timestamp begun_at{};
  std::optional<Timestamp> ended_at;
  AttemptOutcome outcome = AttemptOutcome::begun;
  std::string error_kind;
  std::string error;

  bool operator==(const AttemptRecord&) const = default;
};

/// The names are stored in the catalog: do not rename.
enum class ResourceState {
  made,      // by an operation that is not over
  in_use,    // by its machine
  removing,  // its machine is gone, and it is being removed
  removed,
  kept,  // something else uses it: it is never removed by us
};
std::string_view to_string(ResourceState state);

/// Something that a create made beside its machine, or (without an ID) was about to make. One with an ID takes the
/// place of the announced one of its kind and name; an announced one that is removed is forgotten. Of an operation and
/// a kind there is one announced at a time: the last.
struct ResourceRecord {
  std::string operation_id;
  Handle handle;
  std::string location;
  ResourceState state = ResourceState::made;
  std::string error;  // why it could not be removed yet

  bool operator==(const ResourceRecord&) const = default;
};

/// A type that a create could not have for want of resources.
struct HoldRecord {
  std::string type;
  std::string location;
  std::string sub_location;
  UsageClass usage_class = UsageClass::on_demand;
  Timestamp since{};
  Timestamp until{};  // at the latest; a listing that states capacity ends it earlier

  bool operator==(const HoldRecord&) const = default;
};

/// When a machine is to be ended.
struct RetirementRecord {
  CloudId cloud_id;
  Timestamp retire_at{};
  int told = 0;               // the last that was told: an hour ahead (1), ten minutes ahead (2), the end (3)
  bool is_hold_told = false;  // and whether it was told that it waits for a clock that can be believed

  bool operator==(const RetirementRecord&) const = default;
};

/// One transaction. Records are written whole, in the place of those with the same key.
struct JournalChanges {
  Timestamp at{};
  std::vector<OperationRecord> operations;
  std::vector<AttemptRecord> attempts;
  std::vector<ResourceRecord> resources;
  std::vector<HoldRecord> holds;
  std::vector<HoldRecord> holds_ended;  // by type, location, sub-location and usage class
  std::vector<RetirementRecord> retirements;
  std::vector<CloudId> retirements_ended;
  std::vector<Event> events;
};

/// What the journal has of one credential. Of operations: every create (its RefID is watched) and whatever is not over.
struct JournalRecords {
  std::vector<OperationRecord> operations;  // the oldest first
  std::vector<AttemptRecord> attempts;      // of those, by operation and number
  std::vector<ResourceRecord> resources;    // that are not removed
  std::vector<HoldRecord> holds;
  std::vector<RetirementRecord> retirements;
};

}  // namespace tally
