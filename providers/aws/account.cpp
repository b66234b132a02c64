#include "providers/aws/account.hpp"

#include <algorithm>
#include <utility>

#include "providers/aws/tenant.hpp"
#include "providers/rest/instance_list.hpp"
#include "runtime/ascii.hpp"

namespace tally {

const Provider& aws_provider();

namespace aws {
namespace {

constexpr Operation get_account{"get account"};
constexpr const char* account_key = "account";  // in the cache
constexpr std::chrono::hours account_again_after{1};

std::string key_id_of(const Credential& credential) {
  return std::string(credential.fields.at("access_key_id").reveal());
}

TenantId tenant_of(const Credential& credential) {
  const std::string id = key_id_of(credential);
  return make_tenant_id("aws", account_in_key_id(id).value_or(id));
}

AccessKey key_of(const Credential& credential) {
  AccessKey key{key_id_of(credential), credential.fields.at("secret_access_key"), Secret()};
  const auto token = credential.fields.find("session_token");
  if (token != credential.fields.end()) key.session_token = token->second;
  return key;
}

EndpointOverride endpoints_of(const Credential& credential) {
  EndpointOverride given;
  if (credential.endpoint != description().default_endpoint) given.all = credential.endpoint;
  given.pricing = option<std::string>(credential, description(), pricing_endpoint_option);
  return given;
}

/// An account may be forbidden to use the partition's first region: where regions are given, one of them is asked.
std::string home_region(const Credential& credential) {
  const auto& regions = option<std::vector<std::string>>(credential, description(), regions_option);
  if (!regions.empty() && is_region(regions.front())) return regions.front();
  const std::string_view home = home_of(option<std::string>(credential, description(), partition_option));
  return std::string(home.empty() ? home_of("aws") : home);
}

std::unique_ptr<Account> open(AccountContext context) { return std::make_unique<AwsAccount>(std::move(context)); }

}  // namespace

AwsAccount::AwsAccount(AccountContext context)
    : context_(std::move(context)),
      partition_(partition_of(home_region(context_.credential))),
      only_regions_(option<std::vector<std::string>>(context_.credential, description(), regions_option)),
      home_(home_region(context_.credential)),
      loopback_(loopback_behind(context_.credential.endpoint)),
      client_(context_, key_of(context_.credential), endpoints_of(context_.credential)) {}

TenantId AwsAccount::tenant_id() const {
  const auto number = context_.cache.get(account_key);
  return number ? make_tenant_id("aws", *number) : tenant_of(context_.credential);
}

/// Once; a key's owner does not change.
boost::asio::awaitable<void> AwsAccount::learn_account() {
  const TimePoint now = context_.clock.now();
  if (context_.cache.get(account_key) || is_within(account_again_after, account_asked_at_, now)) co_return;
  account_asked_at_ = now;
  Call call = reading(home_, Query("GetCallerIdentity", "2011-06-15"));
  call.service = Service::sts;
  Result<std::string> number = co_await client_.ask(
      get_account, std::move(call),
      [](std::string body, WorkLimit limit) { return read_account_number(std::move(body), limit); });
  if (number) context_.cache.put(account_key, std::move(*number));
}

Result<AwsAccount::RegionPtr> AwsAccount::region_of(Operation operation, const std::string& location) {
  const auto refuse = [&](const char* why) {
    return tl::unexpected(client_.refusal(operation, Errc::invalid_request, why));
  };
  if (location.empty()) return refuse("it is asked region by region: in which?");
  if (!is_region(location) || partition_of(location) != partition_) return refuse("there is no such region");
  if (const auto known = regions_.find(location); known != regions_.end()) return known->second;
  // Who still uses one holds it.
  if (regions_.size() >= limits::locations_per_account) regions_.clear();
  return regions_.emplace(location, std::make_shared<RegionState>(location)).first->second;
}

Result<AwsAccount::RegionPtr> AwsAccount::region_of(Operation operation, const InstanceRef& instance) {
  const std::string& id = instance.cloud_id.str();
  const bool is_id = id.starts_with("i-") && id.size() <= limits::id && std::all_of(id.begin(), id.end(), [](char c) {
                       return c == '-' || ascii::is_digit(c) || ascii::is_lower(c);
                     });
  if (!is_id)
    return tl::unexpected(client_.refusal(operation, Errc::invalid_request, "the instance has no ID of EC2's"));
  return region_of(operation, instance.location);
}

MachinePlace AwsAccount::place_of(const RegionState& region) const {
  return {region.name, option<std::string>(context_.credential, description(), ssh_user_option), loopback_};
}

Task<Answer<Location>> AwsAccount::locations() {
  Query query("DescribeRegions");
  query.set("AllRegions", "true");
  Result<RegionList> list =
      co_await client_.ask(operations::list_regions, reading(home_, query),
                           [](std::string body, WorkLimit limit) { return read_regions(std::move(body), limit); });
  if (!list) co_return tl::unexpected(list.error());
  for (const auto& [name, needs_opt_in] : list->needs_opt_in) client_.note_opt_in(name, needs_opt_in);
  co_await learn_account();
  Answer<Location> answer;
  answer.rejected = std::move(list->locations.rejected);
  for (Row<Location>& row : list->locations.rows) {
    const bool is_wanted =
        only_regions_.empty() || std::count(only_regions_.begin(), only_regions_.end(), row->name) > 0;
    if (!is_wanted || partition_of(row->name) != partition_) continue;
    if (row->is_available && client_.is_closed(row->name)) {
      Location closed = *row;
      closed.is_available = false;
      row = std::make_shared<const Location>(std::move(closed));
    }
    answer.rows.push_back(std::move(row));
  }
  const auto fault = client_.clock_fault();
  if (fault && !answer.rows.empty()) answer.odd.push_back({answer.rows.front()->name, "Date", *fault});
  co_return answer;
}

}  // namespace aws

const Provider& aws_provider() {
  static const Provider provider{aws::description(), &aws::open, &aws::tenant_of};
  return provider;
}

}  // namespace tally
