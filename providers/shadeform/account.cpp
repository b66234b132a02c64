#include "providers/shadeform/account.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "net/url.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/shadeform/dialect.hpp"
#include "providers/shadeform/sale.hpp"
#include "providers/shadeform/tags.hpp"

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

std::string path_of(const CloudId& id) { return "/instances/" + encode_segment(id.str()); }

}  // namespace

ShadeformAccount::ShadeformAccount(AccountContext context)
    : context_(std::move(context)),
      loopback_(loopback_behind(context_.credential.endpoint)),
      client_(context_, context_.credential.endpoint, dialect(), authorizer_of(context_.credential)) {}

TenantId ShadeformAccount::tenant_id() const { return tenant_of(context_.credential); }

Task<Answer<Location>> ShadeformAccount::locations() {
  Result<RegionalTypes> answer = co_await read_types();
  if (!answer) co_return tl::unexpected(answer.error());
  co_return std::move(answer->locations);
}

Task<Offering> ShadeformAccount::instance_types(Scope scope) {
  Result<RegionalTypes> answer = co_await read_types();
  if (!answer) co_return tl::unexpected(answer.error());
  co_return offering_of(std::move(*answer), scope);
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
  co_return co_await client_.ask(operations::get_instance, get(path_of(instance.cloud_id) + "/info"),
                                 [&, now = context_.clock.wall_now()](const std::string& body, WorkLimit /*limit*/) {
                                   return read_instance(body, loopback_, instance.cloud_id, now);
                                 });
}

/// Without an ID the path is another one, of which "not found" says nothing.
std::optional<Error> ShadeformAccount::find_fault(Operation operation, const InstanceRef& instance) const {
  if (!instance.cloud_id.empty()) return std::nullopt;
  return client_.refusal(operation, Errc::invalid_request, "the instance has no ID");
}

Task<> ShadeformAccount::terminate(InstanceRef instance) {
  if (auto fault = find_fault(operations::terminate_instance, instance)) co_return tl::unexpected(std::move(*fault));
  const Result<> done = co_await client_.perform(
      operations::terminate_instance, change(Method::post, path_of(instance.cloud_id) + "/delete", Repeat::idempotent));
  if (done) co_return done;
  if (done.error().kind == Errc::instance_not_found) co_return Result<>();
  if (done.error().kind != Errc::conflict) co_return done;
  // One that is ending may be refused to end.
  const Result<Instance> left = co_await this->instance(instance);
  const bool is_ending =
      left ? left->status == LifecycleStatus::terminating || left->status == LifecycleStatus::terminated
           : left.error().kind == Errc::instance_not_found;
  co_return is_ending ? Result<>() : done;
}

Task<> ShadeformAccount::reboot(InstanceRef instance) {
  if (auto fault = find_fault(operations::reboot_instance, instance)) co_return tl::unexpected(std::move(*fault));
  co_return co_await client_.perform(operations::reboot_instance,
                                     change(Method::post, path_of(instance.cloud_id) + "/restart", Repeat::never));
}

Task<> ShadeformAccount::update_tags(InstanceRef instance, TagChanges changes) {
  if (auto fault = find_fault(operations::update_tags, instance)) co_return tl::unexpected(std::move(*fault));
  if (const auto bad = find_bad_tag(changes, why_no_tag)) {
    co_return tl::unexpected(client_.refusal(operations::update_tags, bad->kind, bad->message));
  }
  Result<std::vector<std::string>> texts = co_await client_.ask(
      operations::update_tags, get(path_of(instance.cloud_id) + "/info"),
      [&](const std::string& body, WorkLimit /*limit*/) { return read_tag_texts(body, instance.cloud_id); });
  if (!texts) co_return tl::unexpected(texts.error());
  boost::json::array tags;
  for (const std::string& text : changed_tags(std::move(*texts), changes)) tags.emplace_back(text);
  std::string body = boost::json::serialize(boost::json::object{{"tags", std::move(tags)}});
  co_return co_await client_.perform(
      operations::update_tags,
      change(Method::post, path_of(instance.cloud_id) + "/update", Repeat::idempotent, std::move(body)));
}

Task<> ShadeformAccount::set_end(InstanceRef instance, std::optional<Timestamp> retire_at) {
  if (auto fault = find_fault(operations::set_end, instance)) co_return tl::unexpected(std::move(*fault));
  std::string body = boost::json::serialize(boost::json::object{{"auto_delete", auto_delete_at(retire_at)}});
  co_return co_await client_.perform(operations::set_end, change(Method::post, path_of(instance.cloud_id) + "/update",
                                                                 Repeat::idempotent, std::move(body)));
}

Task<Answer<Image>> ShadeformAccount::list_images(Scope /*scope*/, ImageQuery /*query*/) {
  co_return co_await client_.ask(
      operations::list_images, get("/instances/types"),
      [this](const std::string& body, WorkLimit limit) { return read_images(body, context_.redactor, limit); });
}

Task<RegionalTypes> ShadeformAccount::read_types() {
  return client_.ask(operations::list_instance_types, get("/instances/types"),
                     [this](const std::string& body, WorkLimit limit) { return types_.read({&body, 1}, limit); });
}

}  // namespace shadeform

const Provider& shadeform_provider() {
  static const Provider provider{shadeform::description(), &shadeform::open, &shadeform::tenant_of};
  return provider;
}

}  // namespace tally
