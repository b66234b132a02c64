#include <algorithm>
#include <limits>
#include <map>

#include "cloud/country.hpp"
#include "cloud/gpu.hpp"
#include "net/json_rows.hpp"
#include "providers/shadeform/mapping.hpp"
#include "runtime/ascii.hpp"

namespace tally::shadeform {
namespace {

/// "pcie" is PCIe and "sxm5" SXM5; other words stay as they are.
std::string interconnect_name(const std::string& text) {
  if (text == "pcie") return "PCIe";
  return text.starts_with("sxm") ? ascii::upper(text) : text;
}

std::optional<Gpu> read_gpu(const json::Fields& configuration) {
  const auto count = configuration.int32("num_gpus", std::numeric_limits<std::int32_t>::min());
  if (!count || *count <= 0) return std::nullopt;
  Gpu gpu;
  gpu.count = *count;
  gpu.type = configuration.text("gpu_type");
  if (gpu.type.empty()) configuration.deciding().report("gpu_type", "is missing");
  gpu.memory = configuration.bytes("vram_per_gpu_in_gb", ByteUnit::gibibyte);  // nominal, as marketed
  gpu.memory_gb = configuration.int32("vram_per_gpu_in_gb");
  if (gpu.memory_gb == 0) gpu.memory_gb.reset();
  const std::string interconnect = configuration.text("interconnect");
  const GpuName name = normalize_gpu(gpu.type + " " + interconnect, gpu.memory_gb);
  gpu.name = name.name;
  if (!gpu.memory_gb) {
    gpu.memory.reset();
    gpu.memory_gb = name.memory_gb;
  }
  gpu.memory_details = name.memory_details;
  gpu.network_details = interconnect_name(interconnect);
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
  return least ? least : most;
}

/// All but what depends on the region.
InstanceType read_type(const json::Fields& fields) {
  InstanceType type;
  const json::Fields deciding = fields.deciding();
  const std::string cloud = deciding.text("cloud", limits::id);
  const std::string shade_type = deciding.text("shade_instance_type", limits::id);
  if (cloud.empty()) deciding.report("cloud", "is missing");
  if (shade_type.empty()) deciding.report("shade_instance_type", "is missing");
  type.provider = "shadeform";
  type.cloud = cloud_name(cloud);
  if (!cloud.empty() && !shade_type.empty()) type.type = type_name(cloud, shade_type);
  Price price;
  price.amount = fields.price_in_cents("hourly_price");
  type.prices = {price};
  const std::string deployment = fields.text("deployment_type");
  type.is_stoppable = false;
  type.is_rebootable = deployment != "container";
  if (!deployment.empty()) type.attributes.is_container = deployment == "container";
  type.attributes.estimated_deploy_time_s = read_deploy_time(fields);

  const auto configuration = fields.object("configuration");
  if (!configuration) {
    deciding.report("configuration", "is missing");
    return type;
  }
  type.vcpu = configuration->int32("vcpus");
  type.memory = configuration->bytes("memory_in_gb", ByteUnit::gigabyte);
  if (const auto size = configuration->bytes("storage_in_gb", ByteUnit::gigabyte)) {
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

/// How a type can be had in a region: the vendor lists a region once for each.
enum class Rental { on_demand, spot, other };

/// One entry of "availability".
struct Offer {
  Location location;
  Rental rental = Rental::on_demand;
  std::optional<bool> is_available;
  json::Findings findings;
};

Rental read_rental(const json::Fields& fields) {
  std::string word = ascii::lower(fields.text("rental_type"));
  std::replace(word.begin(), word.end(), '-', '_');
  if (word == "spot") return Rental::spot;
  if ((word.empty() && !fields.has("rental_type")) || word == "on_demand") return Rental::on_demand;
  fields.report("rental_type", "has no meaning here");
  return Rental::other;
}

/// A region is known only by the types in it; its display name begins with the country: "US, Kansas City, KS".
Offer read_offer(const json::Fields& entry) {
  Offer offer;
  const json::Fields fields = entry.reporting_to(offer.findings);
  offer.location.name = fields.required_text("region");
  offer.location.description = fields.text("display_name");
  offer.rental = read_rental(fields);
  offer.is_available = fields.deciding().flag("available");
  // A region of which nothing is said is not one that cannot be used.
  offer.location.is_available = offer.is_available.value_or(true);
  const std::string& shown = offer.location.description;
  const std::size_t comma = shown.find(',');
  if (comma != std::string::npos) offer.location.country = country_from_alpha2(shown.substr(0, comma));
  return offer;
}

/// What all offers of one region say together.
struct RegionOffers {
  const Offer* first = nullptr;
  bool is_sold_on_demand = false;
  bool is_sold_as_spot = false;
  std::optional<bool> is_spot_available;
};

std::map<std::string_view, RegionOffers> by_region(const std::vector<Offer>& offers) {
  std::map<std::string_view, RegionOffers> regions;
  for (const Offer& offer : offers) {
    RegionOffers& region = regions[offer.location.name];
    if (region.first == nullptr) region.first = &offer;
    if (offer.rental == Rental::on_demand) region.is_sold_on_demand = true;
    if (offer.rental != Rental::spot) continue;
    region.is_sold_as_spot = true;
    if (region.is_spot_available != true && offer.is_available) region.is_spot_available = offer.is_available;
  }
  return regions;
}

/// The region's row is made of its offers on demand, if there are any, else of its first.
bool makes_a_row(const Offer& offer, const RegionOffers& region) {
  return region.is_sold_on_demand ? offer.rental == Rental::on_demand : &offer == region.first;
}

/// The type as it can be had on demand there. What is sold as spot only is not available on demand; the price of spot
/// is not stated.
Row<InstanceType> in_region(InstanceType type, const Offer& offer, const RegionOffers& region) {
  type.location = offer.location.name;
  if (offer.rental == Rental::on_demand) type.is_available = offer.is_available;
  if (offer.rental == Rental::spot) type.is_available = false;
  if (type.is_available == false) type.availability_reason = AvailabilityReason::capacity;
  if (region.is_sold_as_spot) {
    Price price;
    price.usage_class = UsageClass::spot;
    type.prices.push_back(price);
    type.attributes.is_spot_available = region.is_spot_available;
  }
  type.id = type_id(type.type, type.location);
  return std::make_shared<const InstanceType>(std::move(type));
}

/// What stays of an entry without which rows of ours cannot be made.
void decode(std::string_view /*text*/, json::RowReader& row, RegionalRow& made) {
  const json::Fields fields = row.fields();
  const InstanceType type = read_type(fields);
  std::vector<Offer> offers;
  json::Findings listed;  // of the list, and of what in it is no object
  const json::Fields offering = fields.deciding().reporting_to(listed);
  for (const json::Fields& entry : offering.objects("availability", limits::locations_per_account)) {
    offers.push_back(read_offer(entry));
  }
  if (!fields.has("availability")) fields.deciding().report("availability", "is missing");
  const std::string& fault = row.findings().fault;
  if (offers.empty()) made.reject_everywhere(type.type, fault.empty() ? listed.fault : fault);
  if (!offers.empty() && !listed.fault.empty()) made.reject("", "", listed.fault);
  const auto regions = by_region(offers);
  for (const Offer& offer : offers) {
    const std::string& name = offer.location.name;
    if (!fault.empty() || !offer.findings.fault.empty()) {
      const bool is_named = !name.empty() && !type.type.empty();
      made.reject(is_named ? type_id(type.type, name).str() : "", name,
                  fault.empty() ? "availability." + offer.findings.fault : fault);
      continue;
    }
    const RegionOffers& region = regions.at(name);
    made.locations.push_back(std::make_shared<const Location>(offer.location));
    if (!makes_a_row(offer, region)) continue;
    made.rows.push_back(in_region(type, offer, region));
    json::add_odd(made.odd, made.rows.back()->id.str(), row.findings());
    json::add_odd(made.odd, made.rows.back()->id.str(), offer.findings);
  }
}

}  // namespace

std::string type_name(std::string_view cloud, std::string_view shade_instance_type) {
  return std::string(cloud).append("_").append(shade_instance_type);
}

InstanceTypeId type_id(const std::string& type, const std::string& region) {
  return InstanceTypeId(type + "_" + region);
}

std::string cloud_name(const std::string& cloud) { return cloud == "excesssupply" ? "shadeform" : cloud; }

RegionalTypeList type_list(const Redactor& redactor) { return {"instance_types", decode, redactor}; }

}  // namespace tally::shadeform
