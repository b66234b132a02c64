// An account at a simulated cloud of the imaginary vendor, asked over real HTTP.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "providers/registry.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/net/client_world.hpp"
#include "tests/simcloud/cloud_site.hpp"

namespace tally::fakes {

inline const std::string east = "us-east-1";
inline const std::string west = "us-west-1";

class TemplateSite {
 public:
  explicit TemplateSite(const std::string& key = simcloud::Options().api_key) {
    Credential credential;
    credential.ref = CredentialRef("cred-1");
    credential.fields.emplace("api_key", Secret(key));
    credential.endpoint = cloud.endpoint();
    const Provider& provider = *find_provider("template");
    const Redactor redactor(credential.fields, provider.description);
    account = provider.open(AccountContext{credential, *net.client, net.budget, net.clock, net.rng, cache_,
                                           net.context.get_executor(), redactor});
    cloud.stock("gpu_1x_a10", east);
    cloud.stock("gpu_1x_l40s", east);
  }

  static CreateRequest order() {
    CreateRequest order;
    order.ref_id = RefId("job-7");
    order.token = "token-1";
    order.name = "train";
    order.type = "gpu_1x_a10";
    order.location = east;
    order.public_key = "ssh-ed25519 AAAA";
    return order;
  }

  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(net.context, std::move(task));
  }
  Result<Created> create(const CreateRequest& order) { return run(account->creates()->create(order)); }

  /// One that runs.
  InstanceRef machine() {
    const Result<Created> created = create(order());
    cloud.step(3);
    return {created.value().instance.cloud_id, east};
  }
  Instance show(const InstanceRef& instance) { return run(account->instance(instance)).value(); }

  /// The next request of that operation is done, and its answer lost; so are as many as `count`.
  void lose_answers(const std::string& operation, int count = 1) {
    cloud.control("fault", {{"kind", "reset"}, {"operation", operation}, {"done", true}, {"count", count}});
  }

  /// How often the vendor was asked for the operation.
  std::int64_t asked(const char* operation) {
    const boost::json::value counts = cloud.operations();
    const boost::json::value* count = counts.as_object().if_contains(operation);
    return count == nullptr ? 0 : count->as_int64();
  }

  CloudSite cloud{"template"};
  World net;
  std::unique_ptr<Account> account;

 private:
  MemoryCache cache_;
};

}  // namespace tally::fakes
