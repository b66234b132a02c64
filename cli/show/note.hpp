// What tallyctl says of its own work.
#pragma once

#include <string>

namespace tally::cli {

/// One line on standard error; what could drive a terminal becomes spaces.
void tell(const std::string& note);

}  // namespace tally::cli
