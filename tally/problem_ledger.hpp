// Collects what is wrong in one complete answer and compares it with what was wrong before, so that a problem writes
// one event when it starts, one when it ends, and nothing while it lasts. A stranger decides how much is wrong: of one
// kind at most limits::rejected_told problems are told one by one, the others as one, whose number may change in
// silence.
#pragma once

#include <map>
#include <set>
#include <string>

#include "cloud/redactor.hpp"
#include "tally/change_set.hpp"

namespace tally {

/// What an event or a problem is about.
struct Subject {
  std::string kind;  // as Event::subject_kind
  std::string id;

  static Subject of(const CredentialRef& credential) { return {"credential", credential.str()}; }
};

class ProblemLedger {
 public:
  /// `before`: what was wrong until now. `whole` is told of what concerns no single row. `redactor` cleans what is
  /// told.
  ProblemLedger(std::set<ProblemKey> before, Subject whole, Redactor redactor = {});

  /// Of several reports under one key the first counts.
  void report(ProblemKey key, std::string detail);

  /// A problem that lasts although this answer did not show it again.
  void keep(const ProblemKey& key) { lasting_.insert(key); }

  [[nodiscard]] const std::set<ProblemKey>& before() const { return before_; }

  /// Adds started and ended problems and their events to `changes`; answers the set that lasts now.
  std::set<ProblemKey> settle(ChangeSet& changes) &&;

 private:
  void start(ProblemKey key, std::string detail, ChangeSet& changes);

  std::set<ProblemKey> before_;
  Subject whole_;
  Redactor redactor_;
  std::set<ProblemKey> lasting_;                 // of those before
  std::map<ProblemKey, std::string> new_;        // those to tell
  std::map<std::string, std::size_t> new_told_;  // by kind
  std::map<std::string, std::size_t> untold_;    // by kind
};

}  // namespace tally
