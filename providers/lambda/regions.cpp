#include "providers/lambda/regions.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "cloud/limits.hpp"

namespace tally::lambda {
namespace {

struct Region {
  std::string_view name;
  std::string_view description;
  std::string_view country;
  bool is_static = true;  // part of the list that goes without asking
};

// Names and descriptions: the vendor's console and API, July 2026.
constexpr std::array<Region, 20> known_regions = {{
    {"us-west-1", "California, USA", "USA"},
    {"us-west-2", "Arizona, USA", "USA"},
    {"us-west-3", "Utah, USA", "USA"},
    {"us-south-1", "Texas, USA", "USA"},
    {"us-south-2", "North Texas, USA", "USA"},
    {"us-south-3", "Central Texas, USA", "USA"},
    {"us-east-1", "Virginia, USA", "USA"},
    {"us-east-2", "Washington DC, USA", "USA"},
    {"us-east-3", "Washington DC, USA", "USA"},
    {"us-midwest-1", "Illinois, USA", "USA"},
    {"us-midwest-2", "Ohio, USA", "USA", false},
    {"us-southeast-1", "Georgia, USA", "USA", false},
    {"australia-southeast-1", "Australia", "AUS"},
    {"australia-east-1", "Sydney, Australia", "AUS"},
    {"europe-central-1", "Germany", "DEU"},
    {"europe-south-1", "Italy", "ITA"},
    {"asia-south-1", "India", "IND"},
    {"me-west-1", "Israel", "ISR"},
    {"asia-northeast-1", "Osaka, Japan", "JPN"},
    {"asia-northeast-2", "Tokyo, Japan", "JPN"},
}};

}  // namespace

const std::vector<Location>& static_regions() {
  static const std::vector<Location> list = [] {
    std::vector<Location> known;
    for (const Region& region : known_regions) {
      if (!region.is_static) continue;
      Location location;
      location.name = region.name;
      location.description = region.description;
      location.country = region.country;
      known.push_back(std::move(location));
    }
    return known;
  }();
  return list;
}

std::string_view country_of(std::string_view region) {
  const auto* const at = std::find_if(known_regions.begin(), known_regions.end(),
                                      [region](const Region& known) { return known.name == region; });
  return at == known_regions.end() ? std::string_view() : at->country;
}

void NamedRegions::note(const std::vector<Location>& named, TimePoint now) {
  constexpr std::chrono::hours remembered{24};
  std::set<std::string_view> again;
  for (const Location& region : named) again.insert(region.name);
  std::erase_if(regions_,
                [&](const Named& known) { return again.contains(known.region.name) || now - known.at > remembered; });
  for (const Location& region : named) regions_.push_back({region, now});
  if (regions_.size() <= limits::locations_per_account) return;
  regions_.erase(regions_.begin(), regions_.end() - limits::locations_per_account);
}

std::vector<Location> NamedRegions::list() const {
  std::vector<Location> list;
  for (const Named& named : regions_) list.push_back(named.region);
  return list;
}

std::string to_cache(const std::vector<Location>& regions) {
  boost::json::array list;
  for (const Location& region : regions) {
    list.push_back(boost::json::object{{"name", region.name}, {"description", region.description}});
  }
  return boost::json::serialize(boost::json::object{{"data", std::move(list)}});
}

}  // namespace tally::lambda
