#include "providers/shadeform/account.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "net/url.hpp"
#include "providers/rest/vendor_error.hpp"
#include "providers/shadeform/description.hpp"
#include "runtime/run_on.hpp"

namespace tally {

const Provider& shadeform_provider();

namespace shadeform {
namespace {

TenantId tenant_of(const Credential& credential) {
  return make_tenant_id("shadeform", credential.fields.at("api_key").reveal());
}

std::unique_ptr<Account> open(AccountContext context) { return std::make_unique<ShadeformAccount>(std::move(context)); }

}  // namespace

ShadeformAccount::ShadeformAccount(AccountContext context)
    : context_(std::move(context)),
      redactor_(context_.redactor),
      loopback_(loopback_behind(context_.credential.endpoint)) {}

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
  Result<Response> answer = co_await get(Operation::list_instances, "/instances");
  if (!answer) co_return tl::unexpected(answer.error());
  Result<Answer<Instance>> instances = co_await run_on(context_.workers, [&, now = context_.clock.wall_now()] {
    return instance_list_.read(std::move(answer->body), now);
  });
  if (!instances) co_return failed(Operation::list_instances, instances.error());
  co_return in_location(std::move(*instances), scope.location);
}

Task<Instance> ShadeformAccount::instance(InstanceRef instance) {
  Result<Response> answer =
      co_await get(Operation::get_instance, "/instances/" + encode_segment(instance.cloud_id.str()) + "/info");
  if (!answer) co_return tl::unexpected(answer.error());
  Result<Instance> read = co_await run_on(context_.workers, [&, now = context_.clock.wall_now()] {
    return read_instance(std::move(answer->body), loopback_, instance.cloud_id, now);
  });
  if (!read) co_return failed(Operation::get_instance, read.error());
  co_return read;
}

Task<TypesAnswer> ShadeformAccount::read_types() {
  Result<Response> answer = co_await get(Operation::list_instance_types, "/instances/types");
  if (!answer) co_return tl::unexpected(answer.error());
  Result<TypesAnswer> types =
      co_await run_on(context_.workers, [&] { return type_list_.read(std::move(answer->body)); });
  if (!types) co_return failed(Operation::list_instance_types, types.error());
  co_return types;
}

Task<Response> ShadeformAccount::get(Operation operation, std::string path) {
  Request request;
  request.url = context_.credential.endpoint + path;
  request.headers.push_back({"X-API-KEY", context_.credential.fields.at("api_key")});
  Result<Response> answer = co_await context_.http.send(std::move(request));
  if (!answer) co_return failed(operation, answer.error());
  if (answer->status == 200) co_return answer;
  Error refusal = co_await run_on(context_.workers, [&] { return error_from(operation, *answer, redactor_); });
  co_return tl::unexpected(std::move(refusal));
}

tl::unexpected<Error> ShadeformAccount::failed(Operation operation, Error error) {
  return tl::unexpected(in_operation(std::move(error), "shadeform", to_string(operation)));
}

}  // namespace shadeform

const Provider& shadeform_provider() {
  static const Provider provider{shadeform::description(), &shadeform::open, &shadeform::tenant_of};
  return provider;
}

}  // namespace tally
