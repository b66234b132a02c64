// The SQL of the catalog as embedded text, in the order of the file names.
#pragma once

#include <string_view>
#include <vector>

namespace tally {

extern const std::vector<std::string_view> schema_migrations;  // user_version N is reached by the first N of these
extern const std::vector<std::string_view> schema_views;       // made anew when their text changes

constexpr int catalog_application_id = 0x74616C79;  // "taly"

}  // namespace tally
