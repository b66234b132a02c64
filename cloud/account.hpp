// One credential at one provider: the interface that every provider implements. Calls run on the loop thread; an
// answer is complete or an error, never a part (stale beats wrong), and no provider filters or applies rules of
// ours. Optional abilities are further interfaces: capabilities.hpp.
#pragma once

#include <string>

#include "cloud/answer.hpp"
#include "cloud/capabilities.hpp"
#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "cloud/result.hpp"

namespace tally {

/// Where to look: everywhere (what a global API is asked), or in one location.
struct Scope {
  std::string location;  // "" means everywhere
};

class Account {
 public:
  virtual ~Account() = default;

  /// The billing account behind the credential. Two credentials of one tenant share budget and costs. Empty when
  /// the vendor gives nothing that identifies it.
  [[nodiscard]] virtual TenantId tenant_id() const = 0;

  /// All regions, unavailable ones included.
  virtual Task<Answer<Location>> locations() = 0;

  /// All types in scope, those that cannot be launched now included.
  virtual Task<Answer<InstanceType>> instance_types(Scope scope) = 0;

  /// All instances in scope, whoever made them.
  virtual Task<Answer<Instance>> instances(Scope scope) = 0;

  /// One instance. Errc::instance_not_found: the vendor says that it does not exist (any more).
  virtual Task<Instance> instance(CloudId id) = 0;
};

}  // namespace tally
