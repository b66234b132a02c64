// Who wants to hear of an account's instances beside the catalog. Loop thread.
#pragma once

#include <vector>

#include "runtime/clock.hpp"
#include "tally/known.hpp"

namespace tally {

class InstanceObserver {
 public:
  virtual ~InstanceObserver() = default;

  /// A complete answer of this listing is committed. `changed` are the rows that it changed, as they are known now; it
  /// was begun at `began`, and vouches for all others of the listing. Must be quick, whatever the number of rows.
  virtual void see_instances(const CredentialRef& credential, const ListingKey& listing, TimePoint began,
                             std::vector<KnownInstance> changed) = 0;
};

}  // namespace tally
