// What is known of Nebius before any credential is opened. Source: its public protos (nebius/api, August 2026) and the
// defaults of its own Go SDK.
#pragma once

#include <string_view>

#include "cloud/provider.hpp"

namespace tally::nebius {

const ProviderDescription& description();

namespace options {
inline constexpr std::string_view projects = "projects";
inline constexpr std::string_view network = "network";
inline constexpr std::string_view cpu_presets = "cpu_presets";
inline constexpr std::string_view images = "images";
inline constexpr std::string_view reboot_by_stop = "reboot_by_stop";
}  // namespace options

}  // namespace tally::nebius
