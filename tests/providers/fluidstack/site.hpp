// An account at FluidStack whose servers are replies that the test puts there.
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

inline const std::string fluidstack_management = "https://api.atlas.fluidstack.io/api/v1alpha1";
inline const std::string fluidstack_east = "https://us-east-1.atlas.fluidstack.io/api/v1alpha1";
inline const std::string fluidstack_west = "https://eu-west-1.atlas.fluidstack.io/api/v1alpha1";

/// The one project of the recorded replies.
inline const std::string fluidstack_project = "123e4567-e89b-12d3-a456-426614174003";

inline CreateRequest fluidstack_order() {
  CreateRequest order;
  order.ref_id = RefId("job-7");
  order.token = "token";
  order.type = "h100-hgx-80gb.1x";
  order.location = "us-east-1";
  order.public_key = "ssh-ed25519 AAAA";
  return order;
}

class FluidstackSite {
 public:
  explicit FluidstackSite(GivenOptions options = {}, const std::string& endpoint = fluidstack_management,
                          MemoryCache remembered = {})
      : cache(std::move(remembered)) {
    reply(fluidstack_management + "/regions", "mgmt_regions.json");
    reply(fluidstack_management + "/instances", "mgmt_instances.json");
    for (const std::string name : {"us-east-1", "eu-west-1"}) {
      const std::string region = "https://" + name + ".atlas.fluidstack.io/api/v1alpha1";
      reply(region + "/projects", "projects.json");
      reply(region + "/capabilities", "capabilities.json");
      reply(region + "/instance-types", "instance-types_" + name + ".json");
      reply(region + "/capacity", "capacity_" + name + ".json");
      reply(region + "/instances", "instances_" + name + ".json");
    }
    Credential credential;
    credential.ref = CredentialRef("cred-fs-01");
    credential.fields.emplace("api_key", Secret(std::string("canary-4711")));
    credential.endpoint = endpoint;
    credential.options = std::move(options);
    const Provider& provider = *find_provider("fluidstack");
    account_ = provider.open(AccountContext{credential, http, budget_, clock_, rng_, cache, context_.get_executor(),
                                            Redactor(credential.fields, provider.description)});
  }

  Account* operator->() { return account_.get(); }

  static std::string file(const std::string& name) { return read_file("fluidstack/recorded/" + name); }
  void reply(const std::string& url, const std::string& name) { http.reply(url, 200, file(name)); }

  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(context_, std::move(task));
  }
  Result<Answer<InstanceType>> types(const std::string& region) {
    return run(account_->instance_types({region})).map([](Offering offering) { return std::move(offering.types); });
  }
  Result<Answer<Instance>> instances(const std::string& place) { return run(account_->instances({place})); }

  void pass(std::chrono::milliseconds time) { clock_.advance(time); }

  std::size_t sent_to(const std::string& url) const {
    return static_cast<std::size_t>(
        std::count_if(http.sent.begin(), http.sent.end(), [&](const auto& call) { return call.url == url; }));
  }

  FakeHttp http;
  MemoryCache cache;

 private:
  boost::asio::io_context context_;
  ManualClock clock_{context_, Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 9 / 1))};
  TenantBudget budget_{clock_, {"", 1000, 1000}};
  Rng rng_{1};
  std::unique_ptr<Account> account_;
};

template <class T, class Matches>
Row<T> find_row(const Answer<T>& answer, Matches matches) {
  const auto at =
      std::find_if(answer.rows.begin(), answer.rows.end(), [&](const Row<T>& row) { return matches(*row); });
  return at == answer.rows.end() ? nullptr : *at;
}

}  // namespace tally::fakes
