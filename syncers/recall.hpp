// Memory forgets what is long gone, and retention takes it out of the catalog: when it returns, the two may disagree.
// Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/catalog.hpp"
#include "tally/change_set.hpp"

namespace tally {

/// IDs that a change set adds, or lists again: of these the catalog is to be asked before they are written.
std::vector<std::string> returning_ids(const ChangeSet& changes);

/// What is known, with what the catalog has of these IDs and without what it has not; nullptr when that is the same.
std::shared_ptr<const KnownTypes> reconciled(const std::shared_ptr<const KnownTypes>& known,
                                             const std::vector<std::string>& ids, const Recalled& catalog);
std::shared_ptr<const KnownInstances> reconciled(const std::shared_ptr<const KnownInstances>& known,
                                                 const std::vector<std::string>& ids, const Recalled& catalog);

}  // namespace tally
