#include "daemon/tenants.hpp"

#include "tally/problem_ledger.hpp"

namespace tally {

Budget& Budgets::of(const TenantId& tenant, const CredentialRef& credential, const ProviderDescription& provider) {
  const std::string key = tenant.empty() ? "credential " + credential.str() : "tenant " + tenant.str();
  std::unique_ptr<TenantBudget>& budget = budgets_[key];
  if (!budget) {
    const RequestRate common{"", provider.requests_per_second, provider.request_burst};
    budget = std::make_unique<TenantBudget>(clock_, common, provider.request_rates);
  }
  return *budget;
}

ChangeSet same_tenant_changes(const TenantMember& self, const std::vector<TenantMember>& all,
                              const std::set<ProblemKey>& before, Timestamp now) {
  std::set<ProblemKey> known;
  for (const ProblemKey& key : before) {
    if (key.kind == "same_tenant") known.insert(key);
  }
  ProblemLedger problems(std::move(known), Subject::of(self.credential));
  for (const TenantMember& other : all) {
    if (self.tenant.empty() || other.tenant != self.tenant || other.credential == self.credential) continue;
    problems.report({"same_tenant", "credential", self.credential.str(), other.credential.str()},
                    "both credentials open the same account: they share one request budget, costs count once");
  }
  ChangeSet changes;
  changes.at = now;
  std::move(problems).settle(changes);
  return changes;
}

}  // namespace tally
