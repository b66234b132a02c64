// What FluidStack's words for a GPU say. Pure. The words of one model are documented ("GH100_H100_SXM5_80GB"); the rest
// is read in their manner, and not confirmed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/instance_type.hpp"

namespace tally::fluidstack {

/// The GPU of `gpuModel`: chip, name, connection and memory, separated by `_`. Its count is not set.
Gpu gpu_of_model(const std::string& model);

/// The GPU that the name of a type tells of where there is no model: "h100-hgx-80gb.8x".
Gpu gpu_of_type_name(std::string_view type);

/// Whether a CPU of its maker's own comes with it, which is no x86: GH200, GB200.
bool is_with_arm(const Gpu& gpu);

}  // namespace tally::fluidstack
