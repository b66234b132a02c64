#include "providers/launchpad/type_list.hpp"

#include <map>

#include "cloud/decimal.hpp"
#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "net/json_value.hpp"
#include "providers/rest/model_size.hpp"

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

Price read_price(const json::Fields& fields) {
  Price price;
  const auto stated = fields.object("price");
  if (!stated) return price;
  price.amount = stated->price("on_demand_per_hour");
  const auto currency = Currency::from_code(stated->text("currency"));
  if (!currency && price.amount) stated->report("currency", "is no currency");
  if (!currency) price.amount.reset();
  if (price.amount) price.amount->currency = *currency;
  return price;
}

std::string architecture_of(const std::string& word) {
  if (word == "amd64") return "x86_64";
  return word == "arm64" ? word : "unknown";
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
  type.architectures = {architecture_of(fields.text("system_arch"))};
  if (product.gpus > 0) type.gpus = {gpu_of(product)};
  type.storage = read_storage(fields);
  type.prices = {read_price(fields)};
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
  if (is_read && value.kind == json::Value::Kind::number) capacity.left = Decimal::parse(value.text)->whole();
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
Location location_of(const std::string& region, std::optional<std::int64_t> capacity) {
  Location location;
  location.name = location.description = region;
  location.is_available = capacity.value_or(1) > 0;
  return location;
}

template <class T>
void append(std::vector<T>& list, const std::vector<T>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

std::optional<Error> find_refusal(std::size_t rows, std::size_t regions) {
  if (rows > limits::rows_per_listing) {
    return json::bad_reply("more than " + std::to_string(limits::rows_per_listing) +
                           " types and regions, which is not believable");
  }
  if (regions <= limits::locations_per_account) return std::nullopt;
  return json::bad_reply("more than " + std::to_string(limits::locations_per_account) +
                         " regions, which is not believable");
}

}  // namespace

std::size_t TypeList::Entry::measured() const {
  ModelSize sum;
  sum.add(rows);
  sum.add(locations);
  for (const auto* rejected : {&rejected_types, &rejected_locations}) {
    sum.add(*rejected);
    sum.add(*rejected);  // the answer has copies
  }
  sum.add(odd);
  return sum.bytes();
}

/// A row that nobody can name forbids conclusions from any absence.
TypeList::Entry TypeList::decode(std::string_view text) const {
  constexpr std::string_view unread_type = "a type in it could not be read";
  Entry entry;
  json::RowReader row;
  const auto kind = row.parse(text);
  entry.is_json = kind != json::RowReader::Kind::not_json;
  if (kind != json::RowReader::Kind::good) {
    entry.rejected_types.push_back({"", row.findings().fault, ""});
    entry.rejected_locations.push_back({"", std::string(unread_type), ""});
    return entry;
  }
  const json::Fields fields = row.fields();
  const InstanceType type = read_type(fields, is_stoppable_);
  const std::vector<Capacity> regions = read_capacities(text, fields);
  const std::string fault = row.findings().fault;
  const auto reject = [&](const std::string& region, const std::string& why) {
    const bool is_named = !region.empty() && !type.type.empty();
    entry.rejected_types.push_back({is_named ? type_id(region, type.type).str() : "", why, ""});
    entry.rejected_locations.push_back({region, std::string(unread_type), ""});
  };
  if (regions.empty()) {
    if (!fault.empty()) reject("", fault);
    // It is nowhere, which the vendor may say: only that is told.
    if (fault.empty()) entry.rejected_types.push_back({type.type, "is offered in no region", ""});
  }
  for (const auto& [region, capacity, wrong] : regions) {
    if (!fault.empty() || !wrong.empty()) {
      reject(region, fault.empty() ? wrong : fault);
      continue;
    }
    entry.locations.push_back(location_of(region, capacity));
    entry.rows.push_back(in_region(type, region, capacity));
    json::add_odd(entry.odd, entry.rows.back()->id.str(), row.findings());
  }
  return entry;
}

Result<Catalog> TypeList::read(const std::vector<std::string>& pages, WorkLimit limit) {
  return last_.get(pages, [&] { return read_pages(pages, limit); });
}

Result<Catalog> TypeList::read_pages(const std::vector<std::string>& pages, WorkLimit& limit) {
  RowMemo<Entry>::Reading reading(memo_);
  ModelSize size;
  Catalog catalog;
  Answer<InstanceType>& types = catalog.types;
  std::map<std::string, Location> locations;
  std::map<std::string, Rejected> rejected;
  for (const std::string& page : pages) {
    const auto raw_rows = json::split_rows(page, rows_field, json::Container::list, limit);
    if (!raw_rows) return tl::unexpected(raw_rows.error());
    for (const json::RawRow& raw : *raw_rows) {
      if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
      const Entry& entry = reading.get(raw.text, [this](std::string_view text) {
        Entry made = decode(text);
        made.size = made.measured();
        return made;
      });
      if (!entry.is_json) return tl::unexpected(json::bad_reply("an instance type is not JSON"));
      size.add(entry.size);
      if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
      for (const Rejected& row : entry.rejected_types) {
        const bool is_told = types.rejected.size() < limits::rejected_told;
        types.rejected.push_back({row.id, row.reason, is_told ? json::quoted(raw.text, redactor_) : std::string()});
      }
      for (const Rejected& row : entry.rejected_locations) rejected.try_emplace(row.id, row);
      append(types.rows, entry.rows);
      if (types.odd.size() < limits::odd_per_listing) append(types.odd, entry.odd);
      for (const Location& location : entry.locations) {
        Location& known = locations.try_emplace(location.name, location).first->second;
        known.is_available = known.is_available || location.is_available;
      }
      if (auto refusal = find_refusal(types.rows.size() + types.rejected.size(), locations.size())) {
        return tl::unexpected(std::move(*refusal));
      }
    }
  }
  for (const auto& [name, location] : locations) {
    catalog.locations.rows.push_back(std::make_shared<const Location>(location));
  }
  for (auto& [name, row] : rejected) {
    // Other types may tell of a rejected one's region.
    if (!locations.contains(name)) catalog.locations.rejected.push_back(std::move(row));
  }
  reading.finish();
  return catalog;
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
