// A face is how the world looks through one provider's wire API. Pure functions; a new provider's face is one more
// entry of faces().
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "simcloud/faults.hpp"
#include "simcloud/reply.hpp"
#include "simcloud/world.hpp"

namespace tally::simcloud {

struct Face {
  std::string_view provider;  // as tallyd's config names it
  std::string_view base;      // path below which the API lives: "/api/v1"

  /// The reply to a request below `base`, row faults (malformed_row, duplicate_row, huge_number, empty_list,
  /// null_data) applied to lists.
  Reply (*reply)(const World& world, const std::string& api_key, const Asked& asked, const std::vector<Fault>& faults);

  /// Which file among a vendor's recorded replies answers GET `path` (below `base`).
  std::filesystem::path (*recording)(const std::filesystem::path& folder, const std::string& path);
};

extern const Face lambda_face;
extern const Face shadeform_face;

/// nullptr when the simulated cloud does not speak that provider's API.
const Face* find_face(std::string_view provider);

}  // namespace tally::simcloud
