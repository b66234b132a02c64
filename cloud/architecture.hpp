// What processors are called. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tally {

/// "x86_64" (also amd64), "arm64" (also aarch64), in any case and with blanks around; else "unknown".
std::string normalize_architecture(std::string_view vendor_text);

}  // namespace tally
