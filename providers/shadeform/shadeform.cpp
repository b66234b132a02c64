// Shadeform API v1 (https://api.shadeform.ai/v1), a broker of many clouds: the account and its description.
#include <boost/asio/use_awaitable.hpp>

#include "net/url.hpp"
#include "providers/provider.hpp"
#include "providers/rest/vendor_error.hpp"
#include "providers/shadeform/errors.hpp"
#include "providers/shadeform/mapping.hpp"
#include "runtime/run_on.hpp"

namespace tally {

const Provider& shadeform_provider();

namespace shadeform {
namespace {

TenantId tenant_of(const Credential& credential) {
  return make_tenant_id("shadeform", credential.fields.at("api_key").reveal());
}

class ShadeformAccount final : public Account {
 public:
  explicit ShadeformAccount(AccountContext context)
      : context_(std::move(context)),
        redactor_(context_.credential.fields, shadeform_provider().description),
        loopback_(loopback_behind(context_.credential.endpoint)) {}

  [[nodiscard]] TenantId tenant_id() const override { return tenant_of(context_.credential); }

  /// There is no list of regions: they are those of the types. The answer serves the instance_types() that follows, so
  /// that a pass asks once.
  Task<Answer<Location>> locations() override {
    types_.reset();
    Result<TypesAnswer> answer = co_await read_types();
    if (!answer) co_return tl::unexpected(answer.error());
    types_ = std::move(answer->types);
    types_at_ = context_.clock.now();
    co_return std::move(answer->locations);
  }

  Task<Answer<InstanceType>> instance_types(Scope scope) override {
    std::optional<Answer<InstanceType>> types = std::exchange(types_, std::nullopt);
    if (!types || context_.clock.now() - types_at_ > one_pass) {
      Result<TypesAnswer> answer = co_await read_types();
      if (!answer) co_return tl::unexpected(answer.error());
      types = std::move(answer->types);
    }
    co_return in_location(std::move(*types), scope.location);
  }

  Task<Answer<Instance>> instances(Scope scope) override {
    Result<Response> answer = co_await get(Operation::list_instances, "/instances");
    if (!answer) co_return tl::unexpected(answer.error());
    Result<Answer<Instance>> instances = co_await run_on(context_.workers, [&, now = context_.clock.wall_now()] {
      return instance_list_.read(std::move(answer->body), now);
    });
    if (!instances) co_return failed(Operation::list_instances, instances.error());
    co_return in_location(std::move(*instances), scope.location);
  }

  Task<Instance> instance(CloudId id) override {
    Result<Response> answer = co_await get(Operation::get_instance, "/instances/" + encode_segment(id.str()) + "/info");
    if (!answer) co_return tl::unexpected(answer.error());
    Result<Instance> instance = co_await run_on(context_.workers, [&, now = context_.clock.wall_now()] {
      return read_instance(std::move(answer->body), loopback_, id, now);
    });
    if (!instance) co_return failed(Operation::get_instance, instance.error());
    co_return instance;
  }

 private:
  static constexpr std::chrono::seconds one_pass{5};

  Task<TypesAnswer> read_types() {
    Result<Response> answer = co_await get(Operation::list_instance_types, "/instances/types");
    if (!answer) co_return tl::unexpected(answer.error());
    Result<TypesAnswer> types =
        co_await run_on(context_.workers, [&] { return type_list_.read(std::move(answer->body)); });
    if (!types) co_return failed(Operation::list_instance_types, types.error());
    co_return types;
  }

  Task<Response> get(Operation operation, std::string path) {
    Request request;
    request.url = context_.credential.endpoint + path;
    request.headers.push_back({"X-API-KEY", context_.credential.fields.at("api_key")});
    Result<Response> answer = co_await context_.http.send(std::move(request));
    if (!answer) co_return failed(operation, answer.error());
    if (answer->status == 200) co_return answer;
    Error refusal = co_await run_on(context_.workers, [&] { return error_from(operation, *answer, redactor_); });
    co_return tl::unexpected(std::move(refusal));
  }

  static tl::unexpected<Error> failed(Operation operation, Error error) {
    return tl::unexpected(in_operation(std::move(error), "shadeform", to_string(operation)));
  }

  AccountContext context_;
  Redactor redactor_;
  LoopbackIs loopback_;
  std::optional<Answer<InstanceType>> types_;  // from locations(), for the instance_types() that follows
  TimePoint types_at_;
  TypeList type_list_{redactor_};
  InstanceList instance_list_{instance_mapping(), loopback_, redactor_};
};

std::unique_ptr<Account> open(AccountContext context) { return std::make_unique<ShadeformAccount>(std::move(context)); }

ProviderDescription description() {
  ProviderDescription shadeform;
  shadeform.name = "shadeform";
  shadeform.provider_id = "shadeform";
  shadeform.api_type = ApiType::global;
  shadeform.default_endpoint = "https://api.shadeform.ai/v1";
  shadeform.ssh_user = "shadeform";
  shadeform.credential_fields = {{"api_key"}};
  shadeform.capabilities = capabilities_of<ShadeformAccount>();
  return shadeform;
}

}  // namespace
}  // namespace shadeform

const Provider& shadeform_provider() {
  static const Provider provider{shadeform::description(), &shadeform::open, &shadeform::tenant_of};
  return provider;
}

}  // namespace tally
