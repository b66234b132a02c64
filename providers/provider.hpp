// A provider: its description, and how to open an account of it. The registry (registry.hpp) lists them all.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>

#include "cloud/account.hpp"
#include "cloud/budget.hpp"
#include "cloud/cache.hpp"
#include "cloud/credential.hpp"
#include "cloud/limits.hpp"
#include "cloud/provider.hpp"
#include "cloud/redactor.hpp"
#include "net/http.hpp"
#include "runtime/clock.hpp"
#include "runtime/rng.hpp"

namespace tally {

/// What an account works with. References outlive the account.
struct AccountContext {
  Credential credential;
  HttpClient& http;  // draws from the tenant's budget
  Budget& budget;    // what is not asked over HTTP draws from it, too
  Clock& clock;
  Rng& rng;
  Cache& cache;
  boost::asio::any_io_executor workers;  // decoding of large answers runs here (run_on)
  Redactor
      redactor;  // the credential's, which all share who show what the vendor says: told of tokens that are fetched
  std::chrono::steady_clock::duration longest_work = limits::account_work;  // reading one answer
};

struct Provider {
  const ProviderDescription& description;
  /// Makes the account; no network. The credential has every required field.
  std::unique_ptr<Account> (*open)(AccountContext context) = nullptr;
  /// The billing tenant behind a credential, known before an account is opened (tenants share a budget).
  TenantId (*tenant_of)(const Credential& credential) = nullptr;
  bool asks_over_http = true;  // all that it asks: AccountContext::http hears of each call that changes something
};

}  // namespace tally
