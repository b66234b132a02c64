// Machine images, and which of them a caller asks for. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/timestamp.hpp"

namespace tally {

struct Image {
  std::string id;
  std::string name;
  std::string location;      // "" when the same ID serves every location
  std::string architecture;  // "x86_64", "arm64"; "unknown"
  std::string description;
  std::optional<Timestamp> created_at;
  bool is_default = false;  // what a create without an image takes

  bool operator==(const Image&) const = default;
};

/// Each list that is not empty must have one that fits.
struct ImageQuery {
  std::vector<std::string> ids;
  std::vector<std::string> owners;  // the vendor's words for them; only a vendor can tell
  std::vector<std::string> architectures;
  std::vector<std::string> names;  // with `*` for any text and `?` for any character
};

/// All but the owners.
bool matches(const ImageQuery& query, const Image& image);

}  // namespace tally
