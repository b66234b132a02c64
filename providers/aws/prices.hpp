// What machines with GPUs cost on demand by AWS's price list (Linux, shared tenancy), and its form in our cache. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/money.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "runtime/timestamp.hpp"

namespace tally::aws {

/// Of one region code of the price list: a region, or a Local Zone's group.
struct PriceList {
  std::map<std::string, Money, std::less<>> hourly;  // by type
  std::optional<Money> gp3_gb_month;                 // of the usual disk
  std::optional<Timestamp> listed_at;                // the list's own date
  std::int64_t unread = 0;                           // entries that could not be read, of whatever type

  bool operator==(const PriceList&) const = default;
};

/// The bodies of GetProducts: machines in that region code, and its usual disk. `token`: of a page that is not the
/// first.
std::string products_body(std::string_view region_code, const std::optional<std::string>& token);
std::string disk_body(std::string_view region_code);

/// Adds a page's products, as far as they are what was asked for, and counts those that cannot be read; answers the
/// next page's token. What has several prices, or one that is not above zero, has none.
Result<std::optional<std::string>> read_products(std::string_view body, std::string_view region_code, WorkLimit limit,
                                                 PriceList& list);

/// What this program knows of its own; nothing is in it where nothing is known.
PriceList built_in_prices(std::string_view region_code);

/// What the list does not have a price of, and the one before it has, keeps that.
void keep_prices(const PriceList& before, PriceList& list);

struct CachedPrices {
  PriceList list;
  Timestamp fetched_at;

  bool operator==(const CachedPrices&) const = default;
};
std::string to_cache(const CachedPrices& prices);
/// Nothing for what is no such text.
std::optional<CachedPrices> from_cache(std::string_view text);

/// Of a GB and hour, of a price of a GB and month of 730 hours.
Money hourly_of_month(Money month);

}  // namespace tally::aws
