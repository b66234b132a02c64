#include "providers/sfcompute/skus.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "cloud/decimal.hpp"
#include "cloud/gpu.hpp"
#include "cloud/limits.hpp"
#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "net/json_value.hpp"
#include "providers/rest/model_size.hpp"
#include "runtime/ascii.hpp"

namespace tally::sfcompute {
namespace {

constexpr std::int64_t deploy_seconds = 840;  // until a machine answers, by the vendor's own client
constexpr const char* only_region = "sfc";    // of a SKU that does not say where it is

/// {"value", "display_value"}, or null.
std::string text_value(const json::Fields& fields, std::string_view name, std::string_view member = "value") {
  const auto property = fields.object(name);
  return property ? property->text(member, limits::id) : "";
}
/// As above, of what is part of a type's ID: what is there, but says nothing, is not "none".
std::string deciding_value(const json::Fields& fields, std::string_view name) {
  const auto property = fields.deciding().object(name);
  return property ? property->required_text("value") : "";
}
std::optional<Bytes> bytes_value(const json::Fields& fields, std::string_view name) {
  const auto property = fields.object(name);
  return property ? property->bytes("value", ByteUnit::byte) : std::nullopt;
}
std::optional<std::int32_t> number_value(const json::Fields& fields, std::string_view name) {
  const auto property = fields.object(name);
  return property ? property->int32("value") : std::nullopt;
}

/// The API does not say it; the page on instance types does, of these two.
std::optional<int> documented_memory_gb(const std::string& gpu) {
  if (gpu == "H100") return 80;
  if (gpu == "H200") return 141;
  return std::nullopt;
}

Gpu read_gpu(const json::Fields& fields, const std::string& accelerator) {
  Gpu gpu;
  gpu.count = number_value(fields, "num_accelerators").value_or(0);
  if (gpu.count <= 0) fields.deciding().report("num_accelerators", "is missing");
  gpu.type = text_value(fields, "accelerator", "display_value");
  if (gpu.type.empty()) gpu.type = accelerator;
  const std::string form = text_value(fields, "form_factor", "display_value");
  GpuName name = normalize_gpu(gpu.type + " " + form);
  gpu.memory_gb = documented_memory_gb(name.name);
  if (!gpu.memory_gb) gpu.memory_gb = name.memory_gb;
  if (gpu.memory_gb) gpu.memory = Bytes::of(*gpu.memory_gb, ByteUnit::gibibyte);  // nominal, as marketed
  gpu.name = name.name;
  gpu.memory_details = name.memory_details;
  gpu.network_details = name.network_details.empty() ? form : name.network_details;
  gpu.manufacturer = name.manufacturer;
  return gpu;
}

std::string network_suffix(const std::string& rdma) {
  if (rdma == "infiniband") return ".ib";
  return rdma.empty() ? "" : "." + rdma;
}

InstanceType read_type(const json::Fields& fields) {
  InstanceType type;
  type.provider = type.cloud = "sfcompute";
  const std::string accelerator = ascii::lower(text_value(fields, "accelerator"));
  if (accelerator.empty()) fields.deciding().report("accelerator", "is missing: no type of ours");
  const std::string rdma = ascii::lower(deciding_value(fields, "rdma_type"));
  type.type = accelerator + network_suffix(rdma);
  type.location = deciding_value(fields, "region");
  if (type.location.empty()) type.location = only_region;
  type.vcpu = number_value(fields, "num_vcpus");
  type.memory = bytes_value(fields, "memory");
  if (const auto size = bytes_value(fields, "local_storage")) {
    Storage disk;
    disk.count = 1;
    disk.type = "ssd";
    disk.size = size;
    type.storage = {disk};
  }
  if (!accelerator.empty()) type.gpus = {read_gpu(fields, accelerator)};
  const bool is_grace =
      !type.gpus.empty() && (type.gpus.front().name.starts_with("GH") || type.gpus.front().name.starts_with("GB"));
  type.architectures = {is_grace ? "arm64" : "x86_64"};
  type.is_stoppable = false;
  type.is_rebootable = false;
  type.attributes.network_performance = rdma;
  type.attributes.estimated_deploy_time_s = deploy_seconds;
  return type;
}

/// A range of a schedule, [begin, end) in Unix seconds.
struct Range {
  std::int64_t begin = 0;
  std::optional<std::int64_t> end;  // nothing: as long as the next one has not begun
  std::int64_t nodes = 0;
};

std::optional<std::int64_t> whole(const json::Value* value) {
  const std::optional<Decimal> number = value == nullptr ? std::nullopt : value->number();
  return number ? number->whole() : std::nullopt;
}

/// Half-open ranges, with nothing between them; an end that is left out is the next one's beginning.
std::optional<std::int64_t> nodes_now(const json::Value& schedule, std::int64_t now) {
  if (schedule.kind != json::Value::Kind::list) return std::nullopt;
  std::vector<Range> ranges;
  for (const json::Value& entry : schedule.items) {
    const auto begin = whole(entry.find("start_at"));
    const auto nodes = whole(entry.find("node_count"));
    const json::Value* end = entry.find("end_at");
    const bool has_end = end != nullptr && end->kind != json::Value::Kind::null;
    if (!begin || !nodes || *nodes < 0 || (has_end && !whole(end))) return std::nullopt;
    ranges.push_back({*begin, has_end ? whole(end) : std::nullopt, *nodes});
  }
  std::stable_sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (std::size_t i = ranges.size(); i-- > 0;) {
    const Range& range = ranges[i];
    if (range.begin > now) continue;
    // What began last holds, unless it is over.
    return range.end && *range.end <= now ? 0 : range.nodes;
  }
  return 0;
}

}  // namespace

InstanceTypeId SkuName::type_id() const {
  InstanceType named;
  named.location = location;
  named.type = type;
  return make_instance_type_id(named);
}

Result<SkuTable> read_skus(const std::vector<std::string>& pages, const Redactor& redactor, WorkLimit limit) {
  SkuTable table;
  ModelSize size;
  json::RowReader reader;
  for (const std::string& page : pages) {
    const auto rows = json::split_rows(page, "data", json::Container::list, limit);
    if (!rows) return tl::unexpected(rows.error());
    for (const json::RawRow& row : *rows) {
      if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
      const auto kind = reader.parse(row.text);
      if (kind == json::RowReader::Kind::not_json) return tl::unexpected(json::bad_reply("a SKU is not JSON"));
      std::string id;
      Sku sku;
      if (kind == json::RowReader::Kind::good) {
        const json::Fields fields = reader.fields();
        id = fields.required_text("id");
        sku.alias = fields.text("alias", limits::id);
        sku.type = read_type(fields);
        sku.odd = reader.findings().odd;
      }
      if (reader.findings().fault.empty()) {
        const std::size_t name = sizeof(SkuName) + 2 * (id.size() + sku.type.type.size()) + sku.type.location.size();
        size.add(size_of(sku.type) + sizeof(Sku) + name + size_of(reader.findings()));
        table.skus[id] = std::move(sku);
      } else {
        json::reject(table.rejected, id, reader.findings().fault, row.text, redactor);
        size.add(size_of(table.rejected.back()));
      }
      if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
      if (table.skus.size() + table.rejected.size() > limits::rows_per_listing) {
        return tl::unexpected(json::bad_reply("more SKUs than anybody has"));
      }
    }
  }
  return table;
}

Result<SlotsBySku> read_pool(const std::string& body, Timestamp now, WorkLimit limit) {
  const auto schedule = json::single_row(body, "allocation_schedule", limit);
  if (!schedule) return tl::unexpected(schedule.error());
  const auto by_sku = json::split_rows(*schedule, "by_instance_sku", json::Container::object, limit);
  if (!by_sku) return tl::unexpected(by_sku.error());
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  SlotsBySku slots;
  json::Parser parser;
  for (const json::RawRow& sku : *by_sku) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    if (sku.key.empty() || sku.key.size() > limits::id) continue;  // no SKU that is listed has such an ID
    std::optional<std::int64_t>& owned = slots[sku.key].owned;
    if (sku.text.size() > limits::row) continue;
    json::Value ranges;
    const auto parsed = parser.parse(sku.text, ranges);
    if (parsed == json::Parsed::not_json) return tl::unexpected(json::bad_reply("the pool is not JSON"));
    if (parsed == json::Parsed::good) owned = nodes_now(ranges, seconds);
  }
  return slots;
}

Result<std::optional<Money>> read_quote(const std::string& body, const std::string& sku_id) {
  const auto text = json::whole_row(body);
  if (!text) return tl::unexpected(text.error());
  json::RowReader reader;
  if (reader.parse(*text) != json::RowReader::Kind::good) {
    return tl::unexpected(json::bad_reply("the quote is " + reader.findings().fault));
  }
  const auto ask = reader.fields().object("best_ask");
  const bool is_its = ask && ask->text("instance_sku", limits::id) == sku_id;
  const std::optional<Money> price = is_its ? ask->price("dollars_per_node_hour") : std::nullopt;
  if (const auto& odd = reader.findings().odd; !odd.empty()) {
    return tl::unexpected(json::bad_reply("the quote's `" + odd.front().field + "` " + odd.front().reason));
  }
  return price;
}

InstanceType on_sale(const Sku& sku, const Slots& slots, const Price& hourly) {
  InstanceType type = sku.type;
  type.is_available = slots.has_free();
  // Nodes that nobody here has bought are like a limit of the account's.
  if (type.is_available == false) {
    type.availability_reason = slots.owned == 0 ? AvailabilityReason::quota : AvailabilityReason::capacity;
  }
  type.prices = {hourly};
  if (hourly.amount && hourly.source == PriceSource::estimate) type.attributes.has_variable_price = true;
  return type;
}

Answer<Location> regions_of(const SkuTable& table, const SlotsBySku& slots) {
  std::map<std::string, Location> regions;
  for (const auto& [id, name] : table.names) {
    const auto has = slots.find(id);
    const bool is_ours = has != slots.end() && has->second.owned != 0;
    const auto [region, is_new] = regions.try_emplace(name.location);
    region->second.name = name.location;
    region->second.is_available = (!is_new && region->second.is_available) || is_ours;
  }
  Answer<Location> all;
  for (auto& [name, region] : regions) all.rows.push_back(std::make_shared<const Location>(std::move(region)));
  std::copy_if(table.rejected.begin(), table.rejected.end(), std::back_inserter(all.rejected),
               [](const Rejected& row) { return row.id.empty(); });
  return all;
}

}  // namespace tally::sfcompute
