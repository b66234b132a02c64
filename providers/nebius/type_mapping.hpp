// Nebius's platforms and their presets as rows of the model. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "providers/nebius/supply.hpp"

namespace tally::nebius {

/// A preset of a platform: what can be bought.
struct Preset {
  InstanceType type;  // without prices and availability
  Demand demand;
  bool is_sold_as_spot = false;
  bool may_change = false;  // a machine of its platform may be given another preset
};

struct Presets {
  std::vector<Preset> all;
  std::vector<Rejected> rejected;
  std::vector<Odd> odd;
};

/// What of the platforms is listed, and said of all.
struct Selection {
  std::string region;
  std::int64_t cpu_presets = 3;  // of each platform without GPUs, the first ones
  bool reboots = false;
};

/// The pages of PlatformService/List of a project in the region.
Result<Presets> read_platforms(const std::vector<std::string>& pages, const Selection& selection,
                               const Redactor& redactor, WorkLimit limit);

/// "gpu-l40s-a.1gpu-8vcpu-32gb"
std::string type_name(std::string_view platform, std::string_view preset);

/// Platform and preset of such a name; nothing when it is none.
std::optional<std::pair<std::string, std::string>> split_type_name(std::string_view type);

/// The GPUs of a platform ("gpu-h100-sxm"); of a preset that has part of a card only, `memory_gb` is the part's.
struct GpuFacts {
  std::string platform;
  std::int32_t count = 0;
  std::optional<int> card_memory_gb;
  std::optional<int> memory_gb;  // of one, as the preset has it
};
Gpu gpu_of(const GpuFacts& facts);

/// Machines with a Grace or an Arm CPU: "arm64"; else "x86_64".
std::string architecture_of(std::string_view platform);

}  // namespace tally::nebius
