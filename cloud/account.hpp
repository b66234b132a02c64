// One credential at one provider: the interface that every provider implements. Calls run on the loop thread; an
// answer is complete or an error, never a part (stale beats wrong), and no provider filters or applies rules of
// ours. No call depends on the one before it. What some accounts can do besides: abilities.hpp.
#pragma once

#include <optional>

#include "cloud/abilities.hpp"
#include "cloud/answer.hpp"
#include "cloud/capabilities.hpp"
#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_ref.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "cloud/result.hpp"
#include "cloud/scope.hpp"

namespace tally {

/// The types in a scope and, of a global API, the regions that they are in: one pass asks the vendor once, whether the
/// vendor has a list of regions (Lambda), or names them only with its types (Shadeform).
struct Offering {
  Answer<InstanceType> types;
  std::optional<Answer<Location>> locations;  // all regions, unavailable ones included; set exactly by a global API
};

class Account {
 public:
  virtual ~Account() = default;

  /// The billing account behind the credential. Two credentials of one tenant share budget and costs. Empty when
  /// the vendor gives nothing that identifies it.
  [[nodiscard]] virtual TenantId tenant_id() const = 0;

  /// What this account can do: the provider's list, less what the vendor says that this key may not.
  [[nodiscard]] virtual Capabilities capabilities() const = 0;

  /// All regions, unavailable ones included. A locational API is asked for these first, then for the types of each; of
  /// a global one instance_types() has them, too.
  virtual Task<Answer<Location>> locations() = 0;

  /// All types in scope, those that cannot be launched now included.
  virtual Task<Offering> instance_types(Scope scope) = 0;

  /// All instances in scope, whoever made them.
  virtual Task<Answer<Instance>> instances(Scope scope) = 0;

  /// One instance. Errc::instance_not_found: the vendor says that it does not exist there (any more). A locational API
  /// that is not told where, or told a place that it does not know, answers invalid_request without a call.
  virtual Task<Instance> instance(InstanceRef instance) = 0;

  // The abilities; nullptr when it has not got one. A class that inherits an ability has it; one that stands in front
  // of another account answers itself where that has one.
  [[nodiscard]] virtual Creates* creates() { return dynamic_cast<Creates*>(this); }
  [[nodiscard]] virtual Terminates* terminates() { return dynamic_cast<Terminates*>(this); }
  [[nodiscard]] virtual StopsStarts* stops_starts() { return dynamic_cast<StopsStarts*>(this); }
  [[nodiscard]] virtual Reboots* reboots() { return dynamic_cast<Reboots*>(this); }
  [[nodiscard]] virtual ResizesVolumes* resizes_volumes() { return dynamic_cast<ResizesVolumes*>(this); }
  [[nodiscard]] virtual UpdatesTags* updates_tags() { return dynamic_cast<UpdatesTags*>(this); }
  [[nodiscard]] virtual ChangesType* changes_type() { return dynamic_cast<ChangesType*>(this); }
  [[nodiscard]] virtual ModifiesFirewall* modifies_firewall() { return dynamic_cast<ModifiesFirewall*>(this); }
  [[nodiscard]] virtual SetsEnd* sets_end() { return dynamic_cast<SetsEnd*>(this); }
  [[nodiscard]] virtual ListsImages* lists_images() { return dynamic_cast<ListsImages*>(this); }
  [[nodiscard]] virtual Quotas* quotas() { return dynamic_cast<Quotas*>(this); }
};

/// What the account's accessors answer: equals abilities_of its class, unless it stands in front of another.
Abilities abilities_of(Account& account);

}  // namespace tally
