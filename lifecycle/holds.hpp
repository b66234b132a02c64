// Types that a create could not have for want of resources: held at once, until a listing that began later states
// capacity for them, or for a while. Kept in the journal, so that a restart forgets none. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cloud/instance_type.hpp"
#include "store/journal_records.hpp"
#include "tally/known.hpp"
#include "tally/listing.hpp"

namespace tally::lifecycle {

class Holds {
 public:
  Holds() = default;
  explicit Holds(std::vector<HoldRecord> holds) : holds_(std::move(holds)) {}

  /// Takes the place of the one of the same type, place and class.
  void set(const HoldRecord& hold);
  void remove(const HoldRecord& hold);

  /// The hold of such a row at that time; nullptr when there is none. A hold without a sub-location holds them all.
  [[nodiscard]] const HoldRecord* find(const InstanceType& row, UsageClass usage, Timestamp now) const;

  /// Those that are over: by time, or because a complete listing that began after the hold states capacity.
  [[nodiscard]] std::vector<HoldRecord> over(const KnownTypes& types,
                                             const std::map<ListingKey, ListingState>& listings, Timestamp now) const;

  [[nodiscard]] const std::vector<HoldRecord>& all() const { return holds_; }

 private:
  std::vector<HoldRecord> holds_;  // few
};

/// "h100 in east, spot"
std::string to_text(const HoldRecord& hold);

}  // namespace tally::lifecycle
