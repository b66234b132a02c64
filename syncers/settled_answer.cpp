#include "syncers/settled_answer.hpp"

#include <utility>

namespace tally {
namespace {

/// The types by which an answer is judged, beside its own listing.
std::shared_ptr<const KnownTypes> types_of(const InstanceRules& rules) { return rules.types; }
std::shared_ptr<const KnownTypes> types_of(const TypeRules&) { return nullptr; }

}  // namespace

template <class T, class Known, class Rules>
void SettledAnswer<T, Known, Rules>::note(std::shared_ptr<const Answer<T>> seen, const Diff<KnownRows<Known>>& diff,
                                          const Rules& rules) {
  seen_.reset();
  if (!diff.settled_until) return;
  seen_ = std::move(seen);
  listing_ = diff.next->share(rules.listing);
  types_ = types_of(rules);
  until_ = *diff.settled_until;
}

template <class T, class Known, class Rules>
bool SettledAnswer<T, Known, Rules>::covers(const Answer<T>& seen, const std::shared_ptr<const KnownRows<Known>>& known,
                                            const Rules& rules, Timestamp now) const {
  return seen_ && now <= until_ && listing_.lock() == known->share(rules.listing) && types_.lock() == types_of(rules) &&
         seen.rejected.empty() && seen.odd.empty() && seen.rows == seen_->rows;
}

template class SettledAnswer<InstanceType, KnownType, TypeRules>;
template class SettledAnswer<Instance, KnownInstance, InstanceRules>;

}  // namespace tally
