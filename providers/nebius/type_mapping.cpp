#include "providers/nebius/type_mapping.hpp"

#include "cloud/gpu.hpp"
#include "cloud/ids.hpp"
#include "net/json_rows.hpp"
#include "providers/nebius/message_list.hpp"
#include "providers/nebius/protos/compute.pb.h"
#include "providers/rest/model_size.hpp"
#include "runtime/ascii.hpp"

namespace tally::nebius {
namespace {

namespace compute = ::nebius::compute::v1;

constexpr auto smallest_disk = Bytes::of(50, ByteUnit::gibibyte);
constexpr auto largest_disk = Bytes::of(2560, ByteUnit::gibibyte);

std::optional<int> positive(std::int32_t number) { return number > 0 ? std::optional(number) : std::nullopt; }

/// "H100" of "gpu-h100-sxm".
std::string family_of(std::string_view platform) {
  const std::size_t begin = platform.find('-');
  std::string_view rest = begin == std::string_view::npos ? platform : platform.substr(begin + 1);
  rest = rest.substr(0, rest.find('-'));
  return ascii::upper(rest);
}

/// Its name within this vendor is the card's marketing name cut short.
std::string marketed(const std::string& family) { return family == "RTX6000" ? "RTX PRO 6000" : family; }

std::optional<int> memory_here(const std::string& family) {
  if (family == "H100") return 80;
  if (family == "B200") return 180;
  if (family == "B300" || family == "GB300") return 288;
  return family == "GB200" ? std::optional(186) : std::nullopt;
}

std::string link_of(std::string_view platform) {
  if (platform.find("-sxm") != std::string_view::npos) return "SXM";
  const std::string family = family_of(platform);
  return family == "L40S" || family == "RTX6000" ? "PCIe" : "";
}

bool is_short_name(const std::string& text) { return !text.empty() && text.size() <= limits::id / 3; }

class PlatformReader {
 public:
  PlatformReader(const compute::Platform& platform, const Selection& selection)
      : platform_(platform), selection_(selection) {}

  [[nodiscard]] const std::string& name() const { return platform_.metadata().name(); }

  /// Why it is no type; "" when it is one.
  static std::string fault_of(const compute::Preset& preset) {
    if (!is_short_name(preset.name())) return "presets.name is missing or no name";
    if (preset.resources().vcpu_count() <= 0) return "presets.resources.vcpu_count is not above zero";
    if (preset.resources().memory_gibibytes() <= 0) return "presets.resources.memory_gibibytes is not above zero";
    constexpr int most_gpus = 1024;
    const int gpus = preset.resources().gpu_count();
    return gpus < 0 || gpus > most_gpus ? "presets.resources.gpu_count is no number of GPUs" : "";
  }

  [[nodiscard]] Preset read(const compute::Preset& stated) const {
    const compute::PresetResources& resources = stated.resources();
    Preset preset;
    preset.is_sold_as_spot = platform_.status().allowed_for_preemptibles();
    preset.may_change = platform_.spec().allow_preset_change();
    preset.type = type_of(stated);
    preset.demand.region = selection_.region;
    preset.demand.platform = name();
    preset.demand.preset = stated.name();
    preset.demand.gpus = resources.gpu_count();
    preset.demand.vcpus = resources.vcpu_count();
    preset.demand.memory_bytes = preset.type.memory.value_or(Bytes()).count();
    if (resources.gpu_count() > 0) {
      preset.demand.gpu_quota = platform_.spec().gpu_count_quota_type();
      if (preset.demand.gpu_quota.empty()) {
        preset.demand.gpu_quota = "compute.instance.gpu." + ascii::lower(family_of(name()));
      }
    }
    return preset;
  }

 private:
  [[nodiscard]] InstanceType type_of(const compute::Preset& stated) const {
    const compute::PresetResources& resources = stated.resources();
    InstanceType type;
    type.provider = type.cloud = "nebius";
    type.type = type_name(name(), stated.name());
    type.location = selection_.region;
    type.id = make_instance_type_id(type);
    type.vcpu = resources.vcpu_count();
    type.memory = Bytes::of(resources.memory_gibibytes(), ByteUnit::gibibyte);
    type.architectures = {architecture_of(name())};
    if (resources.gpu_count() > 0) {
      GpuFacts facts;
      facts.platform = name();
      facts.count = resources.gpu_count();
      facts.card_memory_gb = positive(platform_.spec().gpu_memory_gigabytes());
      if (!facts.card_memory_gb) facts.card_memory_gb = positive(platform_.spec().gpu_memory_gibibytes());
      facts.memory_gb = positive(resources.gpu_memory_gibibytes());
      type.gpus = {gpu_of(facts)};
    }
    Storage disk;
    disk.count = 1;
    disk.type = "network-ssd";
    disk.min_size = smallest_disk;
    disk.max_size = largest_disk;
    disk.is_elastic = true;
    type.storage = {disk};
    type.is_stoppable = true;
    type.is_rebootable = selection_.reboots;
    type.attributes.has_elastic_root_volume = true;
    type.attributes.network_performance = "standard";
    return type;
  }

  const compute::Platform& platform_;
  const Selection& selection_;
};

/// Presets of one platform, into the list.
void add_presets(const compute::Platform& platform, const Selection& selection, const Redactor& redactor,
                 Presets& into) {
  const PlatformReader reader(platform, selection);
  if (!is_short_name(reader.name())) {
    into.rejected.push_back({"", "metadata.name is missing or no name", quoted(platform, redactor)});
    return;
  }
  std::int64_t without_gpus = 0;
  for (const compute::Preset& stated : platform.spec().presets()) {
    if (const std::string fault = PlatformReader::fault_of(stated); !fault.empty()) {
      InstanceType named;
      named.type = type_name(reader.name(), stated.name());
      named.location = selection.region;
      const bool has_id = is_short_name(stated.name());
      into.rejected.push_back({has_id ? make_instance_type_id(named).str() : "", fault, quoted(stated, redactor)});
      continue;
    }
    if (stated.resources().gpu_count() == 0 && ++without_gpus > selection.cpu_presets) continue;
    into.all.push_back(reader.read(stated));
  }
}

}  // namespace

std::string type_name(std::string_view platform, std::string_view preset) {
  return std::string(platform).append(".").append(preset);
}

std::optional<std::pair<std::string, std::string>> split_type_name(std::string_view type) {
  const std::size_t dot = type.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == type.size()) return std::nullopt;
  return std::pair(std::string(type.substr(0, dot)), std::string(type.substr(dot + 1)));
}

Gpu gpu_of(const GpuFacts& facts) {
  const std::string family = family_of(facts.platform);
  const GpuName name = normalize_gpu(marketed(family), facts.card_memory_gb);
  Gpu gpu;
  gpu.count = facts.count;
  gpu.name = name.name;
  gpu.type = family;
  gpu.memory_gb = facts.card_memory_gb ? facts.card_memory_gb : name.memory_gb;
  // Of the sizes that it is made in this vendor has one.
  if (!gpu.memory_gb) gpu.memory_gb = memory_here(family);
  const bool is_part = facts.memory_gb && gpu.memory_gb && *facts.memory_gb * 2 <= *gpu.memory_gb;
  if (is_part) {
    const int parts = (*gpu.memory_gb + *facts.memory_gb / 2) / *facts.memory_gb;
    gpu.name += " 1/" + std::to_string(parts);
    gpu.memory_gb = facts.memory_gb;
  }
  if (gpu.memory_gb) gpu.memory = Bytes::of(*gpu.memory_gb, ByteUnit::gibibyte);  // nominal, as marketed
  gpu.memory_details = name.memory_details;
  gpu.network_details = link_of(facts.platform);
  gpu.manufacturer = name.is_known ? name.manufacturer : "NVIDIA";
  return gpu;
}

std::string architecture_of(std::string_view platform) {
  const std::string family = family_of(platform);
  return family.starts_with("GB") || family.starts_with("GH") || platform.starts_with("cpu-g") ? "arm64" : "x86_64";
}

Result<Presets> read_platforms(const std::vector<std::string>& pages, const Selection& selection,
                               const Redactor& redactor, WorkLimit limit) {
  Presets presets;
  ModelSize size;
  std::size_t counted = 0;
  for (const std::string& bytes : pages) {
    ::nebius::listing::Page page;
    if (!page.ParseFromString(bytes)) return tl::unexpected(json::bad_reply("a page is not the API's message"));
    for (const std::string& item : page.items()) {
      if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
      compute::Platform platform;
      if (item.size() > limits::row || !platform.ParseFromString(item)) {
        presets.rejected.push_back({"", "is not the API's message", ""});
      } else {
        add_presets(platform, selection, redactor, presets);
      }
      for (; counted < presets.all.size(); ++counted) size.add(size_of(presets.all[counted].type));
      if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
      if (presets.all.size() + presets.rejected.size() > limits::rows_per_listing) {
        return tl::unexpected(json::bad_reply("more rows than anybody has"));
      }
    }
  }
  return presets;
}

}  // namespace tally::nebius
