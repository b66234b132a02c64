// Where an account's things are at SF Compute: the paths of its workspace and pool, and how lists go on. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/credential.hpp"
#include "cloud/result.hpp"

namespace tally::sfcompute {

struct Site {
  std::string api_path;      // "/preview/v2": before all paths but those of the old API
  std::string organization;  // "": the credential does not say
  std::string workspace;
  std::string pool;  // its name, ID, or resource path

  /// "sfc:workspace:acme:prod"; "" when not both are known.
  [[nodiscard]] std::string workspace_path() const;
  /// "sfc:pool:acme:prod:default": what stands for the pool in requests.
  [[nodiscard]] std::string pool_path() const;
};
Site site_of(const Credential& credential);

/// A path segment or the value of a parameter; the colons of resource paths stay.
std::string encode(std::string_view text);

/// The first page of a list, and what leads from one to the next.
std::string first_page(const std::string& path, const std::string& filter = "");
Result<std::optional<std::string>> page_after(const std::string& first, const std::string& page);

}  // namespace tally::sfcompute
