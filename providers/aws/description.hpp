// What is true of AWS EC2 before any credential is opened.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/provider.hpp"

namespace tally::aws {

inline constexpr std::string_view regions_option = "regions";
inline constexpr std::string_view partition_option = "partition";
inline constexpr std::string_view local_zones_option = "local_zones";
inline constexpr std::string_view pricing_endpoint_option = "pricing_endpoint";
inline constexpr std::string_view ssh_user_option = "ssh_user";
inline constexpr std::string_view image_option = "image";

const ProviderDescription& description();

}  // namespace tally::aws
