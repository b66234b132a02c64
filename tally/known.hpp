// What is known of an account: rows as they were last read, and the listings that vouch for them. Values only; shared
// between threads because nothing in it changes once built.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "cloud/answer.hpp"
#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "runtime/clock.hpp"
#include "tally/listing.hpp"

namespace tally {

struct KnownType {
  Row<InstanceType> row;
  ListingKey listing;
  bool is_listed = true;
  bool is_confirmed = true;  // the listing's last success contained this row
  Timestamp first_seen_at{};
  Timestamp changed_at{};
  Timestamp seen_at{};  // last accepted reading; while confirmed, the listing's last success is the newer truth

  // Not stored.
  int absences = 0;     // consecutive complete answers without it that the breaker held back
  TimePoint told_at{};  // when what last changed it began: an answer that began before says nothing of it
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

  // Not stored: when what last changed it began, or was told (tally/account_queue.hpp): an answer that began before
  // says nothing of it.
  TimePoint told_at{};

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

}  // namespace tally
