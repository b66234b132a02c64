#include "syncers/settled_answer.hpp"

#include <utility>

namespace tally {

void SettledAnswer::note(std::shared_ptr<const Answer<Instance>> seen, const InstanceDiff& diff,
                         const InstanceRules& rules) {
  seen_.reset();
  if (!diff.settled_until || !rules.types) return;
  seen_ = std::move(seen);
  known_ = diff.next;
  types_ = rules.types;
  until_ = *diff.settled_until;
}

bool SettledAnswer::covers(const Answer<Instance>& seen, const std::shared_ptr<const KnownInstances>& known,
                           const InstanceRules& rules, Timestamp now) const {
  return seen_ && now <= until_ && known_.lock() == known && rules.types && types_.lock() == rules.types &&
         seen.rejected.empty() && seen.odd.empty() && seen.rows == seen_->rows;
}

}  // namespace tally
