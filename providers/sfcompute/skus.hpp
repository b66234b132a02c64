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

struct SkuTable {
  std::map<std::string, Sku> skus;  // by their IDs; a type's name is one SKU's in its region
  std::vector<Rejected> rejected;   // that are none we know how to show, by the ID of the SKU
};

/// All pages of GET /instance_skus.
Result<SkuTable> read_skus(const std::vector<std::string>& pages, const Redactor& redactor, WorkLimit limit);

/// A SKU's nodes in our pool, now; nothing: it was not said.
struct Slots {
  std::optional<std::int64_t> owned;
  std::int64_t used = 0;  // by machines that are not over

  [[nodiscard]] std::optional<bool> has_free() const { return owned ? std::optional(*owned > used) : std::nullopt; }
};
using SlotsBySku = std::map<std::string, Slots>;

/// GET /pools/{id}: what the pool has now. A schedule that cannot be read is not known.
Result<SlotsBySku> read_pool(const std::string& body, Timestamp now);

/// GET /orderbook/quote: the best ask for an hour of one node of that SKU; nothing when there is none. Error: it is not
/// the documented answer.
Result<std::optional<Money>> read_quote(const std::string& body, const std::string& sku_id);

/// The SKU's row as it is now. `price`: and where it is from; of nothing it is not known.
InstanceType on_sale(const Sku& sku, const Slots& slots, const std::optional<Money>& price, PriceSource source);

/// The regions of all SKUs; those in which the pool has nodes now are available.
std::vector<Location> regions_of(const SkuTable& table, const SlotsBySku& slots);

}  // namespace tally::sfcompute
