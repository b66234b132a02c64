#include "providers/verda/type_mapping.hpp"

#include <boost/algorithm/string/trim.hpp>

#include "cloud/gpu.hpp"
#include "runtime/ascii.hpp"

namespace tally::verda {
namespace {

constexpr auto smallest_disk = Bytes::of(50, ByteUnit::gibibyte);
constexpr auto largest_disk = Bytes::of(10, ByteUnit::tebibyte);

/// Of one GPU. The vendor states the sum of all; here and there, the size of one: then what it calls the GPU tells.
std::optional<int> memory_of_one(std::optional<std::int32_t> stated, std::int32_t count, std::optional<int> named) {
  if (!stated || *stated <= 0) return named;
  const int share = *stated / count;
  if (named && share != *named && *stated == *named) return named;
  return share > 0 ? std::optional(share) : named;
}

Gpu read_gpu(const json::Fields& type, const json::Fields& fields, std::int32_t count) {
  Gpu gpu;
  gpu.count = count;
  const std::string product = type.text("name");  // "H100 SXM5 80GB": more than "model" says
  gpu.type = boost::algorithm::trim_copy(type.text("model"));
  if (gpu.type.empty()) gpu.type = product;
  const auto memory = type.object("gpu_memory");
  const auto stated = memory ? memory->int32("size_in_gigabytes") : std::nullopt;
  GpuName name;
  for (const std::string& text : {product, fields.text("description"), gpu.type}) {
    gpu.memory_gb = memory_of_one(stated, count, normalize_gpu(text).memory_gb);
    name = normalize_gpu(text, gpu.memory_gb);
    if (name.is_known) break;
  }
  if (!gpu.memory_gb) gpu.memory_gb = name.memory_gb;
  if (gpu.memory_gb) gpu.memory = Bytes::of(*gpu.memory_gb, ByteUnit::gibibyte);  // nominal, as marketed
  gpu.name = name.name;
  gpu.memory_details = name.memory_details;
  gpu.network_details = name.network_details;
  gpu.manufacturer = name.is_known ? name.manufacturer : normalize_manufacturer(type.text("manufacturer"));
  if (gpu.name.empty()) type.deciding().report("model", "is missing");
  return gpu;
}

/// The currency was asked for, and is repeated with each row.
Currency read_currency(const json::Fields& fields) {
  if (!fields.has("currency")) return {};
  const auto currency = Currency::from_code(ascii::upper(fields.text("currency")));
  if (!currency) fields.deciding().report("currency", "is no currency");
  return currency.value_or(Currency());
}

std::vector<Price> read_prices(const json::Fields& fields) {
  const Currency currency = read_currency(fields);
  Price on_demand;
  on_demand.amount = fields.deciding().price("price_per_hour");
  std::vector<Price> prices = {on_demand};
  // 0: it is not sold as spot.
  if (const auto spot_price = fields.price("spot_price")) {
    Price spot;
    spot.usage_class = UsageClass::spot;
    spot.amount = spot_price;
    prices.push_back(spot);
  }
  for (Price& price : prices) {
    if (price.amount) price.amount->currency = currency;
  }
  return prices;
}

/// Machines with Grace are Arm; their GPUs' names say so as well.
bool has_grace(const InstanceType& type, const std::string& cpu_model) {
  if (ascii::lower(cpu_model).find("grace") != std::string::npos) return true;
  return !type.gpus.empty() && (type.gpus.front().name.starts_with("GH") || type.gpus.front().name.starts_with("GB"));
}

}  // namespace

InstanceType read_type(const json::Fields& fields) {
  InstanceType type;
  type.provider = type.cloud = "verda";
  type.type = fields.required_text("instance_type");
  std::string cpu_model;
  if (const auto cpu = fields.object("cpu")) {
    type.vcpu = cpu->int32("number_of_cores");
    cpu_model = cpu->text("model");
  }
  if (const auto memory = fields.object("memory")) {
    type.memory = memory->bytes("size_in_gigabytes", ByteUnit::gigabyte);
  }
  if (const auto gpu = fields.object("gpu")) {
    const std::int32_t count = gpu->deciding().int32("number_of_gpus").value_or(0);
    if (count > 0) type.gpus = {read_gpu(fields, *gpu, count)};
  }
  type.architectures = {has_grace(type, cpu_model) ? "arm64" : "x86_64"};
  type.prices = read_prices(fields);
  type.is_stoppable = true;
  type.is_rebootable = false;
  type.attributes.has_elastic_root_volume = true;
  if (const std::string link = fields.text("p2p"); !link.empty()) {
    type.attributes.network_performance = link + " between GPUs";
  }
  return type;
}

InstanceTypeId id_of(const std::string& type, const std::string& location) {
  InstanceType named;
  named.type = type;
  named.location = location;
  return make_instance_type_id(named);
}

InstanceType in_location(InstanceType type, const std::string& location, const Stock& stock,
                         const Money& storage_price) {
  type.location = location;
  type.id = id_of(type.type, location);
  type.is_available = stock.on_demand;
  if (type.is_available == false) type.availability_reason = AvailabilityReason::capacity;
  if (find_price(type, UsageClass::spot) != nullptr) type.attributes.is_spot_available = stock.spot;
  Storage disk;
  disk.count = 1;
  disk.type = "nvme";
  disk.min_size = smallest_disk;
  disk.max_size = largest_disk;
  disk.price_per_gb_hr = storage_price;
  disk.is_elastic = true;
  type.storage = {disk};
  return type;
}

}  // namespace tally::verda
