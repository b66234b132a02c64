#include "providers/lambda/account.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <utility>

#include "cloud/limits.hpp"
#include "net/url.hpp"
#include "providers/lambda/description.hpp"
#include "providers/rest/vendor_error.hpp"
#include "runtime/run_on.hpp"

namespace tally {

const Provider& lambda_provider();

namespace lambda {
namespace {

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
      redactor_(context_.redactor),
      loopback_(loopback_behind(context_.credential.endpoint)) {}

TenantId LambdaAccount::tenant_id() const { return tenant_of(context_.credential); }

Task<Answer<Location>> LambdaAccount::locations() {
  Result<Response> answer = co_await get(Operation::list_regions, "/regions");
  // An old server has no such path, and says so in the API's own words. One that had it does not lose it.
  const bool is_old_server = !answer && answer.error().kind == Errc::resource_not_found && !has_regions_path_;
  if (!answer && !is_old_server) co_return tl::unexpected(answer.error());
  Result<Answer<Location>> read = co_await run_on(context_.workers, [&]() -> Result<Answer<Location>> {
    return answer ? read_regions(answer->body, redactor_) : Answer<Location>();
  });
  if (!read) co_return complete(Operation::list_regions, read.error());
  has_regions_path_ = has_regions_path_ || answer;
  co_return with_unlisted(std::move(*read), named_.list());
}

Task<Offering> LambdaAccount::instance_types(Scope scope) {
  Result<Answer<Location>> listed = co_await locations();
  if (!listed) co_return tl::unexpected(listed.error());
  std::vector<Location> regions;
  for (const Row<Location>& row : listed->rows) regions.push_back(*row);
  Result<Response> answer = co_await get(Operation::list_instance_types, "/instance-types");
  if (!answer) co_return tl::unexpected(answer.error());
  Result<TypesAnswer> read =
      co_await run_on(context_.workers, [&] { return types_.read(std::move(answer->body), regions); });
  if (!read) co_return complete(Operation::list_instance_types, read.error());
  named_.note(read->named, context_.clock.now());
  Offering offering;
  offering.types = in_location(std::move(read->types), scope.location);
  offering.locations = with_unlisted(std::move(*listed), named_.list());
  co_return offering;
}

Task<Answer<Instance>> LambdaAccount::instances(Scope scope) {
  Result<Response> answer = co_await get(Operation::list_instances, "/instances");
  if (!answer) co_return tl::unexpected(answer.error());
  Result<Answer<Instance>> instances = co_await run_on(
      context_.workers, [&, now = context_.clock.wall_now()] { return instances_.read(std::move(answer->body), now); });
  if (!instances) co_return complete(Operation::list_instances, instances.error());
  co_return in_location(std::move(*instances), scope.location);
}

Task<Instance> LambdaAccount::instance(InstanceRef instance) {
  Result<Response> answer =
      co_await get(Operation::get_instance, "/instances/" + encode_segment(instance.cloud_id.str()));
  if (!answer) co_return tl::unexpected(answer.error());
  Result<Instance> read = co_await run_on(context_.workers, [&, now = context_.clock.wall_now()] {
    return read_instance(std::move(answer->body), loopback_, instance.cloud_id, now);
  });
  if (!read) co_return complete(Operation::get_instance, read.error());
  co_return read;
}

Task<Response> LambdaAccount::get(Operation operation, std::string path) {
  Request request;
  request.url = context_.credential.endpoint + path;
  request.headers.push_back(
      {"Authorization", Secret("Bearer " + std::string(context_.credential.fields.at("api_key").reveal()))});
  Result<Response> answer = co_await context_.http.send(std::move(request));
  if (!answer) co_return complete(operation, answer.error());
  if (answer->status == 200 && !is_ban(*answer)) co_return answer;
  Error refusal = co_await run_on(context_.workers, [&] { return error_from(operation, *answer, redactor_); });
  co_return tl::unexpected(std::move(refusal));
}

tl::unexpected<Error> LambdaAccount::complete(Operation operation, Error error) {
  return tl::unexpected(in_operation(std::move(error), "lambda-labs", to_string(operation)));
}

}  // namespace lambda

const Provider& lambda_provider() {
  static const Provider provider{lambda::description(), &lambda::open, &lambda::tenant_of};
  return provider;
}

}  // namespace tally
