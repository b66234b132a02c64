// An account at Launchpad whose servers are replies that the test puts there.
#pragma once

#include <memory>
#include <string>

#include "providers/registry.hpp"
#include "tests/fakes/fake_http.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::fakes {

namespace launchpad_urls {
inline const std::string types = "/v1/catalog/instance-types/?delivery=fast&page_size=100&page=";
inline const std::string expand = "?expand=cluster.nodes.location.provider,cluster.nodes.gpu";
inline const std::string deployments = "/v1/catalog/deployments/";
inline const std::string list = deployments + expand + "&state_not=destroyed&page_size=500&page=";
inline std::string by_request_id(const std::string& id) {
  return deployments + expand + "&request_id=" + id + "&page=1";
}
}  // namespace launchpad_urls

class LaunchpadSite {
 public:
  explicit LaunchpadSite(GivenOptions more = {}) {
    for (const char* page : {"1", "2"}) {
      reply(launchpad_urls::types + page, std::string("instance_types_page") + page + ".json");
      reply(launchpad_urls::list + page, std::string("deployments_page") + page + ".json");
    }
    Credential credential;
    credential.ref = CredentialRef("cred-lp-1");
    credential.fields.emplace("api_token", Secret(std::string("canary-4711")));
    credential.endpoint = "https://launchpad.api.nvidia.com";
    credential.options = std::move(more);
    credential.options.try_emplace("org_name", std::string("tally"));
    credential.options.try_emplace("requester_name", std::string("tally"));
    credential.options.try_emplace("requester_email", std::string("ops@example.com"));
    credential.options.try_emplace("experience_ids", OptionTable<std::string>{{"default", "e-default"}});
    const Provider& provider = *find_provider("launchpad");
    account_ = provider.open(AccountContext{credential, http, budget_, clock_, rng_, cache_, context_.get_executor(),
                                            Redactor(credential.fields, provider.description)});
  }

  Account* operator->() { return account_.get(); }

  static std::string file(const std::string& name) { return read_file("launchpad/recorded/" + name); }
  void reply(const std::string& url, const std::string& name) { http.reply(url, 200, file(name)); }
  /// All types on one page.
  void sell(const std::string& rows) {
    http.reply(launchpad_urls::types + "1", 200, R"({"count":1,"next":null,"previous":null,"results":[)" + rows + "]}");
  }
  /// All deployments on one page.
  void rent(const std::string& rows) {
    http.reply(launchpad_urls::list + "1", 200, R"({"count":1,"next":null,"previous":null,"results":[)" + rows + "]}");
  }

  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(context_, std::move(task));
  }
  Result<Answer<InstanceType>> types() {
    return run(account_->instance_types({})).map([](Offering offering) { return std::move(offering.types); });
  }

  FakeHttp http;

 private:
  boost::asio::io_context context_;
  ManualClock clock_{context_, Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 9 / 1))};
  TenantBudget budget_{clock_, {"", 1000, 1000}};
  Rng rng_{1};
  MemoryCache cache_;
  std::unique_ptr<Account> account_;
};

/// A row of the catalog.
inline std::string launchpad_row(const std::string& family, const std::string& model, int memory_gb,
                                 const std::string& capacity, const std::string& more = "") {
  return R"({"cloud":"oci","cpu":16,"gpu":{"count":1,"family":")" + family + R"(","model":")" + model +
         R"(","interconnection_type":"SXM","manufacturer":"NVIDIA","memory_gb":)" + std::to_string(memory_gb) +
         R"(},"memory_gb":120,"capacity":)" + capacity + more + "}";
}

}  // namespace tally::fakes
