#include "cli/show/note.hpp"

#include <iostream>

#include "cli/show/format.hpp"

namespace tally::cli {

void tell(const std::string& note) { std::cerr << "tallyctl: " << plain(note) << '\n'; }

}  // namespace tally::cli
