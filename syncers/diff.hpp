// The deciding code: what we knew, what we saw and the rules give what to write and what is known then. Pure: no
// sockets, no clock, no database. Source of the rules: docs/architecture.md, "Sync rules".
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "cloud/changes.hpp"
#include "cloud/result.hpp"

namespace tally {

// ---- locations -----------------------------------------------------------------------------------------------

/// A location gone from two complete answers is unlisted (and so are its types, by the next diff of types).
Diff<KnownLocations> diff_locations(const std::shared_ptr<const KnownLocations>& known, const Listing<Location>& seen,
                                    const ListingKey& listing, Timestamp previous_success, Timestamp now);

// ---- instance types ------------------------------------------------------------------------------------------

struct TypeRules {
  CredentialRef credential;
  ListingKey listing;
  bool sells_for_free = false;
  Timestamp previous_success{};  // of this listing: until when rows that this answer lacks were vouched for
};

/// One complete answer of one listing. New types are added, changed fields updated, absent types unlisted (never
/// deleted), returning ones relisted; rows that break a rule keep their old values and are stale.
Diff<KnownTypes> diff_types(const std::shared_ptr<const KnownTypes>& known, const Listing<InstanceType>& seen,
                            const TypeRules& rules, Timestamp now);

/// Unlists every type of a listing whose location is gone for good.
Diff<KnownTypes> unlist_location(const std::shared_ptr<const KnownTypes>& known, const ListingKey& listing,
                                 Timestamp previous_success, Timestamp now);

/// The operator's designated IDs that are not listed, as problems of the listing with location "".
Diff<KnownTypes> check_stable_ids(const std::shared_ptr<const KnownTypes>& known,
                                  const std::vector<InstanceTypeId>& stable_ids, Timestamp now);

// ---- instances -----------------------------------------------------------------------------------------------

struct InstanceRules {
  ListingKey listing;
  std::shared_ptr<const KnownTypes> types;  // nullptr while types have never been listed: nothing is checked then
  std::chrono::milliseconds grace{0};       // absence of a younger instance means nothing
  Timestamp previous_success{};
};

/// What asking for an absent instance by its ID gave: the row, or the error.
using Witnesses = std::map<CloudId, Result<Row<Instance>>>;

/// Live instances that this complete answer lacks for the first time, oldest first, at most `limit`: ask for these.
std::vector<CloudId> first_absences(const KnownInstances& known, const Listing<Instance>& seen,
                                    const InstanceRules& rules, Timestamp now, std::size_t limit);

/// One complete answer of one listing, with what the witnesses said. Death needs two witnesses: an absence and
/// "not found" by ID, or two absences.
Diff<KnownInstances> diff_instances(const std::shared_ptr<const KnownInstances>& known, const Listing<Instance>& seen,
                                    const Witnesses& witnesses, const InstanceRules& rules, Timestamp now);

}  // namespace tally
