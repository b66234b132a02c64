// The deciding code: what we knew, what we saw and the rules give what to write and what is known then. Pure: no
// sockets, no database, and no clock but the one that bounds the work. An error means that the answer as a whole is not
// believed (no row of it can be read, it is too large, comparing it takes too long): a failed poll. An answer touches
// the rows of its own listing alone: an ID that another one owns is a problem. Source of the rules:
// docs/architecture.md, "Sync rules".
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "tally/account_queue.hpp"
#include "tally/change_set.hpp"

namespace tally {

/// What all diffs of a listing go by.
struct ListingRules {
  CredentialRef credential;
  ListingKey listing;
  TimePoint began{};             // of the attempt that gave the answer: what was changed since says more than it
  Timestamp previous_success{};  // of this listing: until when rows that this answer lacks were vouched for; or never
  Redactor redactor;             // for whatever is new or changed

  /// Whether no answer of this listing came before: what it shows was there already.
  [[nodiscard]] bool is_first() const { return previous_success == Timestamp{}; }

  /// Whether the answer says something of a row that was last changed by what began at `told_at`.
  [[nodiscard]] bool can_tell(TimePoint told_at) const { return told_at <= began; }
};

// ---- locations -----------------------------------------------------------------------------------------------

/// A location gone from two complete answers is unlisted (and so are its types, by unlist_location).
Result<Diff<KnownLocations>> diff_locations(const std::shared_ptr<const KnownLocations>& known,
                                            const Answer<Location>& seen, const ListingRules& rules, Timestamp now);

// ---- instance types ------------------------------------------------------------------------------------------

struct TypeRules : ListingRules {
  bool sells_for_free = false;
};

/// One complete answer of one listing. New types are added, changed fields updated, absent types unlisted (never
/// deleted), returning ones relisted; rows that break a rule keep their old values and are stale.
Result<Diff<KnownTypes>> diff_types(const std::shared_ptr<const KnownTypes>& known, const Answer<InstanceType>& seen,
                                    const TypeRules& rules, Timestamp now, WorkLimit limit = WorkLimit());

/// Listings among these that have something to unlist or to end: listed types, problems. Looks at no row.
std::vector<ListingKey> listings_in_use(const KnownTypes& known, const std::vector<ListingKey>& listings);

/// Unlists every type of a listing whose location is gone for good, and ends the listing's problems.
Diff<KnownTypes> unlist_location(const std::shared_ptr<const KnownTypes>& known, const ListingRules& rules,
                                 Timestamp now);

/// The operator's designated IDs that are not listed, as problems of the listing with location "".
Diff<KnownTypes> check_stable_ids(const std::shared_ptr<const KnownTypes>& known, const CredentialRef& credential,
                                  const std::vector<InstanceTypeId>& stable_ids, Timestamp now);

// ---- instances -----------------------------------------------------------------------------------------------

struct InstanceRules : ListingRules {
  std::shared_ptr<const KnownTypes> types;  // nullptr while types have never been listed: nothing is checked then
  std::chrono::milliseconds grace{0};       // absence of a younger instance means nothing
  bool sells_for_free = false;
  TimePoint at{};  // the steady clock at `now`
};

/// What asking for an absent instance by its ID gave: the row, or the error.
using Witnesses = std::map<CloudId, Result<Row<Instance>>>;

/// Live instances that this complete answer lacks, neither young nor held back by the breaker, those that are missing
/// for longest first, at most `limit`: ask for these.
std::vector<CloudId> absences_to_ask(const KnownInstances& known, const Answer<Instance>& seen,
                                     const InstanceRules& rules, Timestamp now, std::size_t limit);

/// One complete answer of one listing, with what the witnesses said. Death needs two witnesses: an absence and "not
/// found" by ID; two absences where nobody could be asked; half an hour of absences where asking failed.
Result<Diff<KnownInstances>> diff_instances(const std::shared_ptr<const KnownInstances>& known,
                                            const Answer<Instance>& seen, const Witnesses& witnesses,
                                            const InstanceRules& rules, Timestamp now, WorkLimit limit = WorkLimit());

/// What a call about one instance has answered, beside the listings.
Result<Diff<KnownInstances>> diff_instance_news(const std::shared_ptr<const KnownInstances>& known,
                                                const InstanceNews& news, const InstanceRules& rules, Timestamp now);

}  // namespace tally
