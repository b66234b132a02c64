// The sessions of all credentials in force, made to be exactly those of a configuration: new ones open, changed ones
// open anew, the others stop. Loop thread.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "daemon/session.hpp"
#include "daemon/tenants.hpp"
#include "net/tls.hpp"
#include "runtime/tasks.hpp"

namespace tally {

class Sessions {
 public:
  explicit Sessions(SessionContext context) : context_(std::move(context)), budgets_(context_.clock) {}

  /// One call at a time. Sessions are opened, and started if start() was called before; one that is left out stays,
  /// read-only, while operations need it. Throws what opening one or the catalog throws (StoreError); what was in force
  /// goes on as it was then.
  boost::asio::awaitable<void> apply(std::vector<CredentialConfig> credentials);

  void start();
  boost::asio::awaitable<void> stop();

  /// nullptr when no such credential is in force.
  [[nodiscard]] std::shared_ptr<Session> find(const CredentialRef& ref) const;
  [[nodiscard]] std::vector<std::shared_ptr<Session>> all() const;

 private:
  using Members = std::vector<TenantMember>;

  void keep_those_with_operations(std::vector<CredentialConfig>& credentials) const;

  /// Of one credential; either may be null.
  struct Change {
    std::shared_ptr<Session> leaving;
    std::shared_ptr<Session> coming;
  };

  boost::asio::awaitable<void> make(Change change, CredentialRef ref, Members members, Timestamp now);
  boost::asio::awaitable<std::shared_ptr<Session>> open(CredentialConfig config, TenantId tenant,
                                                        std::shared_ptr<Session> before);

  SessionContext context_;
  Budgets budgets_;
  TlsContexts tls_;
  std::map<CredentialRef, std::shared_ptr<Session>> sessions_;
  bool is_started_ = false;
};

}  // namespace tally
