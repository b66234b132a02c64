// Lambda Cloud API v1 (https://cloud.lambda.ai/api/v1): the account and its description.
#include <algorithm>
#include <boost/asio/use_awaitable.hpp>

#include "cloud/async.hpp"
#include "net/url.hpp"
#include "providers/lambda/errors.hpp"
#include "providers/lambda/mapping.hpp"
#include "providers/lambda/regions.hpp"
#include "providers/provider.hpp"
#include "providers/vendor_error.hpp"

namespace tally {
namespace lambda {
namespace {

TenantId tenant_of(const Credential& credential) {
  return make_tenant_id("lambda-labs", credential.fields.at("api_key").reveal());
}

void add_missing(std::vector<Location>& regions, const std::vector<Location>& more) {
  for (const Location& region : more) {
    const auto is_same = [&region](const Location& known) { return known.name == region.name; };
    if (std::none_of(regions.begin(), regions.end(), is_same)) regions.push_back(region);
  }
}

class LambdaAccount final : public Account {
 public:
  explicit LambdaAccount(AccountContext context) : context_(std::move(context)) {}

  [[nodiscard]] TenantId tenant_id() const override { return tenant_of(context_.credential); }

  /// What GET /regions says, the regions that it forgets, and those in which types were on offer.
  Task<Listing<Location>> locations() override {
    Listing<Location> listing;
    Result<Response> answer = co_await get(Operation::list_regions, "/regions");
    if (answer) {
      Result<Listing<Location>> read = read_regions(std::move(answer->body));
      if (!read) co_return complete(Operation::list_regions, read.error());
      listing = std::move(*read);
    } else if (answer.error().status != 404) {  // an old server has no such path
      co_return tl::unexpected(answer.error());
    }
    std::vector<Location> regions;
    for (const Row<Location>& row : listing.items) regions.push_back(*row);
    add_missing(regions, static_regions());
    add_missing(regions, found_regions_);
    for (std::size_t i = listing.items.size(); i < regions.size(); ++i) {
      listing.items.push_back(std::make_shared<const Location>(regions[i]));
    }
    regions_ = std::move(regions);
    co_return listing;
  }

  /// Uses up the regions that locations() has just answered, so that a pass asks for them once.
  Task<Listing<InstanceType>> instance_types(Scope scope) override {
    if (!regions_) {
      const auto asked = co_await locations();
      if (!asked) co_return tl::unexpected(asked.error());
    }
    const std::vector<Location> regions = std::exchange(regions_, std::nullopt).value_or(std::vector<Location>());
    Result<Response> answer = co_await get(Operation::list_instance_types, "/instance-types");
    if (!answer) co_return tl::unexpected(answer.error());
    std::vector<Location> found;
    Result<Listing<InstanceType>> types =
        co_await run_on(context_.workers, [&] { return types_.read(std::move(answer->body), regions, found); });
    if (!types) co_return complete(Operation::list_instance_types, types.error());
    add_missing(found_regions_, found);
    co_return in_location(std::move(*types), scope.location);
  }

  Task<Listing<Instance>> instances(Scope scope) override {
    Result<Response> answer = co_await get(Operation::list_instances, "/instances");
    if (!answer) co_return tl::unexpected(answer.error());
    Result<Listing<Instance>> instances =
        co_await run_on(context_.workers, [&] { return instances_.read(std::move(answer->body)); });
    if (!instances) co_return complete(Operation::list_instances, instances.error());
    co_return in_location(std::move(*instances), scope.location);
  }

  Task<Instance> instance(CloudId id) override {
    Result<Response> answer = co_await get(Operation::get_instance, "/instances/" + encode_segment(id.str()));
    if (!answer) co_return tl::unexpected(answer.error());
    Result<Instance> instance = read_instance(std::move(answer->body), id);
    if (!instance) co_return complete(Operation::get_instance, instance.error());
    co_return instance;
  }

 private:
  Task<Response> get(Operation operation, std::string path) {
    Request request;
    request.url = context_.credential.endpoint + path;
    request.headers.push_back(
        {"Authorization", Secret("Bearer " + std::string(context_.credential.fields.at("api_key").reveal()))});
    Result<Response> answer = co_await context_.http.send(std::move(request));
    if (!answer) co_return complete(operation, answer.error());
    if (answer->status != 200 || is_ban(*answer)) co_return tl::unexpected(error_from(operation, *answer));
    co_return answer;
  }

  /// An error from below, with what was being done.
  static tl::unexpected<Error> complete(Operation operation, Error error) {
    return tl::unexpected(in_operation(std::move(error), "lambda-labs", to_string(operation)));
  }

  AccountContext context_;
  std::optional<std::vector<Location>> regions_;  // from locations(), for the instance_types() that follows
  std::vector<Location> found_regions_;           // with capacity once, whatever GET /regions says
  TypeReader types_;
  InstanceList instances_ = instance_list();
};

std::unique_ptr<Account> open(AccountContext context) { return std::make_unique<LambdaAccount>(std::move(context)); }

ProviderDescription description() {
  ProviderDescription lambda;
  lambda.name = "lambda";
  lambda.provider_id = "lambda-labs";
  lambda.aliases = {"lambdalabs"};
  lambda.api_type = ApiType::global;
  lambda.default_endpoint = "https://cloud.lambda.ai/api/v1";
  lambda.instance_type_interval = std::chrono::minutes(5);
  lambda.requests_per_second = 1;  // per account, documented
  lambda.request_burst = 5;
  lambda.creates_per_minute = 5;  // one launch in 12 s, documented
  lambda.ssh_user = "ubuntu";
  lambda.credential_fields = {{"api_key"}};
  lambda.capabilities = capabilities_of<LambdaAccount>();
  return lambda;
}

}  // namespace
}  // namespace lambda

const Provider& lambda_provider() {
  static const Provider provider{lambda::description(), &lambda::open, &lambda::tenant_of};
  return provider;
}

}  // namespace tally
