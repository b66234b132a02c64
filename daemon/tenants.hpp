// Credentials that belong to one billing account: they share one request budget, and each is told of the others.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cloud/budget.hpp"
#include "cloud/provider.hpp"
#include "tally/change_set.hpp"

namespace tally {

/// The budgets of all tenants. Lives on the loop thread.
class Budgets {
 public:
  explicit Budgets(Clock& clock) : clock_(clock) {}

  /// The tenant's budget, made at the first call. A credential whose tenant is not known has one of its own.
  Budget& of(const TenantId& tenant, const CredentialRef& credential, const ProviderDescription& provider);

 private:
  Clock& clock_;
  std::map<std::string, std::unique_ptr<TenantBudget>> budgets_;
};

struct TenantMember {
  CredentialRef credential;
  TenantId tenant;
};

/// What changes for `self` now that these credentials are in force: `same_tenant` problems that start or end, given
/// those that were stored.
ChangeSet same_tenant_changes(const TenantMember& self, const std::vector<TenantMember>& all,
                              const std::set<ProblemKey>& before, Timestamp now);

}  // namespace tally
