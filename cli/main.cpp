// tallyctl: reads the catalog, for people and for programs.
#include <clocale>
#include <csignal>

#include "cli/tallyctl.hpp"

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::signal(SIGPIPE, SIG_DFL);  // `tallyctl events | head` ends quietly
  return tally::cli::run(argc, argv);
}
