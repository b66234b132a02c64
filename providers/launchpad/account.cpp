#include "providers/launchpad/account.hpp"

#include <algorithm>
#include <utility>

#include "net/url.hpp"
#include "providers/launchpad/dialect.hpp"
#include "providers/launchpad/pages.hpp"
#include "providers/launchpad/paths.hpp"

namespace tally {

const Provider& launchpad_provider();

namespace launchpad {
namespace {

TenantId tenant_of(const Credential& credential) {
  return make_tenant_id("launchpad", credential.fields.at("api_token").reveal());
}

std::unique_ptr<Account> open(AccountContext context) { return std::make_unique<LaunchpadAccount>(std::move(context)); }

}  // namespace

LaunchpadAccount::LaunchpadAccount(AccountContext context)
    : context_(std::move(context)),
      settings_(settings_of(context_.credential)),
      loopback_(loopback_behind(context_.credential.endpoint)),
      mapping_(deployment_mapping(settings_.can_stop_start)),
      client_(context_, context_.credential.endpoint, dialect(),
              authorization(context_.credential.fields.at("api_token"), "Token")),
      types_(type_list(settings_.can_stop_start, context_.redactor)),
      instances_(mapping_, loopback_, context_.redactor) {}

TenantId LaunchpadAccount::tenant_id() const { return tenant_of(context_.credential); }

Capabilities LaunchpadAccount::capabilities() const {
  Abilities abilities = abilities_of<LaunchpadAccount>();
  abilities.stops_starts = settings_.can_stop_start;
  return capabilities_of(abilities, description().create);
}

Task<Answer<Location>> LaunchpadAccount::locations() {
  Result<RegionalTypes> catalog = co_await read_catalog();
  if (!catalog) co_return tl::unexpected(catalog.error());
  co_return std::move(catalog->locations);
}

Task<Offering> LaunchpadAccount::instance_types(Scope scope) {
  Result<RegionalTypes> catalog = co_await read_catalog();
  if (!catalog) co_return tl::unexpected(catalog.error());
  co_return offering_of(std::move(*catalog), scope);
}

Task<RegionalTypes> LaunchpadAccount::read_catalog() {
  const std::string path(paths::types);
  co_return co_await client_.ask_pages(
      operations::list_instance_types, first_page(path), page_after(path),
      [this](const std::vector<std::string>& pages, WorkLimit limit) { return types_.read(pages, limit); });
}

Task<Answer<Instance>> LaunchpadAccount::instances(Scope scope) {
  const std::string path(paths::deployments_there);
  Result<Answer<Instance>> answer = co_await client_.ask_pages(
      operations::list_instances, first_page(path), page_after(path),
      [this, now = context_.clock.wall_now()](const std::vector<std::string>& pages, WorkLimit limit) {
        return instances_.read(pages, now, limit);
      });
  if (!answer) co_return answer;
  co_return in_location(std::move(*answer), scope.location);
}

Task<Instance> LaunchpadAccount::instance(InstanceRef instance) {
  if (auto fault = find_fault(operations::get_instance, instance)) co_return tl::unexpected(std::move(*fault));
  co_return co_await client_.ask(operations::get_instance, get(paths::expanded(instance.cloud_id)),
                                 [&, now = context_.clock.wall_now()](const std::string& body, WorkLimit /*limit*/) {
                                   return read_deployment(body, mapping_, loopback_, instance.cloud_id, now);
                                 });
}

/// Without an ID the path is the list's.
std::optional<Error> LaunchpadAccount::find_fault(Operation operation, const InstanceRef& instance) const {
  if (!instance.cloud_id.empty()) return std::nullopt;
  return client_.refusal(operation, Errc::invalid_request, "the instance has no ID");
}

}  // namespace launchpad

const Provider& launchpad_provider() {
  static const Provider provider{launchpad::description(), &launchpad::open, &launchpad::tenant_of};
  return provider;
}

}  // namespace tally
