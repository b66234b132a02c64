// What is known of SF Compute before any credential is opened. Source: its preview API (OpenAPI of July 2026) and its
// pages on nodes, instances and instance SKUs.
#pragma once

#include "cloud/provider.hpp"

namespace tally::sfcompute {

const ProviderDescription& description();

namespace options {
inline constexpr std::string_view pool = "pool";
inline constexpr std::string_view image = "image";
inline constexpr std::string_view legacy_nodes = "legacy_nodes";
inline constexpr std::string_view prices = "prices";
inline constexpr std::string_view public_ipv4 = "public_ipv4";
}  // namespace options

}  // namespace tally::sfcompute
