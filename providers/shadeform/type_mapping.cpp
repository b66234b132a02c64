#include <algorithm>
#include <limits>
#include <map>

#include "cloud/country.hpp"
#include "cloud/gpu.hpp"
#include "net/json.hpp"
#include "providers/shadeform/mapping.hpp"

namespace tally::shadeform {
namespace {

std::optional<Bytes> gigabytes(const json::Fields& fields, std::string_view name, ByteUnit unit = ByteUnit::gigabyte) {
  const auto count = fields.integer(name);
  if (!count) return std::nullopt;
  const auto size = Bytes::of(*count, unit);
  if (!size) fields.fail(name, "is too large");
  return size;
}

/// "pcie" is PCIe and "sxm5" SXM5; other words stay as they are.
std::string interconnect_name(std::string text) {
  if (text == "pcie") return "PCIe";
  if (text.starts_with("sxm")) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  }
  return text;
}

std::optional<Gpu> read_gpu(const json::Fields& configuration) {
  const auto count = configuration.int32("num_gpus", std::numeric_limits<std::int32_t>::min());
  if (!count || *count <= 0) return std::nullopt;
  Gpu gpu;
  gpu.count = *count;
  gpu.type = configuration.text("gpu_type");
  if (gpu.type.empty()) configuration.fail("gpu_type", "is missing");
  const GpuName name = normalize_gpu(gpu.type);
  gpu.name = name.name;
  gpu.memory = gigabytes(configuration, "vram_per_gpu_in_gb", ByteUnit::gibibyte);  // nominal, as marketed
  gpu.memory_gb = configuration.int32("vram_per_gpu_in_gb");
  if (gpu.memory_gb == 0) {
    gpu.memory = std::nullopt;
    gpu.memory_gb = name.memory_gb;
  }
  gpu.memory_details = name.memory_details;
  gpu.network_details = interconnect_name(configuration.text("interconnect"));
  const std::string manufacturer = configuration.text("gpu_manufacturer");
  gpu.manufacturer = name.is_known ? name.manufacturer : normalize_manufacturer(manufacturer);
  return gpu;
}

/// Seconds until a machine of the type is up: the middle of the range, or the one end that is given.
std::optional<std::int64_t> read_deploy_time(const json::Fields& type) {
  const auto boot = type.object("boot_time");
  if (!boot) return std::nullopt;
  const auto least = boot->int32("min_boot_in_sec");
  const auto most = boot->int32("max_boot_in_sec");
  if (least && most) return (std::int64_t{*least} + *most) / 2;
  return least ? *least : most;
}

/// Whole cents; what is not a believable price is left out (the row stays).
Price read_price(const json::Fields& type) {
  Price price;
  const auto cents = type.integer("hourly_price", std::numeric_limits<std::int64_t>::min());
  if (cents && *cents > 0) price.amount = Money::from_cents(*cents);
  return price;
}

/// All but what depends on the region.
InstanceType read_type(const json::Fields& fields) {
  InstanceType type;
  const std::string cloud = fields.text("cloud");
  const std::string shade_type = fields.text("shade_instance_type");
  if (cloud.empty()) fields.fail("cloud", "is missing");
  if (shade_type.empty()) fields.fail("shade_instance_type", "is missing");
  type.provider = "shadeform";
  type.cloud = cloud_name(cloud);
  type.type = type_name(cloud, shade_type);
  type.prices = {read_price(fields)};
  const std::string deployment = fields.text("deployment_type");
  type.is_stoppable = false;
  type.is_rebootable = deployment != "container";
  if (!deployment.empty()) type.attributes.is_container = deployment == "container";
  type.attributes.estimated_deploy_time_s = read_deploy_time(fields);

  const auto configuration = fields.object("configuration");
  if (!configuration) {
    fields.fail("configuration", "is missing");
    return type;
  }
  type.vcpu = configuration->int32("vcpus");
  type.memory = gigabytes(*configuration, "memory_in_gb");
  if (const auto size = gigabytes(*configuration, "storage_in_gb")) {
    Storage disk;
    disk.count = 1;
    disk.type = "ssd";
    disk.size = size;
    type.storage = {disk};
  }
  if (auto gpu = read_gpu(*configuration)) type.gpus = {std::move(*gpu)};
  const bool is_grace =
      !type.gpus.empty() && (type.gpus.front().name.starts_with("GH") || type.gpus.front().name.starts_with("GB"));
  type.architectures = {is_grace ? "arm64" : "x86_64"};
  return type;
}

/// A region is known only by the types in it; its display name begins with the country: "US, Kansas City, KS".
Location read_location(const json::Fields& availability) {
  Location location;
  location.name = availability.text("region");
  location.description = availability.text("display_name");
  location.is_available = availability.flag("available").value_or(false);
  const std::size_t comma = location.description.find(',');
  if (comma != std::string::npos) location.country = country_from_alpha2(location.description.substr(0, comma));
  return location;
}

Row<InstanceType> in_region(InstanceType type, const Location& location, std::optional<bool> is_available) {
  type.location = location.name;
  type.is_available = is_available;
  if (is_available == false) type.availability_reason = AvailabilityReason::capacity;
  type.id = type_id(type.type, location.name);
  return std::make_shared<const InstanceType>(std::move(type));
}

template <class T>
void append(std::vector<T>& list, const std::vector<T>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

}  // namespace

std::string type_name(std::string_view cloud, std::string_view shade_instance_type) {
  return std::string(cloud).append("_").append(shade_instance_type);
}

InstanceTypeId type_id(const std::string& type, const std::string& region) {
  return InstanceTypeId(type + "_" + region);
}

std::string cloud_name(const std::string& cloud) { return cloud == "excesssupply" ? "shadeform" : cloud; }

TypeList::Entry TypeList::decode(std::string_view text) {
  Entry entry;
  json::Row row;
  const auto kind = row.parse(text);
  entry.is_json = kind != json::Row::Kind::not_json;
  if (kind == json::Row::Kind::good) {
    const json::Fields fields = row.fields();
    const InstanceType type = read_type(fields);
    for (const json::Fields& availability : fields.objects("availability")) {
      Location location = read_location(availability);
      if (location.name.empty()) availability.fail("region", "is missing");
      entry.rows.push_back(in_region(type, location, availability.flag("available")));
      entry.locations.push_back(std::move(location));
    }
  }
  if (entry.is_json && !row.fault().empty()) reject(entry, row.fault(), text);
  return entry;
}

/// Which rows a faulty entry would have been, as far as its texts can still be found. What has no name here is a row of
/// which nobody knows: then nothing may be concluded from any absence.
void TypeList::reject(Entry& entry, const std::string& fault, std::string_view text) {
  entry.rows.clear();
  entry.locations.clear();
  const std::string raw = json::redacted(text, {});
  const std::string cloud = json::salvaged_text(text, "/cloud");
  const std::string shade_type = json::salvaged_text(text, "/shade_instance_type");
  const auto regions = json::salvaged_texts(text, "/availability", "region");
  if (cloud.empty() || shade_type.empty() || !regions) entry.rejected_types.push_back({"", fault, raw});
  if (!regions) entry.rejected_locations.push_back({"", "a type in it could not be read", raw});
  for (const std::string& region : regions.value_or(std::vector<std::string>())) {
    entry.rejected_locations.push_back({region, "a type in it could not be read", ""});
    if (cloud.empty() || shade_type.empty()) continue;
    entry.rejected_types.push_back({type_id(type_name(cloud, shade_type), region).str(), fault, raw});
  }
}

Result<TypesAnswer> TypeList::read(std::string body) {
  const auto raw_rows = json::split_rows(body, "instance_types");
  if (!raw_rows) return tl::unexpected(raw_rows.error());
  TypesAnswer answer;
  std::map<std::string, Location> locations;
  std::vector<Rejected> rejected;
  for (const json::RawRow& raw : *raw_rows) {
    if (!raw.key.empty()) return tl::unexpected(json::bad_reply("\"instance_types\" is an object, not a list"));
    const Entry& entry = memo_.get(raw.text, decode);
    if (!entry.is_json) return tl::unexpected(json::bad_reply("an instance type is not JSON"));
    append(answer.types.rejected, entry.rejected_types);
    append(rejected, entry.rejected_locations);
    append(answer.types.items, entry.rows);
    for (const Location& location : entry.locations) {
      Location& known = locations.try_emplace(location.name, location).first->second;
      known.is_available = known.is_available || location.is_available;
    }
  }
  for (const auto& [name, location] : locations) {
    answer.locations.items.push_back(std::make_shared<const Location>(location));
  }
  // Other types may tell of a rejected one's region.
  std::erase_if(rejected, [&locations](const Rejected& row) { return locations.contains(row.id); });
  answer.locations.rejected = std::move(rejected);
  memo_.finish();
  return answer;
}

}  // namespace tally::shadeform
