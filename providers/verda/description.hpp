// What is known of Verda before any credential is opened. Source: its API documentation (OpenAPI 3.1 of September
// 2026), and its notes on API changes.
#pragma once

#include "cloud/provider.hpp"

namespace tally::verda {

const ProviderDescription& description();

/// Verda counts each method and path by itself: the budget's pool of that one ("path/POST /instances").
inline constexpr std::string_view path_pool = "path";

/// The user that a new machine gets; see startup_script.hpp.
inline constexpr std::string_view ssh_user_option = "ssh_user";

}  // namespace tally::verda
