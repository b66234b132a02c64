// What a create whose outcome nobody told comes to, from the journal and from what complete listings show. Pure.
#pragma once

#include <vector>

#include "cloud/ids.hpp"
#include "store/journal_records.hpp"
#include "tally/known.hpp"

namespace tally::lifecycle {

/// A live machine with the RefID, made by this credential, that no create has been answered with.
struct Sighting {
  CloudId id;
  bool agrees = false;  // in type and location, as far as they are known, with what was asked for
  bool is_old = false;  // it was there before the create, for all that is known: it is never ended
};

enum class Verdict {
  wait,     // for a later listing
  adopt,    // the one that was seen
  end_all,  // that were seen and are not old: not what was asked for, more than one, or half made
  absent,   // no machine came of it
};

/// `last` is the attempt whose outcome is not known. `is_listed`: a complete listing that began after it is known;
/// `is_concluded`: one that began so long after it that a machine would have appeared.
Verdict judge(AttemptOutcome last, const std::vector<Sighting>& seen, bool is_listed, bool is_concluded);

/// What may be its outcome. `answered`: the machines of creates of this credential. `first_begun`: when the first
/// create of the RefID that the journal has began. A machine that was there before (the catalog may be an older one
/// that was restored) is somebody's. It may be adopted, as one that was known before the call is, when there is no
/// other and it agrees; else it is left out.
std::vector<Sighting> sightings_of(const OperationRecord& create, const KnownInstances& instances,
                                   const std::vector<CloudId>& answered, Timestamp first_begun);

/// A machine that carries a RefID whose creates are all over, at least one of them without a machine, and that no
/// create has been answered with: made late by a call that was given up. It is ended; not one that was there before
/// the first of those creates.
std::vector<CloudId> strays_of(const std::vector<OperationRecord>& creates, const KnownInstances& instances,
                               const CredentialRef& credential);

}  // namespace tally::lifecycle
