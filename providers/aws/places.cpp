#include "providers/aws/places.hpp"

#include <algorithm>

#include "net/json_rows.hpp"
#include "providers/aws/endpoints.hpp"
#include "providers/aws/xml.hpp"
#include "runtime/ascii.hpp"

namespace tally::aws {
namespace {

constexpr int usual_priority = 0;
constexpr std::size_t account_digits = 12;

/// Reads a page of rows: `take(Fields)` has each.
template <class Take>
Result<std::optional<std::string>> read_page(std::string body, std::string_view root, std::string_view list,
                                             WorkLimit limit, Take take) {
  const Result<Document> page = Document::parse(std::move(body), root);
  if (!page) return tl::unexpected(page.error());
  const auto rows = page->rows_of(list);
  if (rows.size() > limits::rows_per_listing) return tl::unexpected(json::bad_reply("more rows than anybody has"));
  for (const pugi::xml_node row : rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    json::Findings findings;
    take(Fields(row, findings));
  }
  return page->next_token();
}

Location location_of(const std::string& name) {
  Location location;
  location.name = name;
  location.priority = usual_priority;
  location.endpoint = url_of(Service::ec2, name, {});
  location.endpoint.pop_back();
  if (const RegionFacts* facts = find_region(name)) {
    location.description = facts->description;
    location.country = facts->country;
  }
  return location;
}

}  // namespace

Result<RegionList> read_regions(std::string body, WorkLimit limit) {
  RegionList list;
  const auto read = read_page(std::move(body), "DescribeRegionsResponse", "regionInfo", limit, [&](const Fields& row) {
    const std::string name = row.text("regionName", limits::id);
    if (!is_region(name)) {
      list.locations.rejected.push_back({"", "`regionName` is no region's name", ""});
      return;
    }
    const std::string state = row.text("optInStatus", limits::id);
    if (list.needs_opt_in.contains(name)) return;
    Location location = location_of(name);
    location.is_available = state != "not-opted-in";
    list.locations.rows.push_back(std::make_shared<const Location>(std::move(location)));
    list.needs_opt_in[name] = state != "opt-in-not-required";
  });
  if (!read) return tl::unexpected(read.error());
  if (list.locations.rows.size() > limits::locations_per_account) {
    return tl::unexpected(json::bad_reply("more regions than anybody has"));
  }
  if (list.locations.rows.empty()) return tl::unexpected(json::bad_reply("it names no region"));
  return list;
}

Result<ZoneList> read_zones(std::string body, WorkLimit limit) {
  ZoneList list;
  const auto read = read_page(std::move(body), "DescribeAvailabilityZonesResponse", "availabilityZoneInfo", limit,
                              [&](const Fields& row) {
                                const std::string name = row.text("zoneName", limits::id);
                                const bool may_be_used = row.text("optInStatus", limits::id) != "not-opted-in";
                                const std::string state = row.text("zoneState", limits::id);
                                if (name.empty()) {
                                  list.rejected.push_back({"", "`zoneName` is missing or no name", ""});
                                  return;
                                }
                                list.zones[name] = {row.text("zoneId", limits::id), row.text("groupName", limits::id),
                                                    may_be_used && state != "unavailable"};
                              });
  if (!read) return tl::unexpected(read.error());
  const std::size_t count = list.zones.size() + list.rejected.size();
  if (count > limits::parts_per_type) return tl::unexpected(json::bad_reply("more zones than any region has"));
  if (list.zones.empty()) return tl::unexpected(json::bad_reply("it names no zone"));
  return list;
}

Result<std::optional<std::string>> read_offers(std::string body, WorkLimit limit, OfferList& list) {
  return read_page(std::move(body), "DescribeInstanceTypeOfferingsResponse", "instanceTypeOfferingSet", limit,
                   [&](const Fields& row) {
                     const std::string type = row.text("instanceType", limits::id);
                     const std::string zone = row.text("location", limits::id);
                     if (!type.empty() && !zone.empty()) {
                       list.offers[type].insert(zone);
                     } else if (list.rejected.size() < limits::rows_per_listing) {
                       const char* field = type.empty() ? "instanceType" : "location";
                       list.rejected.push_back({"", "`" + std::string(field) + "` is missing or no name", ""});
                     }
                   });
}

Result<std::optional<std::string>> read_spot_prices(std::string body, WorkLimit limit, SpotPrices& prices) {
  return read_page(
      std::move(body), "DescribeSpotPriceHistoryResponse", "spotPriceHistorySet", limit, [&](const Fields& row) {
        if (!row.text("productDescription", limits::id).starts_with("Linux/UNIX")) return;
        const SpotPrice price{row.price("spotPrice"), row.time("timestamp").value_or(Timestamp())};
        const bool is_none = !price.amount && Money::parse(row.text("spotPrice", limits::id));
        if (is_none) return;
        const auto key = std::pair(row.text("instanceType", limits::id), row.text("availabilityZone", limits::id));
        if (key.first.empty() || key.second.empty()) {
          prices.has_nameless = true;
          return;
        }
        const auto [at, is_new] = prices.by_place.try_emplace(key, price);
        if (!is_new && at->second.since < price.since) at->second = price;
      });
}

Result<std::string> read_account_number(std::string body, WorkLimit /*limit*/) {
  const Result<Document> answer = Document::parse(std::move(body), "GetCallerIdentityResponse");
  if (!answer) return tl::unexpected(answer.error());
  json::Findings findings;
  std::string number = answer->fields(findings).text("GetCallerIdentityResult/Account", limits::id);
  const bool is_number = number.size() == account_digits && std::all_of(number.begin(), number.end(), ascii::is_digit);
  if (!is_number) return tl::unexpected(json::bad_reply("it names no account"));
  return number;
}

}  // namespace tally::aws
