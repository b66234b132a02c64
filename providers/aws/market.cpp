#include "providers/aws/market.hpp"

#include <algorithm>

#include "net/json_fields.hpp"
#include "providers/rest/model_size.hpp"

namespace tally::aws {
namespace {

struct Place {
  const std::string& name;  // of the zone
  const Zone& zone;
  const PriceList* prices;  // nullptr: none are known
};

/// Nothing when the limit is not known, or leaves room for one more.
bool is_over_limit(const Market& market, const InstanceType& type, UsageClass usage) {
  const auto limit = market.limits.find(limit_code_of(type.type, usage));
  if (limit == market.limits.end()) return false;
  const std::optional<std::int64_t>& maximum = limit->second.maximum;
  if (!maximum || !type.vcpu) return false;
  return *maximum < vcpus_of(market.in_use, limit->first) + *type.vcpu;
}

/// What is used of it changes with every machine, and is listed with the quotas.
Boxed<Quota> quota_of(const Market& market, const InstanceType& type, UsageClass usage) {
  const auto limit = market.limits.find(limit_code_of(type.type, usage));
  return limit == market.limits.end() ? Boxed<Quota>() : Boxed<Quota>(limit->second);
}

Price on_demand_price(const InstanceType& type, const Place& place) {
  Price price;
  price.source = PriceSource::list;
  if (place.prices == nullptr) return price;
  const auto at = place.prices->hourly.find(type.type);
  if (at != place.prices->hourly.end()) price.amount = at->second;
  price.listed_at = place.prices->listed_at;
  return price;
}

void add_spot(const Market& market, const Place& place, InstanceType& type) {
  Price price;
  price.usage_class = UsageClass::spot;
  if (market.spot) {
    const auto at = market.spot->by_place.find({type.type, place.name});
    const bool is_told = at != market.spot->by_place.end();
    if (is_told) price.amount = at->second.amount;
    // Whether there is a price cannot be told where one cannot be read, or may be that of a row without a name.
    const bool is_unread = is_told ? !price.amount : market.spot->has_nameless;
    const bool can_be_had = place.zone.is_available && !is_over_limit(market, type, UsageClass::spot);
    if (!is_unread || !can_be_had) type.attributes.is_spot_available = price.amount && can_be_had;
  }
  type.prices.push_back(price);
  type.attributes.quota_spot = quota_of(market, type, UsageClass::spot);
}

void set_availability(const Market& market, const Place& place, bool is_sold, InstanceType& type) {
  const bool is_limited = is_over_limit(market, type, UsageClass::on_demand);
  const bool is_priced = type.prices.front().amount.has_value();
  const bool may_be_priced = place.prices == nullptr || place.prices->unread > 0;  // by what cannot be read
  const bool is_in_sale = place.zone.is_available && is_sold;
  if (is_in_sale && !is_priced && may_be_priced && !is_limited) return;  // not known
  // One that has no price is not on general sale: a new family's for weeks, or only sold in blocks.
  const bool is_offered = is_in_sale && (is_priced || may_be_priced);
  type.is_available = is_offered && !is_limited;
  if (*type.is_available) return;
  type.availability_reason = is_offered ? AvailabilityReason::quota : AvailabilityReason::disabled;
}

InstanceType row_of(const Market& market, const Place& place, const Shape& shape) {
  InstanceType type = shape.type;
  type.location = market.region;
  type.sub_location = place.name;
  type.available_azs = {place.name};
  type.id = make_instance_type_id(type);
  type.prices = {on_demand_price(type, place)};
  if (shape.sells_spot) add_spot(market, place, type);
  type.attributes.quota_on_demand = quota_of(market, type, UsageClass::on_demand);
  set_availability(market, place, shape.sells_on_demand, type);
  for (Storage& disk : type.storage) {
    if (disk.is_elastic && place.prices != nullptr && place.prices->gp3_gb_month) {
      disk.price_per_gb_hr = hourly_of_month(*place.prices->gp3_gb_month);
    }
  }
  return type;
}

Row<InstanceType> shared(InstanceType type, KnownRows& known, KnownRows& current) {
  const auto before = known.find(type.id);
  Row<InstanceType> row = before != known.end() && *before->second == type
                              ? before->second
                              : std::make_shared<const InstanceType>(std::move(type));
  return current.emplace(row->id, row).first->second;
}

}  // namespace

std::int64_t vcpus_of(const VcpusInUse& in_use, std::string_view code) {
  const auto used = in_use.find(code);
  return used == in_use.end() ? 0 : used->second;
}

std::string price_code_of(const std::string& region, const Zone& zone) {
  // The group of a region's own zones ("us-west-2-zg-1", formerly the region's name) is in no price list.
  const bool is_own = zone.group.empty() || zone.group.find("-zg-") != std::string::npos;
  return is_own ? region : zone.group;
}

Result<Answer<InstanceType>> rows_of(const Market& market, KnownRows& known) {
  Answer<InstanceType> answer;
  KnownRows current;
  ModelSize size;
  for (const auto& [name, places] : market.offers) {
    const auto shape = market.listed.shapes.find(name);
    if (shape == market.listed.shapes.end()) continue;
    for (const std::string& place_name : places) {
      const auto zone = market.zones.find(place_name);
      if (zone == market.zones.end()) continue;
      const auto prices = market.prices.find(price_code_of(market.region, zone->second));
      const Place place{place_name, zone->second, prices == market.prices.end() ? nullptr : prices->second.get()};
      InstanceType type = row_of(market, place, *shape->second);
      size.add(size_of(type));
      if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
      const json::Findings& findings = shape->second->findings;
      if (!findings.fault.empty()) {
        answer.rejected.push_back({type.id.str(), findings.fault, ""});
        continue;
      }
      json::add_odd(answer.odd, type.id.str(), findings);
      answer.rows.push_back(shared(std::move(type), known, current));
    }
  }
  if (market.listed.has_nameless) answer.rejected.push_back({"", "`instanceType` is missing", ""});
  answer.rejected.insert(answer.rejected.end(), market.rejected.begin(), market.rejected.end());
  known = std::move(current);
  return answer;
}

}  // namespace tally::aws
