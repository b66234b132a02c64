// Who is missing in a complete answer, and of whom that means something. Pure.
#pragma once

#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "syncers/diff/breaker.hpp"
#include "syncers/diff/diff.hpp"

namespace tally {

/// The answer's rows by ID, and which IDs it could not say anything certain about. Views into the answer.
class Sightings {
 public:
  explicit Sightings(const Answer<Instance>& seen);

  /// First row of each ID, in the vendor's order.
  [[nodiscard]] const std::vector<const Row<Instance>*>& rows() const { return rows_; }
  [[nodiscard]] bool is_duplicate(std::string_view id) const { return duplicates_.contains(id); }
  [[nodiscard]] bool has_anonymous() const { return has_anonymous_; }

  /// The ID occurs, but not as one row that can be believed.
  [[nodiscard]] bool is_uncertain(std::string_view id) const {
    return duplicates_.contains(id) || (unreadable_.contains(id) && !first_row_.contains(id));
  }
  [[nodiscard]] bool is_absent(std::string_view id) const {
    return !first_row_.contains(id) && !unreadable_.contains(id);
  }

 private:
  std::unordered_map<std::string_view, const Row<Instance>*> first_row_;
  std::vector<const Row<Instance>*> rows_;
  std::unordered_set<std::string_view> duplicates_;
  std::unordered_set<std::string_view> unreadable_;
  bool has_anonymous_ = false;
};

/// Whether an instance began so lately that no listing need have it yet: by its creation time where the vendor states
/// one that can be, else by when it was first seen.
bool is_young(const KnownInstance& known, const InstanceRules& rules, Timestamp now);

/// How many complete answers in a row lack it, this one included, as the breaker counts: asking by ID may have shown
/// that it is there.
int counted_absences(const KnownInstance& known, const Sightings& seen);

/// Live rows of the listing that the answer lacks, and of which it can tell, those that are missing for longest first.
/// Counts all live rows of the listing in `breaker`.
std::vector<const KnownInstance*> find_absences(const KnownListing<KnownInstance>& known, const Sightings& seen,
                                                const ListingRules& rules, Breaker& breaker);

}  // namespace tally
