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
};

enum class Verdict {
  wait,     // for a later listing
  adopt,    // the one that was seen
  end_all,  // that were seen: they are not what was asked for, more than one, or half made
  absent,   // no machine came of it
};

/// `last` is the attempt whose outcome is not known. `is_listed`: a complete listing that began after it is known;
/// `is_concluded`: one that began so long after it that a machine would have appeared.
Verdict judge(AttemptOutcome last, const std::vector<Sighting>& seen, bool is_listed, bool is_concluded);

/// `answered`: the machines of creates of this credential.
std::vector<Sighting> sightings_of(const OperationRecord& create, const KnownInstances& instances,
                                   const std::vector<CloudId>& answered);

/// A machine that carries a RefID whose creates are all over, at least one of them without a machine, and that no
/// create has been answered with: made late by a call that was given up. It is ended.
std::vector<CloudId> strays_of(const std::vector<OperationRecord>& creates, const KnownInstances& instances,
                               const CredentialRef& credential);

}  // namespace tally::lifecycle
