// Scripts that complete the command line in a shell. Pure.
#pragma once

#include <string>

#include "cli/describe/description.hpp"

namespace tally::cli {

std::string bash_completion(const CommandDescription& program);
std::string zsh_completion(const CommandDescription& program);
std::string fish_completion(const CommandDescription& program);

}  // namespace tally::cli
