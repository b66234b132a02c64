#include "providers/shadeform/account.hpp"

#include <utility>

#include "net/url.hpp"
#include "providers/shadeform/dialect.hpp"

namespace tally {

const Provider& shadeform_provider();

namespace shadeform {
namespace {

TenantId tenant_of(const Credential& credential) {
  return make_tenant_id("shadeform", credential.fields.at("api_key").reveal());
}

std::unique_ptr<Authorizer> authorizer_of(const Credential& credential) {
  return std::make_unique<HeaderAuthorizer>(Header{"X-API-KEY", credential.fields.at("api_key")});
}

std::unique_ptr<Account> open(AccountContext context) { return std::make_unique<ShadeformAccount>(std::move(context)); }

}  // namespace

ShadeformAccount::ShadeformAccount(AccountContext context)
    : context_(std::move(context)),
      loopback_(loopback_behind(context_.credential.endpoint)),
      client_(context_, context_.credential.endpoint, dialect(), authorizer_of(context_.credential)) {}

TenantId ShadeformAccount::tenant_id() const { return tenant_of(context_.credential); }

Task<Answer<Location>> ShadeformAccount::locations() {
  Result<TypesAnswer> answer = co_await read_types();
  if (!answer) co_return tl::unexpected(answer.error());
  co_return std::move(answer->locations);
}

Task<Offering> ShadeformAccount::instance_types(Scope scope) {
  Result<TypesAnswer> answer = co_await read_types();
  if (!answer) co_return tl::unexpected(answer.error());
  Offering offering;
  offering.types = in_location(std::move(answer->types), scope.location);
  offering.locations = std::move(answer->locations);
  co_return offering;
}

Task<Answer<Instance>> ShadeformAccount::instances(Scope scope) {
  Result<Answer<Instance>> answer =
      co_await client_.ask(operations::list_instances, get("/instances"),
                           [this, now = context_.clock.wall_now()](std::string body, WorkLimit limit) {
                             return instances_.read(std::move(body), now, limit);
                           });
  if (!answer) co_return answer;
  co_return in_location(std::move(*answer), scope.location);
}

Task<Instance> ShadeformAccount::instance(InstanceRef instance) {
  co_return co_await client_.ask(operations::get_instance,
                                 get("/instances/" + encode_segment(instance.cloud_id.str()) + "/info"),
                                 [&, now = context_.clock.wall_now()](std::string body, WorkLimit /*limit*/) {
                                   return read_instance(std::move(body), loopback_, instance.cloud_id, now);
                                 });
}

Task<TypesAnswer> ShadeformAccount::read_types() {
  return client_.ask(operations::list_instance_types, get("/instances/types"),
                     [this](const std::string& body, WorkLimit limit) { return types_.read(body, limit); });
}

}  // namespace shadeform

const Provider& shadeform_provider() {
  static const Provider provider{shadeform::description(), &shadeform::open, &shadeform::tenant_of};
  return provider;
}

}  // namespace tally
