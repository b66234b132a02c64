#include "providers/launchpad/type_list.hpp"

#include <algorithm>
#include <array>

#include "cloud/architecture.hpp"
#include "net/json_rows.hpp"
#include "net/json_value.hpp"

namespace tally::launchpad {
namespace {

constexpr std::string_view rows_field = "results";

/// A reservation that everybody has.
constexpr std::string_view open_workshop = "brev-dgxc";

std::vector<Storage> read_storage(const json::Fields& fields) {
  std::vector<Storage> disks;
  for (const json::Fields& listed : fields.objects("storage", limits::parts_per_type)) {
    Storage disk;
    disk.count = 1;
    disk.type = listed.text("type");
    disk.size = listed.bytes("size_gb", ByteUnit::gigabyte);
    disks.push_back(std::move(disk));
  }
  return disks;
}

std::optional<Money> read_price(const json::Fields& fields) {
  const auto stated = fields.object("price");
  auto amount = stated ? stated->price("on_demand_per_hour") : std::nullopt;
  if (!amount) return std::nullopt;
  const auto currency = Currency::from_code(stated->text("currency"));
  if (!currency) {
    stated->report("currency", "is no currency");
    return std::nullopt;
  }
  amount->currency = *currency;
  return amount;
}

/// What GPUs like these cost; nothing when they are not in the table.
std::optional<Money> usual_price(const Gpu& gpu) {
  struct Usual {
    std::string_view gpu;
    std::string_view price;
  };
#define PRICE(gpu, price) {gpu, price},
  static constexpr auto table = std::to_array<Usual>({
#include "providers/launchpad/price_table.inc"
  });
#undef PRICE
  const auto at = std::find_if(table.begin(), table.end(), [&gpu](const Usual& each) { return each.gpu == gpu.name; });
  auto amount = at == table.end() ? std::nullopt : Money::parse(at->price);
  if (amount) amount->nanos *= gpu.count;  // which is a few billion times a number of 32 bits
  return amount;
}

/// The vendor's, else an estimate.
Price price_of(const json::Fields& fields, const std::vector<Gpu>& gpus) {
  Price price;
  price.amount = read_price(fields);
  if (price.amount || gpus.empty()) return price;
  price.amount = usual_price(gpus.front());
  if (price.amount) price.source = PriceSource::estimate;
  return price;
}

/// All but what depends on the region.
InstanceType read_type(const json::Fields& fields, bool is_stoppable) {
  const Product product = read_product(fields);
  InstanceType type;
  type.provider = "launchpad";
  type.cloud = product.cloud;
  type.type = type_name(product);
  type.vcpu = fields.int32("cpu");
  type.memory = fields.bytes("memory_gb", ByteUnit::gigabyte);
  type.architectures = {normalize_architecture(fields.text("system_arch"))};
  if (product.gpus > 0) type.gpus = {gpu_of(product)};
  type.storage = read_storage(fields);
  type.prices = {price_of(fields, type.gpus)};
  type.is_stoppable = is_stoppable;
  type.is_rebootable = false;
  type.attributes.estimated_deploy_time_s = product.cloud == "dmz" ? 60 : 900;
  if (product.workshop != open_workshop) type.attributes.reserved_instance_pool_id = product.workshop;
  return type;
}

/// One entry of "capacity".
struct Capacity {
  std::string region;                // "" when it is no name
  std::optional<std::int64_t> left;  // nothing: not known
  std::string wrong;                 // "" when it can be read
};

Capacity read_capacity(const json::RawRow& entry) {
  Capacity capacity;
  if (!entry.key.empty() && entry.key.size() <= limits::id) capacity.region = entry.key;
  if (capacity.region.empty()) capacity.wrong = "capacity has no name of a region";
  json::Value value;
  const bool is_read =
      entry.text.size() <= limits::row && json::Parser().parse(entry.text, value) == json::Parsed::good;
  if (is_read && value.kind == json::Value::Kind::null) return capacity;
  if (const auto left = is_read ? value.number() : std::nullopt) capacity.left = left->whole();
  if (!capacity.left) capacity.wrong = "capacity is no whole number";
  return capacity;
}

/// Of a row that is an object. What is wrong with all of them is reported on its fields.
std::vector<Capacity> read_capacities(std::string_view row, const json::Fields& fields) {
  std::vector<Capacity> capacities;
  WorkLimit limit;
  const auto entries = json::split_rows(row, "capacity", json::Container::object, limit);
  if (!entries || entries->size() > limits::locations_per_account) {
    fields.deciding().report("capacity", entries ? "has too many regions" : "is missing, or no object");
    return capacities;
  }
  for (const json::RawRow& entry : *entries) capacities.push_back(read_capacity(entry));
  return capacities;
}

Row<InstanceType> in_region(InstanceType type, const std::string& region, std::optional<std::int64_t> capacity) {
  type.location = region;
  type.id = type_id(region, type.type);
  if (capacity) type.is_available = *capacity > 0;
  if (type.is_available == false) type.availability_reason = AvailabilityReason::capacity;
  return std::make_shared<const InstanceType>(std::move(type));
}

/// A region is known only by the types in it. One of which nothing is said is not one that cannot be used.
Row<Location> location_of(const std::string& region, std::optional<std::int64_t> capacity) {
  Location location;
  location.name = location.description = region;
  location.is_available = capacity.value_or(1) > 0;
  return std::make_shared<const Location>(std::move(location));
}

void decode(std::string_view text, bool is_stoppable, json::RowReader& row, RegionalRow& made) {
  const json::Fields fields = row.fields();
  const InstanceType type = read_type(fields, is_stoppable);
  const std::vector<Capacity> regions = read_capacities(text, fields);
  const std::string& fault = row.findings().fault;
  if (regions.empty()) made.reject_everywhere(type.type, fault);
  for (const auto& [region, capacity, wrong] : regions) {
    if (!fault.empty() || !wrong.empty()) {
      const bool is_named = !region.empty() && !type.type.empty();
      made.reject(is_named ? type_id(region, type.type).str() : "", region, fault.empty() ? wrong : fault);
      continue;
    }
    made.locations.push_back(location_of(region, capacity));
    made.rows.push_back(in_region(type, region, capacity));
    json::add_odd(made.odd, made.rows.back()->id.str(), row.findings());
  }
}

}  // namespace

RegionalTypeList type_list(bool is_stoppable, const Redactor& redactor) {
  const auto decode_row = [is_stoppable](std::string_view text, json::RowReader& row, RegionalRow& made) {
    decode(text, is_stoppable, row, made);
  };
  return {rows_field, decode_row, redactor};
}

Result<std::optional<Sale>> find_sale(const std::vector<std::string>& pages, const std::string& type, WorkLimit limit) {
  json::RowReader reader;
  for (const std::string& page : pages) {
    const auto rows = json::split_rows(page, rows_field, json::Container::list, limit);
    if (!rows) return tl::unexpected(rows.error());
    for (const json::RawRow& row : *rows) {
      if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
      if (reader.parse(row.text) != json::RowReader::Kind::good) continue;
      const json::Fields fields = reader.fields();
      Sale sale{read_product(fields), {}};
      if (type_name(sale.product) != type) continue;
      for (const Capacity& each : read_capacities(row.text, fields)) sale.regions.push_back(each.region);
      if (reader.findings().fault.empty()) return sale;
    }
  }
  return std::nullopt;
}

}  // namespace tally::launchpad
