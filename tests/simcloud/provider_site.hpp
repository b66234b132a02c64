// A provider's real account at the simulated cloud that speaks its API, over real HTTP.
#pragma once

#include <algorithm>
#include <boost/json/array.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "providers/registry.hpp"
#include "simcloud/face.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/net/client_world.hpp"
#include "tests/simcloud/cloud_site.hpp"

namespace tally::fakes {

class ProviderSite {
 public:
  explicit ProviderSite(const std::string& name) : cloud(many_machines(name)), provider(*find_provider(name)) {
    Credential credential =
        simcloud::credential_at(*simcloud::find_face(name), cloud.endpoint(), simcloud::Options().api_key);
    credential.ref = CredentialRef("cred-1");
    if (credential.endpoint.empty()) credential.endpoint = provider.description.default_endpoint;
    const Redactor redactor(credential.fields, provider.description);
    account = provider.open(AccountContext{credential, *client_, budget_, net.clock, net.rng, cache_,
                                           net.context.get_executor(), redactor});
    cloud.stock("gpu_1x_h100_sxm5", place);
  }

  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(net.context, std::move(task));
  }
  Result<Answer<InstanceType>> types() {
    return run(account->instance_types(scope())).map([](Offering offering) { return std::move(offering.types); });
  }
  Result<Answer<Instance>> instances() { return run(account->instances(scope())); }

  /// For one H100 at `place`, under the name that the vendor has for it.
  CreateRequest order(const std::string& ref = "ref-1") {
    CreateRequest order;
    order.ref_id = RefId(ref);
    order.token = "0123456789abcdef-" + ref;
    order.name = "train";
    order.public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZWQtZm9yLXRhbGx5LXNhbXBsZXMtb25seS0wMDAx";
    const auto listed = types();
    if (!listed) throw std::runtime_error(to_text(listed.error()));
    for (const Row<InstanceType>& type : listed->rows) {
      const bool is_h100 = !type->gpus.empty() && type->gpus.front().name == "H100" && type->gpus.front().count == 1;
      if (!is_h100 || type->is_available != true) continue;
      order.type = type->type;
      order.location = type->location;
      return order;
    }
    throw std::runtime_error("no H100 is to be had");
  }
  Result<Created> create(const CreateRequest& order) { return run(account->creates()->create(order)); }
  Result<> terminate(const Instance& machine) {
    return run(account->terminates()->terminate({machine.cloud_id, machine.location}));
  }
  /// As the list has it.
  std::optional<Instance> find(const std::string& ref) {
    const auto listed = instances();
    if (!listed) throw std::runtime_error(to_text(listed.error()));
    for (const Row<Instance>& row : listed->rows) {
      if (row->ref_id == RefId(ref)) return *row;
    }
    return std::nullopt;
  }

  std::size_t left(const char* what) { return cloud.truth().at(what).as_array().size(); }
  void fault(boost::json::object fault) { cloud.control("fault", fault); }

  static inline const std::string place = "us-east-1";
  CloudSite cloud;
  const Provider& provider;
  World net;

 private:
  /// The pools that the provider draws from, none of which is ever empty.
  static std::vector<RequestRate> unlimited(const Provider& provider) {
    std::vector<RequestRate> rates = provider.description.request_rates;
    for (RequestRate& rate : rates) rate.per_second = rate.burst = 1000;
    return rates;
  }

  TenantBudget budget_{net.clock, {"", 1000, 1000}, unlimited(provider)};
  std::unique_ptr<HttpClient> client_ =
      make_http_client({net.tls.get(""), budget_, net.clock, net.rng, net.context.get_executor(), net.bodies});
  MemoryCache cache_;

 public:
  std::unique_ptr<Account> account;

 private:
  static simcloud::Options many_machines(const std::string& name) {
    simcloud::Options options;
    options.provider = name;
    options.world.instances = 60;
    return options;
  }
  /// Where types and instances are listed region by region it is that of `place`.
  [[nodiscard]] Scope scope() const {
    return provider.description.api_type == ApiType::locational ? Scope{place} : Scope{};
  }
};

}  // namespace tally::fakes
