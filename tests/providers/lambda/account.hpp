// A Lambda account on a fake HTTP client that serves recorded replies, and a way to run its calls.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "providers/registry.hpp"
#include "tests/fakes/fake_http.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::fakes {

class LambdaAccount {
  static boost::asio::io_context& own_context() {
    static boost::asio::io_context context;
    return context;
  }

  boost::asio::io_context& context_;

 public:
  LambdaAccount() : LambdaAccount(own_context()) {}

  /// As after a restart, with what was remembered before it.
  explicit LambdaAccount(MemoryCache remembered) : LambdaAccount(own_context(), std::move(remembered)) {}

  /// Decodes on the given context, which somebody else runs.
  explicit LambdaAccount(boost::asio::io_context& context, MemoryCache remembered = {})
      : context_(context), cache(std::move(remembered)) {
    Credential credential;
    credential.ref = CredentialRef("cred-ll-01");
    credential.fields.emplace("api_key", Secret("canary-key"));
    credential.endpoint = "https://lambda.test/api/v1";
    account_ = find_provider("lambda")->open(
        AccountContext{credential, http, budget_, clock, rng_, cache, context_.get_executor(),
                       Redactor(credential.fields, find_provider("lambda")->description)});
    http.reply("/regions", 200, recorded("regions.json"));
    http.reply("/instance-types", 200, recorded("instance-types.json"));
    http.reply("/instances", 200, recorded("instances.json"));
    http.reply("/firewall-rulesets/global", 200, recorded("firewall-ruleset_global.json"));
    http.reply("/images", 200, recorded("images.json"));
  }

  static std::string recorded(const std::string& name) { return read_file("lambda/recorded/" + name); }
  Account* operator->() { return account_.get(); }

  /// What is on offer everywhere, without the locations.
  Result<Answer<InstanceType>> types() {
    return run(account_->instance_types({})).map([](Offering offering) { return std::move(offering.types); });
  }

  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(context_, std::move(task));
  }

  FakeHttp http;
  MemoryCache cache;
  ManualClock clock{context_, Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 9 / 1))};

 private:
  TenantBudget budget_{clock, {"", 1000, 1000}};
  Rng rng_{1};
  std::unique_ptr<Account> account_;
};

}  // namespace tally::fakes
