#include "cloud/architecture.hpp"
#include "cloud/country.hpp"
#include "cloud/gpu.hpp"
#include "providers/template/mapping.hpp"

namespace tally::template_api {
namespace {

Location read_region(const json::Fields& fields) {
  Location region;
  region.name = fields.required_text("name");
  region.description = fields.text("description");
  region.country = country_from_alpha2(fields.text("country"));
  region.is_available = fields.deciding().flag("is_open").value_or(true);
  return region;
}

Gpu read_gpu(const json::Fields& fields) {
  Gpu gpu;
  gpu.count = fields.deciding().int32("count", 1).value_or(0);
  gpu.type = fields.deciding().text("model");
  if (gpu.count == 0) fields.deciding().report("count", "is missing");
  if (gpu.type.empty()) fields.deciding().report("model", "is missing");
  gpu.memory = fields.bytes("memory_gb", ByteUnit::gibibyte);  // nominal, as marketed
  gpu.memory_gb = fields.int32("memory_gb", 1);
  gpu.network_details = fields.text("interconnect");
  const GpuName name = normalize_gpu(gpu.type + " " + gpu.network_details, gpu.memory_gb);
  gpu.name = name.name;
  gpu.memory_details = name.memory_details;
  gpu.manufacturer = name.is_known ? name.manufacturer : normalize_manufacturer(fields.text("vendor"));
  return gpu;
}

Price read_price(const json::Fields& fields) {
  const json::Fields deciding = fields.deciding();
  Price price;
  const std::string usage = deciding.text("class");
  if (usage == to_string(UsageClass::spot)) {
    price.usage_class = UsageClass::spot;
  } else if (usage != to_string(UsageClass::on_demand)) {
    deciding.report("class", "is neither on-demand nor spot");
  }
  price.amount = deciding.price("hourly");
  const auto currency = Currency::from_code(deciding.text("currency"));
  if (!currency) deciding.report("currency", "is no currency");
  if (price.amount && currency) price.amount->currency = *currency;
  return price;
}

InstanceType read_type(const json::Fields& fields, const std::string& region) {
  constexpr std::size_t usage_classes = 2;
  const json::Fields deciding = fields.deciding();
  InstanceType type;
  type.provider = type.cloud = "template";
  type.type = fields.required_text("name");
  type.location = region;
  if (!type.type.empty()) type.id = make_instance_type_id(type);
  type.vcpu = fields.int32("vcpus");
  type.memory = fields.bytes("memory_gib", ByteUnit::gibibyte);
  type.architectures = {normalize_architecture(fields.text("architecture"))};
  for (const json::Fields& gpu : deciding.objects("gpus", limits::parts_per_type)) type.gpus.push_back(read_gpu(gpu));
  for (const json::Fields& price : deciding.objects("prices", usage_classes)) type.prices.push_back(read_price(price));
  if (type.prices.empty()) deciding.report("prices", "is missing");
  if (const auto size = fields.bytes("storage_gib", ByteUnit::gibibyte)) {
    Storage disk;
    disk.count = 1;
    disk.size = size;
    disk.is_elastic = true;
    type.storage = {disk};
  }
  type.is_available = deciding.flag("available");
  if (type.is_available == false) type.availability_reason = AvailabilityReason::capacity;
  type.is_stoppable = fields.flag("can_stop");
  type.is_rebootable = fields.flag("can_reboot");
  type.attributes.has_elastic_root_volume = true;
  type.attributes.can_modify_firewall_rules = true;
  return type;
}

Image read_image(const json::Fields& fields) {
  Image image;
  image.id = fields.required_text("id");
  image.name = fields.text("name");
  image.architecture = normalize_architecture(fields.text("architecture"));
  image.created_at = fields.time("created_at");
  image.is_default = fields.flag("is_default").value_or(false);
  return image;
}

Quota read_quota(const json::Fields& fields) {
  Quota quota;
  quota.id = fields.required_text("id");
  quota.name = fields.text("name");
  quota.unit = fields.text("unit");
  quota.maximum = fields.integer("maximum");
  quota.current = fields.integer("current");
  return quota;
}

}  // namespace

RowForm<Location> region_form() { return {"regions", read_region, limits::locations_per_account}; }

RowForm<InstanceType> type_form(const std::string& region) {
  return {"types", [region](const json::Fields& fields) { return read_type(fields, region); }};
}

RowForm<Image> image_form() { return {"images", read_image}; }

RowForm<Quota> quota_form() { return {"quotas", read_quota}; }

}  // namespace tally::template_api
