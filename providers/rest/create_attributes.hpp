// What a create asks for beyond type, location, key, RefID and token. An attribute that a provider's create cannot
// honour is refused before any call, by its name: never ignored. Pure.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cloud/create_request.hpp"
#include "cloud/error.hpp"

namespace tally {

/// The names are the control API's.
namespace attributes {
inline constexpr std::string_view sub_location = "sub_location";
inline constexpr std::string_view spot = "is_spot";
inline constexpr std::string_view image = "image_id";
inline constexpr std::string_view disk_size = "disk_size_bytes";
inline constexpr std::string_view additional_disks = "additional_disks";
inline constexpr std::string_view multi_attach_volume = "use_multi_attach_volume";
inline constexpr std::string_view vpc = "vpc_id";
inline constexpr std::string_view subnet = "subnet_id";
inline constexpr std::string_view persistent_ip = "use_persistent_ip";
inline constexpr std::string_view firewall = "firewall_rules";
inline constexpr std::string_view key_pair = "key_pair_name";
inline constexpr std::string_view user_data = "user_data_base64";
inline constexpr std::string_view environment = "environment";
inline constexpr std::string_view tags = "tags";
inline constexpr std::string_view retire_in = "retire_in_s";
}  // namespace attributes

/// Those that the request asks for.
std::vector<std::string_view> attributes_of(const CreateRequest& request);

/// The refusal (not_implemented) of a request that cannot be honoured by a create that honours only those attributes;
/// nothing when it can. A name is a wish, so every create honours it.
std::optional<Error> find_not_honoured(const CreateRequest& request, std::span<const std::string_view> honoured);

}  // namespace tally
