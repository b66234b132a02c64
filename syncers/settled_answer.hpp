// The last answer of a listing, when comparing it once more would change nothing: then the same rows need not be
// compared. Pure; used by one thread at a time.
#pragma once

#include <memory>

#include "syncers/diff/diff.hpp"

namespace tally {

class SettledAnswer {
 public:
  /// `diff`: what comparing `seen` by these rules gave.
  void note(std::shared_ptr<const Answer<Instance>> seen, const InstanceDiff& diff, const InstanceRules& rules);

  /// Whether comparing these rows with what is known would change nothing. One look at each row's address.
  [[nodiscard]] bool covers(const Answer<Instance>& seen, const std::shared_ptr<const KnownInstances>& known,
                            const InstanceRules& rules, Timestamp now) const;

 private:
  std::shared_ptr<const Answer<Instance>> seen_;  // nullptr: it is not settled
  std::weak_ptr<const KnownInstances> known_;     // with which it was compared; not kept alive
  std::weak_ptr<const KnownTypes> types_;
  Timestamp until_{};
};

}  // namespace tally
