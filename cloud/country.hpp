// Country codes (ISO 3166-1). Pure.
#pragma once

#include <string>
#include <string_view>

namespace tally {

/// "USA" for "US"; "" for what is no country's upper-case two-letter code.
std::string country_from_alpha2(std::string_view code);

}  // namespace tally
