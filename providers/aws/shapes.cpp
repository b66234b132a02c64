#include "providers/aws/shapes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "cloud/gpu.hpp"
#include "net/json_rows.hpp"
#include "providers/aws/xml.hpp"
#include "runtime/contains.hpp"
#include "runtime/number.hpp"

namespace tally::aws {
namespace {

constexpr double whole_card = 1;
constexpr double smallest_part = 1.0 / 64;
constexpr double bytes_per_gb = 1e9;
constexpr auto smallest_root = Bytes::of(8, ByteUnit::gibibyte);
constexpr auto largest_root = Bytes::of(65'536, ByteUnit::gibibyte);

struct FamilyFacts {
  std::string_view family;
  std::string_view gpu;
  std::string_view memory_details;
  std::string_view network_details;
};

#define FAMILY(family, gpu, memory, form) FamilyFacts{family, gpu, memory, form},
constexpr std::array families = {
#include "providers/aws/families.inc"
};
#undef FAMILY

const FamilyFacts* find_family(std::string_view type) {
  const std::string_view family = family_of(type);
  const auto* const at =
      std::find_if(families.begin(), families.end(), [&](const FamilyFacts& each) { return each.family == family; });
  return at == families.end() ? nullptr : at;
}

/// What the vendor calls some GPUs is no product's name, or only the maker's.
GpuName name_of(const std::string& stated, const FamilyFacts* family) {
  if (stated == "RTX PRO Server 6000") return normalize_gpu("RTX PRO 6000");
  const bool says_nothing = stated.empty() || stated == "NVIDIA" || stated == "AMD";
  return normalize_gpu(says_nothing && family != nullptr ? family->gpu : std::string_view(stated));
}

/// " 1/8" for 0.125.
std::string fraction(double part) { return " 1/" + std::to_string(std::lround(whole_card / part)); }

/// Of a type that has a part of a card the count is 0, and that of the parts is stated apart.
Gpu read_gpu(const Fields& fields, const FamilyFacts* family) {
  Gpu gpu;
  const std::string stated = fields.text("name", limits::id);
  const double part = fields.real("gpuPartitionSize").value_or(whole_card);
  const bool is_part = part < whole_card && part >= smallest_part;
  gpu.count = fields.int32("count").value_or(0);
  if (gpu.count == 0) gpu.count = fields.int32("logicalGpuCount").value_or(0);
  const GpuName name = name_of(stated, family);
  gpu.name = name.name + (is_part ? fraction(part) : "");
  gpu.type = (stated.empty() ? name.name : stated) + (is_part ? fraction(part) : "");
  gpu.manufacturer = name.is_known ? name.manufacturer : normalize_manufacturer(fields.text("manufacturer"));
  if (const auto mib = fields.integer("memoryInfo/sizeInMiB")) gpu.memory = Bytes::of(*mib, ByteUnit::mebibyte);
  if (gpu.memory) {
    const auto bytes = static_cast<double>(gpu.memory->count());
    gpu.memory_gb = is_part ? std::nullopt : nominal_memory_gb(name.name, gpu.memory->count());
    if (!gpu.memory_gb) gpu.memory_gb = static_cast<int>(std::min(std::max(bytes / bytes_per_gb, 1.0) + 0.5, 1e6));
  }
  if (family != nullptr) {
    gpu.memory_details = family->memory_details;
    gpu.network_details = family->network_details;
  }
  if (gpu.name.empty()) fields.report("name", "is missing");
  if (gpu.count < 1) fields.report("count", "is missing");
  if (!gpu.memory_gb) fields.report("memoryInfo/sizeInMiB", "is missing");
  return gpu;
}

std::vector<std::string> read_architectures(const Fields& fields) {
  std::vector<std::string> known;
  for (std::string& each : fields.texts("processorInfo/supportedArchitectures", limits::parts_per_type)) {
    if (each == "x86_64" || each == "arm64") known.push_back(std::move(each));
  }
  if (known.empty()) known.emplace_back("unknown");
  return known;
}

std::vector<Storage> read_storage(const Fields& fields, bool has_elastic_root) {
  std::vector<Storage> all;
  const std::string nvme = fields.text("instanceStorageInfo/nvmeSupport", limits::id);
  for (const Fields& disk : fields.items("instanceStorageInfo/disks", limits::parts_per_type)) {
    Storage local;
    local.count = disk.int32("count").value_or(1);
    local.type = nvme.empty() || nvme == "unsupported" ? disk.text("type", limits::id) : "nvme";
    if (const auto gb = disk.integer("sizeInGB")) local.size = Bytes::of(*gb, ByteUnit::gigabyte);
    local.is_ephemeral = true;
    all.push_back(std::move(local));
  }
  if (has_elastic_root) {
    Storage root;
    root.count = 1;
    root.type = "gp3";
    root.min_size = smallest_root;
    root.max_size = largest_root;
    root.is_elastic = true;
    all.push_back(std::move(root));
  }
  return all;
}

Shape read_shape(pugi::xml_node row, std::string name) {
  Shape shape;
  const Fields fields(row, shape.findings);
  InstanceType& type = shape.type;
  type.provider = type.cloud = "aws";
  type.type = std::move(name);
  type.vcpu = fields.int32("vCpuInfo/defaultVCpus");
  if (const auto mib = fields.integer("memoryInfo/sizeInMiB")) type.memory = Bytes::of(*mib, ByteUnit::mebibyte);
  type.architectures = read_architectures(fields);
  const FamilyFacts* family = find_family(type.type);
  for (const Fields& gpu : fields.deciding().items("gpuInfo/gpus", limits::parts_per_type)) {
    type.gpus.push_back(read_gpu(gpu, family));
  }
  const auto classes = fields.texts("supportedUsageClasses", limits::parts_per_type);
  shape.sells_on_demand = contains(classes, "on-demand");
  shape.sells_spot = contains(classes, "spot");
  const bool has_elastic_root = contains(fields.texts("supportedRootDeviceTypes", limits::parts_per_type), "ebs");
  type.storage = read_storage(fields, has_elastic_root);
  type.is_stoppable = has_elastic_root;
  type.is_rebootable = true;
  TypeAttributes& attributes = type.attributes;
  attributes.has_elastic_root_volume = has_elastic_root;
  attributes.default_cores = fields.int32("vCpuInfo/defaultCores");
  for (const std::string& cores : fields.texts("vCpuInfo/validCores", limits::parts_per_type * 4)) {
    if (const auto number = parse_number<std::int32_t>(cores)) attributes.supported_num_cores.push_back(*number);
  }
  attributes.clock_speed_ghz = fields.real("processorInfo/sustainedClockSpeedInGhz");
  attributes.network_performance = fields.text("networkInfo/networkPerformance");
  attributes.maximum_network_interfaces = fields.int32("networkInfo/maximumNetworkInterfaces");
  attributes.is_preemptible = shape.sells_spot;
  attributes.has_variable_price = shape.sells_spot;
  attributes.is_sub_location_changeable = true;
  attributes.can_modify_firewall_rules = true;
  if (fields.flag("bareMetal").value_or(false)) attributes.estimated_deploy_time_s = 15 * 60;  // not confirmed
  return shape;
}

}  // namespace

std::string_view family_of(std::string_view type) { return type.substr(0, type.find('.')); }

Result<std::optional<std::string>> read_shapes(std::string body, WorkLimit limit, ShapeList& list) {
  const Result<Document> page = Document::parse(std::move(body), "DescribeInstanceTypesResponse");
  if (!page) return tl::unexpected(page.error());
  for (const pugi::xml_node row : page->rows_of("instanceTypeSet")) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    if (!child_of(child_of(row, "gpuInfo"), "gpus").first_child()) continue;
    json::Findings naming;
    std::string name = Fields(row, naming).text("instanceType", limits::id);
    if (name.empty()) {
      list.has_nameless = true;
      continue;
    }
    auto shape = std::make_shared<const Shape>(read_shape(row, name));
    list.size.add(size_of(shape->type) + size_of(shape->findings));
    if (list.size.is_too_large()) return tl::unexpected(too_much_to_hold());
    list.shapes.insert_or_assign(std::move(name), std::move(shape));
  }
  return page->next_token();
}

}  // namespace tally::aws
