#include "providers/lambda/account.hpp"

#include <set>
#include <utility>

#include "cloud/limits.hpp"
#include "net/url.hpp"
#include "providers/lambda/dialect.hpp"

namespace tally {

const Provider& lambda_provider();

namespace lambda {
namespace {

// In the cache.
constexpr std::string_view regions_answered = "regions_answered";  // GET /regions has, once
constexpr std::string_view named_regions = "named_regions";

TenantId tenant_of(const Credential& credential) {
  return make_tenant_id("lambda-labs", credential.fields.at("api_key").reveal());
}

/// What GET /regions lists, the regions that it forgets, and those in which types were on offer.
Answer<Location> with_unlisted(Answer<Location> listing, const std::vector<Location>& named) {
  std::set<std::string> names;
  for (const Row<Location>& row : listing.rows) names.insert(row->name);
  for (const std::vector<Location>& more : {static_regions(), named}) {
    for (const Location& region : more) {
      if (listing.rows.size() >= limits::locations_per_account) return listing;
      if (names.insert(region.name).second) listing.rows.push_back(std::make_shared<const Location>(region));
    }
  }
  return listing;
}

std::unique_ptr<Account> open(AccountContext context) { return std::make_unique<LambdaAccount>(std::move(context)); }

}  // namespace

LambdaAccount::LambdaAccount(AccountContext context)
    : context_(std::move(context)),
      loopback_(loopback_behind(context_.credential.endpoint)),
      client_(context_, context_.credential.endpoint, dialect(),
              authorization(context_.credential.fields.at("api_key"))) {
  recall();
}

TenantId LambdaAccount::tenant_id() const { return tenant_of(context_.credential); }

void LambdaAccount::remember(const std::vector<Location>& named) {
  named_.note(named, context_.clock.now());
  context_.cache.put(std::string(named_regions), to_cache(named_.list()));
}

void LambdaAccount::recall() {
  std::optional<std::string> text = context_.cache.get(named_regions);
  if (!text) return;
  const Result<Answer<Location>> known = regions_.read(std::move(*text));
  if (!known) return;
  std::vector<Location> named;
  for (const Row<Location>& region : known->rows) named.push_back(*region);
  named_.note(named, context_.clock.now());
}

Task<Answer<Location>> LambdaAccount::locations() {
  Result<Answer<Location>> listed =
      co_await client_.ask(operations::list_regions, get("/regions"),
                           [this](std::string body, WorkLimit limit) { return regions_.read(std::move(body), limit); });
  const bool has_regions_path = context_.cache.get(regions_answered).has_value();
  if (listed) {
    if (!has_regions_path) context_.cache.put(std::string(regions_answered), "yes");
  } else if (listed.error().kind == Errc::resource_not_found && !has_regions_path) {
    // An old server has no such path, and says so in the API's own words. One that had it does not lose it.
    listed = Answer<Location>();
  } else {
    co_return listed;
  }
  co_return with_unlisted(std::move(*listed), named_.list());
}

Task<Offering> LambdaAccount::instance_types(Scope scope) {
  Result<Answer<Location>> listed = co_await locations();
  if (!listed) co_return tl::unexpected(listed.error());
  Result<TypesAnswer> answer = co_await client_.ask(
      operations::list_instance_types, get("/instance-types"),
      [&](const std::string& body, WorkLimit limit) { return types_.read(body, listed->rows, limit); });
  if (!answer) co_return tl::unexpected(answer.error());
  remember(answer->named);
  Offering offering;
  offering.types = in_location(std::move(answer->types), scope.location);
  offering.locations = with_unlisted(std::move(*listed), named_.list());
  co_return offering;
}

Task<Answer<Instance>> LambdaAccount::instances(Scope scope) {
  const OpenPorts open = co_await open_ports();
  Result<Answer<Instance>> answer =
      co_await client_.ask(operations::list_instances, get("/instances"),
                           [this, &open, now = context_.clock.wall_now()](std::string body, WorkLimit limit) {
                             return instances_.read(std::move(body), open, now, limit);
                           });
  if (!answer) co_return answer;
  co_return in_location(std::move(*answer), scope.location);
}

Task<Instance> LambdaAccount::instance(InstanceRef instance) {
  const OpenPorts open = co_await open_ports();
  co_return co_await client_.ask(operations::get_instance, get("/instances/" + encode_segment(instance.cloud_id.str())),
                                 [&, now = context_.clock.wall_now()](const std::string& body, WorkLimit limit) {
                                   return read_instance(body, open, loopback_, instance.cloud_id, now, limit);
                                 });
}

/// One list of all images of all regions: what fits is for the caller to pick.
Task<Answer<Image>> LambdaAccount::list_images(Scope scope, ImageQuery /*query*/) {
  Result<Answer<Image>> answer = co_await client_.ask(
      operations::list_images, get("/images"),
      [this](std::string body, WorkLimit limit) { return images_.read(one_page(std::move(body)), limit); });
  if (!answer) co_return answer;
  co_return in_location(std::move(*answer), scope.location);
}

}  // namespace lambda

const Provider& lambda_provider() {
  static const Provider provider{lambda::description(), &lambda::open, &lambda::tenant_of};
  return provider;
}

}  // namespace tally
