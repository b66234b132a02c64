// An account at a mock server that judges each request by the vendor's own description: .ci/judge-requests, which says
// where it is.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "providers/registry.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/net/client_world.hpp"

namespace tally::fakes {

/// The mock server of a vendor; nothing, with a warning: nobody has started one.
inline std::optional<std::string> judge_of(const std::string& variable) {
  const char* endpoint = std::getenv(variable.c_str());
  if (endpoint != nullptr) return endpoint;
  WARN(variable << " is not set: nothing is judged");
  return std::nullopt;
}

class JudgedAccount {
 public:
  /// With any key in that field of the credential.
  JudgedAccount(const std::string& provider, const std::string& endpoint, const std::string& key_field,
                GivenOptions options = {}) {
    Credential credential;
    credential.ref = CredentialRef("prod");
    credential.fields.emplace(key_field, Secret(std::string("any")));
    credential.endpoint = endpoint;
    credential.options = std::move(options);
    const Provider& vendor = *find_provider(provider);
    account_ =
        vendor.open(AccountContext{credential, *world_.client, world_.budget, world_.clock, world_.rng, cache_,
                                   world_.context.get_executor(), Redactor(credential.fields, vendor.description)});
  }
  Account* operator->() { return account_.get(); }

  template <class T>
  auto run(T task) {
    return run_task(world_.context, std::move(task));
  }
  /// A call that the judge and the vendor's example let through.
  template <class T>
  void check(T task) {
    const auto outcome = run(std::move(task));
    if (!outcome) FAIL_CHECK(to_text(outcome.error()));
  }

 private:
  World world_;
  MemoryCache cache_;
  std::unique_ptr<Account> account_;
};

}  // namespace tally::fakes
