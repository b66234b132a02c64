#include "providers/fluidstack/regions.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cloud/host.hpp"
#include "net/url.hpp"

namespace tally::fluidstack {
namespace {

Location region_of(std::string name, std::string url) {
  Location region;
  region.name = std::move(name);
  region.endpoint = std::move(url);
  return region;
}

/// "atlas.fluidstack.io" of "api.atlas.fluidstack.io"; "" when what would be left is no domain of anybody's own.
std::string domain_of(const std::string& host) {
  if (is_ip_address(host) || std::count(host.begin(), host.end(), '.') < 2) return "";
  return host.substr(host.find('.') + 1);
}

Location read_region(const json::Fields& fields, const std::string& management_url) {
  const json::Fields deciding = fields.deciding();
  Location region = region_of(deciding.text("name", limits::id), deciding.text("url"));
  while (region.endpoint.ends_with('/')) region.endpoint.pop_back();
  if (region.name.empty()) deciding.report("name", "is missing");
  if (region.name == management) deciding.report("name", "is taken by the Management API");
  if (region.endpoint.empty()) {
    deciding.report("url", "is missing");
  } else if (!is_beside(region.endpoint, management_url)) {
    deciding.report("url", "is none of the vendor's; the option `regions` can name it");
  }
  return region;
}

}  // namespace

RowForm<Location> region_form(const std::string& management_url) {
  return {"", [management_url](const json::Fields& fields) { return read_region(fields, management_url); },
          limits::locations_per_account};
}

Answer<Location> configured_regions(const Settings& settings) {
  Answer<Location> answer;
  for (const NamedUrl& region : settings.regions) {
    answer.rows.push_back(std::make_shared<const Location>(region_of(region.name, region.url)));
  }
  return answer;
}

std::string to_cache(const Answer<Location>& regions) {
  boost::json::array list;
  for (const Row<Location>& region : regions.rows) {
    list.push_back(boost::json::object{{"name", region->name}, {"url", region->endpoint}});
  }
  return boost::json::serialize(list);
}

Row<Location> management_location(const Settings& settings) {
  Location location = region_of(std::string(management), settings.management_url);
  location.description = "machines that no region's own list has";
  return std::make_shared<const Location>(std::move(location));
}

bool is_beside(const std::string& region_url, const std::string& management_url) {
  const auto region = parse_http_url(region_url);
  const auto known = parse_http_url(management_url);
  if (!region || !known) return false;
  if (region->target.find('?') != std::string::npos) return false;
  if (is_loopback(known->host) || is_loopback(region->host)) {
    return is_loopback(known->host) && is_loopback(region->host);
  }
  if (region->host == known->host) return true;
  const std::string domain = domain_of(known->host);
  return !domain.empty() && region->host.ends_with("." + domain);
}

}  // namespace tally::fluidstack
