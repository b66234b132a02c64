// Where what is sold: regions, their zones, the types that each zone has, and what spot machines cost there now. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/location.hpp"
#include "cloud/money.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "runtime/timestamp.hpp"

namespace tally::aws {

struct RegionList {
  Answer<Location> locations;  // of the vendor's endpoints
  std::map<std::string, bool> needs_opt_in;
};

/// All regions of the partition; those that the account has not enabled are not available.
Result<RegionList> read_regions(std::string body, WorkLimit limit);

struct Zone {
  std::string id;     // "use1-az6": the same for everybody, as the name is not
  std::string group;  // of a Local Zone its own code in the price list: "us-west-2-lax-1"
  bool is_available = true;

  bool operator==(const Zone&) const = default;
};
using Zones = std::map<std::string, Zone>;  // by name

struct ZoneList {
  Zones zones;
  std::vector<Rejected> rejected;  // without an ID: a zone that nobody can name
};
Result<ZoneList> read_zones(std::string body, WorkLimit limit);

/// The zones of each type.
using Offers = std::map<std::string, std::set<std::string>>;

/// A region's offerings, page by page.
struct OfferList {
  Offers offers;
  std::vector<Rejected> rejected;  // without an ID: one of a type or a zone that nobody can name
};

/// Each adds a page's rows, and answers the next page's token.
Result<std::optional<std::string>> read_offers(std::string body, WorkLimit limit, OfferList& list);

struct SpotPrice {
  std::optional<Money> amount;  // nothing: one is told, and cannot be read
  Timestamp since;
};

/// What spot machines with Linux cost in a region.
struct SpotPrices {
  std::map<std::pair<std::string, std::string>, SpotPrice> by_place;  // by type and zone
  bool has_nameless = false;                                          // one of a type or a zone that nobody can name
};
Result<std::optional<std::string>> read_spot_prices(std::string body, WorkLimit limit, SpotPrices& prices);

/// The number of the account that asks (STS GetCallerIdentity).
Result<std::string> read_account_number(std::string body, WorkLimit limit);

}  // namespace tally::aws
