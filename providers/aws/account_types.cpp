// What can be bought in a region: asked for piece by piece, since AWS tells each apart.
#include <algorithm>

#include "providers/aws/account.hpp"
#include "providers/aws/lacks_any.hpp"

namespace tally::aws {
namespace {

constexpr std::chrono::hours shapes_are_good_for{24};
constexpr std::chrono::minutes limits_are_good_for{10};
constexpr std::chrono::hours spot_is_good_for{1};  // when no newer ones can be had
constexpr const char* quota_target = "ServiceQuotasV20190624.GetServiceQuota";
constexpr Operation list_zones{"list zones"};
constexpr Operation list_offerings{"list offerings"};
constexpr Operation list_spot_prices{"list spot prices"};

std::vector<std::string> names_of(const Shapes& shapes) {
  std::vector<std::string> names;
  for (const auto& [name, shape] : shapes) names.push_back(name);
  return names;
}

/// One after the other, as many as a filter takes.
std::vector<std::vector<std::string>> in_chunks(const std::vector<std::string>& values) {
  std::vector<std::vector<std::string>> chunks;
  for (const std::string& value : values) {
    if (chunks.empty() || chunks.back().size() == values_of_a_filter) chunks.emplace_back();
    chunks.back().push_back(value);
  }
  return chunks;
}

}  // namespace

Task<Offering> AwsAccount::instance_types(Scope scope) {
  const Result<RegionPtr> found = region_of(operations::list_instance_types, scope.location);
  if (!found) co_return tl::unexpected(found.error());
  const RegionPtr& region = *found;
  Result<ZoneList> zones = co_await zones_of(region);
  if (!zones) co_return tl::unexpected(zones.error());
  const Result<> refreshed = co_await refresh_shapes(region);
  if (!refreshed) co_return tl::unexpected(refreshed.error());
  const std::shared_ptr<const ShapeList> shapes = region->shapes;
  Result<OfferList> offers = co_await offers_of(region, names_of(shapes->shapes));
  if (!offers) co_return tl::unexpected(offers.error());
  co_await refresh_spot(region, names_of(shapes->shapes));
  co_await refresh_limits(region);

  std::vector<Rejected> rejected = std::move(zones->rejected);
  rejected.insert(rejected.end(), offers->rejected.begin(), offers->rejected.end());
  Market market{region->name, std::move(zones->zones), *shapes, std::move(offers->offers), region->spot,
                {},           region->limits,          {},      std::move(rejected)};
  std::set<std::string> codes = {region->name};
  for (const auto& [name, zone] : market.zones) codes.insert(price_code_of(region->name, zone));
  std::optional<Error> trouble;
  std::int64_t unread = 0;
  for (const std::string& code : codes) {
    PriceBook::Known known = co_await prices_.list_of(code);
    unread += known.list->unread;
    market.prices[code] = known.list;
    if (known.trouble) trouble = std::move(known.trouble);
  }
  if (region->in_use) market.in_use = *region->in_use;  // the machines may have been listed meanwhile
  Result<Answer<InstanceType>> rows = co_await run_on(context_.workers, [&] { return rows_of(market, region->rows); });
  if (!rows)
    co_return tl::unexpected(client_.refusal(operations::list_instance_types, rows.error().kind, rows.error().message));
  Offering offering;
  offering.types = std::move(*rows);
  if (trouble && !offering.types.rows.empty()) {
    offering.types.odd.push_back(
        {offering.types.rows.front()->id.str(), "prices", "are an older list's: " + to_text(*trouble)});
  }
  if (unread > 0 && !offering.types.rows.empty()) {
    offering.types.odd.push_back(
        {offering.types.rows.front()->id.str(), "PriceList",
         "holds " + std::to_string(unread) + " entries that cannot be read: what they price keeps the price it had"});
  }
  co_return offering;
}

Task<ZoneList> AwsAccount::zones_of(RegionPtr region) {
  Query query("DescribeAvailabilityZones");
  if (!option<bool>(context_.credential, description(), local_zones_option)) {
    query.filter("zone-type", std::vector<std::string>(1, "availability-zone"));
  }
  co_return co_await client_.ask(list_zones, reading(region->name, query),
                                 [](std::string body, WorkLimit limit) { return read_zones(std::move(body), limit); });
}

/// AWS cannot be asked for those with GPUs alone, so all are read; their names are enough for the rest.
Task<> AwsAccount::refresh_shapes(RegionPtr region) {
  const TimePoint now = context_.clock.now();
  if (is_within(shapes_are_good_for, region->shapes_read_at, now)) co_return Result<>();
  Query query("DescribeInstanceTypes");
  query.set("MaxResults", "100");
  auto list = std::make_shared<ShapeList>();
  const std::shared_ptr<const ShapeList> before = region->shapes;
  const Result<> read = co_await client_.ask_pages(
      operations::list_instance_types, region->name, std::move(query),
      [&](std::string body, WorkLimit limit) { return read_shapes(std::move(body), limit, *list); });
  if (!read) co_return tl::unexpected(read.error());
  // One answer that lacks what the last one had is not believed for a day: the next poll asks again.
  const bool is_short = list->shapes.empty() || lacks_any(list->shapes, before->shapes);
  region->shapes = std::move(list);
  region->shapes_read_at = is_short ? std::nullopt : std::optional(now);
  co_return Result<>();
}

Task<OfferList> AwsAccount::offers_of(RegionPtr region, std::vector<std::string> types) {
  OfferList list;
  const auto chunks = in_chunks(types);
  for (const std::vector<std::string>& chunk : chunks) {
    Query query("DescribeInstanceTypeOfferings");
    query.set("LocationType", "availability-zone").set("MaxResults", "1000").filter("instance-type", chunk);
    const Result<> read = co_await client_.ask_pages(
        list_offerings, region->name, std::move(query),
        [&](std::string body, WorkLimit limit) { return read_offers(std::move(body), limit, list); });
    if (!read) co_return tl::unexpected(read.error());
  }
  co_return list;
}

/// Without an answer, or with an empty one, the last one stays for an hour; one that holds for now has the price in
/// force of each type and zone.
boost::asio::awaitable<void> AwsAccount::refresh_spot(RegionPtr region, std::vector<std::string> types) {
  SpotPrices prices;
  bool is_read = true;
  const auto chunks = in_chunks(types);
  for (const std::vector<std::string>& chunk : chunks) {
    Query query("DescribeSpotPriceHistory");
    query.set("StartTime", to_iso8601(context_.clock.wall_now())).set("MaxResults", "1000");
    query.set("ProductDescription.1", "Linux/UNIX").list("InstanceType", chunk);
    const Result<> read = co_await client_.ask_pages(
        list_spot_prices, region->name, std::move(query),
        [&](std::string body, WorkLimit limit) { return read_spot_prices(std::move(body), limit, prices); });
    is_read = read.has_value();
    if (!is_read) break;
  }
  const TimePoint now = context_.clock.now();
  const std::optional<SpotPrices>& last = region->spot;
  const bool had_any = last && !last->by_place.empty();
  if (is_read && (!had_any || !prices.by_place.empty())) {
    region->spot = std::move(prices);
    region->spot_read_at = now;
  } else if (!is_within(spot_is_good_for, region->spot_read_at, now)) {
    region->spot.reset();
  }
}

/// An account that may not read them is none whose limits are known; while the service is not well, the last ones hold.
boost::asio::awaitable<void> AwsAccount::refresh_limits(RegionPtr region) {
  const Turns::Place turn = co_await region->limits_turns.take();
  const TimePoint now = context_.clock.now();
  if (is_within(limits_are_good_for, region->limits_asked_at, now)) co_return;
  const Result<VcpuLimits> limits = co_await ask_limits(region);
  if (!limits && !limits.error().is_of_moment()) region->limits.clear();
}

/// Error: none can be had, or not all of them now; those that could be had are in force.
Task<VcpuLimits> AwsAccount::ask_limits(RegionPtr region) {
  region->limits_asked_at = context_.clock.now();
  VcpuLimits limits;
  std::optional<Error> failure;
  for (const std::string_view code : limit_codes()) {
    Call call = asking_json(Service::quotas, region->name, quota_target, limit_body(code));
    const Result<Quota> quota =
        co_await client_.ask(operations::list_quotas, std::move(call),
                             [code](const std::string& body, WorkLimit /*limit*/) { return read_limit(body, code); });
    if (quota) limits.emplace(code, *quota);
    if (!quota) failure = quota.error();
    if (failure && failure->kind != Errc::resource_not_found) break;  // nor will it answer for the others
  }
  const bool is_cut_short = failure && failure->is_of_moment();
  if (limits.empty() && failure) co_return tl::unexpected(*failure);
  if (is_cut_short) limits.insert(region->limits.begin(), region->limits.end());
  region->limits = limits;
  if (is_cut_short) co_return tl::unexpected(*failure);
  co_return limits;
}

Task<Answer<Quota>> AwsAccount::list_quotas(Scope scope) {
  const Result<RegionPtr> region = region_of(operations::list_quotas, scope.location);
  if (!region) co_return tl::unexpected(region.error());
  const Turns::Place turn = co_await (*region)->limits_turns.take();
  const Result<VcpuLimits> limits = co_await ask_limits(*region);
  if (!limits) co_return tl::unexpected(limits.error());
  Answer<Quota> answer;
  for (const auto& [code, quota] : *limits) {
    auto row = std::make_shared<Quota>(quota);
    if (const auto& in_use = (*region)->in_use) row->current = vcpus_of(*in_use, code);
    if (!row->maximum) answer.odd.push_back({code, "Value", "is no whole number: the limit is not known"});
    answer.rows.push_back(std::move(row));
  }
  co_return answer;
}

}  // namespace tally::aws
