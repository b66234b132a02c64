// Collects what is wrong in one complete answer and compares it with what was wrong before, so that a problem writes
// one event when it starts, one when it ends, and nothing while it lasts.
#pragma once

#include <map>
#include <set>
#include <string>

#include "cloud/changes.hpp"

namespace tally {

class ProblemLedger {
 public:
  /// Of several reports under one key the first counts.
  void report(ProblemKey key, std::string detail);

  /// A problem that lasts although this answer did not show it again.
  void keep(const ProblemKey& key);

  /// Adds started and ended problems and their events to `changes`; answers the set that lasts now.
  std::set<ProblemKey> settle(const std::set<ProblemKey>& before, ChangeSet& changes) &&;

 private:
  std::map<ProblemKey, std::string> now_;
  std::set<ProblemKey> kept_;
};

}  // namespace tally
