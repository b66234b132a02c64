// The last answer of a listing, when comparing it once more would change nothing: then the same rows need not be
// compared. Pure; used by one thread at a time.
#pragma once

#include <memory>

#include "syncers/diff/diff.hpp"

namespace tally {

template <class T, class Known, class Rules>
class SettledAnswer {
 public:
  /// `diff`: what comparing `seen` by these rules gave.
  void note(std::shared_ptr<const Answer<T>> seen, const Diff<KnownRows<Known>>& diff, const Rules& rules);

  /// Whether comparing these rows with what is known would change nothing. One look at each row's address.
  [[nodiscard]] bool covers(const Answer<T>& seen, const std::shared_ptr<const KnownRows<Known>>& known,
                            const Rules& rules, Timestamp now) const;

 private:
  std::shared_ptr<const Answer<T>> seen_;             // nullptr: it is not settled
  std::weak_ptr<const KnownListing<Known>> listing_;  // with which it was compared; not kept alive
  std::weak_ptr<const KnownTypes> types_;             // likewise, of an answer of instances
  Timestamp until_{};
};

using SettledTypes = SettledAnswer<InstanceType, KnownType, TypeRules>;
using SettledInstances = SettledAnswer<Instance, KnownInstance, InstanceRules>;

}  // namespace tally
