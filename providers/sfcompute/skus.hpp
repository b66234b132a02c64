// What SF Compute calls instance SKUs: the kinds of machine that a pool may have nodes of. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "net/json_fields.hpp"

namespace tally::sfcompute {

struct Sku {
  std::string alias;  // "sea-3-h100"
  InstanceType type;  // all but whether it can be had, and its price
  std::vector<json::OddField> odd;
};

/// What a SKU is called as a type, and where it is.
struct SkuName {
  std::string location;
  std::string kind;  // "h100.ib": its type, if no other SKU there were of that kind
  std::string type;  // "h100.ib.sea-4-h100"

  [[nodiscard]] InstanceTypeId type_id() const;
};

/// An answer. Who reads it first leaves the naming to SkuBook: until then a SKU's type is its kind.
struct SkuTable {
  std::map<std::string, Sku> skus;       // that could be read, by their IDs
  std::map<std::string, SkuName> names;  // of all that are there, by the SKUs' IDs: also of those that were rejected
  std::vector<Rejected> rejected;        // by the type's ID; by the SKU's where it has no name
};

/// All pages of GET /instance_skus, without the names.
Result<SkuTable> read_skus(const std::vector<std::string>& pages, const Redactor& redactor, WorkLimit limit);

/// A SKU's nodes in our pool, now.
struct Slots {
  std::optional<std::int64_t> owned;  // nothing: it was not said
  std::int64_t used = 0;              // by machines that are not over
  std::int64_t unclear = 0;           // machines that could not be read: each may take up one, or none

  /// Nothing: nobody knows.
  [[nodiscard]] std::optional<bool> has_free() const {
    if (!owned || (*owned > used && *owned <= used + unclear)) return std::nullopt;
    return *owned > used;
  }
};
using SlotsBySku = std::map<std::string, Slots>;

/// GET /pools/{id}: what the pool has now. A schedule that cannot be read is not known.
Result<SlotsBySku> read_pool(const std::string& body, Timestamp now, WorkLimit limit);

/// GET /orderbook/quote: the best ask for an hour of one node of that SKU; nothing when there is none. Error: it is not
/// the documented answer.
Result<std::optional<Money>> read_quote(const std::string& body, const std::string& sku_id);

/// The SKU's row as it is now.
InstanceType on_sale(const Sku& sku, const Slots& slots, const Price& hourly);

/// The regions of all SKUs; those in which the pool has nodes now are available. A row that says not even whose it is
/// may be any region's.
Answer<Location> regions_of(const SkuTable& table, const SlotsBySku& slots);

}  // namespace tally::sfcompute
