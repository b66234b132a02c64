#include "providers/template/account.hpp"

#include <utility>

#include "net/url.hpp"
#include "providers/template/dialect.hpp"
#include "providers/template/pages.hpp"

namespace tally {

const Provider& template_provider();

namespace template_api {
namespace {

TenantId tenant_of(const Credential& credential) {
  return make_tenant_id("template", credential.fields.at("api_key").reveal());
}

std::unique_ptr<Account> open(AccountContext context) { return std::make_unique<TemplateAccount>(std::move(context)); }

}  // namespace

TemplateAccount::TemplateAccount(AccountContext context)
    : context_(std::move(context)),
      loopback_(loopback_behind(context_.credential.endpoint)),
      client_(context_, context_.credential.endpoint, dialect(),
              authorization(context_.credential.fields.at("api_key"))),
      types_([this](const std::string& region) {
        return std::make_shared<RowList<InstanceType>>(type_form(region), context_.redactor);
      }),
      instances_([this](const std::string& /*region*/) {
        return std::make_shared<InstanceList>(instance_mapping(), loopback_, context_.redactor);
      }) {}

TenantId TemplateAccount::tenant_id() const { return tenant_of(context_.credential); }

Task<Answer<Location>> TemplateAccount::locations() {
  co_return co_await client_.ask_pages(
      operations::list_regions, first_page("/regions"), page_after("/regions"),
      [this](const std::vector<std::string>& pages, WorkLimit limit) { return regions_.read(pages, limit); });
}

Task<Offering> TemplateAccount::instance_types(Scope scope) {
  const Result<std::string> region = path_of(operations::list_instance_types, scope);
  if (!region) co_return tl::unexpected(region.error());
  const std::string path = *region + "/types";
  // Named, for GCC 12 destroys twice what a lambda within a co_await expression has captured.
  const auto read = [types = types_.of(scope.location)](const std::vector<std::string>& pages, WorkLimit limit) {
    return types->read(pages, limit);
  };
  Result<Answer<InstanceType>> answer =
      co_await client_.ask_pages(operations::list_instance_types, first_page(path), page_after(path), read);
  if (!answer) co_return tl::unexpected(answer.error());
  Offering offering;
  offering.types = std::move(*answer);
  co_return offering;
}

Task<Answer<Instance>> TemplateAccount::instances(Scope scope) {
  const Result<std::string> region = path_of(operations::list_instances, scope);
  if (!region) co_return tl::unexpected(region.error());
  const std::string path = *region + "/instances";
  const auto read = [instances = instances_.of(scope.location), now = context_.clock.wall_now()](
                        const std::vector<std::string>& pages, WorkLimit limit) {
    return instances->read(pages, now, limit);
  };
  co_return co_await client_.ask_pages(operations::list_instances, first_page(path), page_after(path), read);
}

Task<Instance> TemplateAccount::instance(InstanceRef instance) {
  const Result<std::string> path = path_of(operations::get_instance, instance);
  if (!path) co_return tl::unexpected(path.error());
  co_return co_await client_.ask(operations::get_instance, get(*path),
                                 [&, now = context_.clock.wall_now()](const std::string& body, WorkLimit /*limit*/) {
                                   return read_instance(body, loopback_, instance.cloud_id, now);
                                 });
}

/// The vendor has few images, the same in every region, and knows no owners of them.
Task<Answer<Image>> TemplateAccount::list_images(Scope /*scope*/, ImageQuery /*query*/) {
  co_return co_await client_.ask_pages(
      operations::list_images, first_page("/images"), page_after("/images"),
      [this](const std::vector<std::string>& pages, WorkLimit limit) { return images_.read(pages, limit); });
}

/// Of the whole account, wherever it is asked for.
Task<Answer<Quota>> TemplateAccount::list_quotas(Scope /*scope*/) {
  co_return co_await client_.ask_pages(
      operations::list_quotas, first_page("/quotas"), page_after("/quotas"),
      [this](const std::vector<std::string>& pages, WorkLimit limit) { return quotas_.read(pages, limit); });
}

Result<std::string> TemplateAccount::path_of(Operation operation, const Scope& scope) const {
  if (!scope.location.empty()) return "/regions/" + encode_segment(scope.location);
  return tl::unexpected(client_.refusal(operation, Errc::invalid_request, "it is asked region by region: in which?"));
}

Result<std::string> TemplateAccount::path_of(Operation operation, const InstanceRef& instance) const {
  Result<std::string> region = path_of(operation, Scope{instance.location});
  if (!region) return region;
  return *region + "/instances/" + encode_segment(instance.cloud_id.str());
}

}  // namespace template_api

const Provider& template_provider() {
  static const Provider provider{template_api::description(), &template_api::open, &template_api::tenant_of};
  return provider;
}

}  // namespace tally
