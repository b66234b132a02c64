#include "cli/client/consent.hpp"

#include <sysexits.h>
#include <unistd.h>

#include <iostream>

#include "store/error.hpp"

namespace tally::cli {

bool has_consent(const std::string& what, bool may_go_unasked) {
  std::cerr << what << '\n';
  if (isatty(STDIN_FILENO) == 0) {
    if (may_go_unasked) return true;
    throw StoreError("there is no terminal to ask on; --yes does it unasked", EX_USAGE);
  }
  std::cerr << "Type \"yes\" to go on: ";
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "yes") return true;
  std::cerr << "tallyctl: nothing is done\n";
  return false;
}

}  // namespace tally::cli
