// The program tallyctl, but for what concerns the process: its signals and its locale.
#pragma once

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace tally::cli {

/// All commands and options. The context outlives the app, and holds what is given once it has parsed.
void describe(CLI::App& app, Context& context);

/// Parses and runs a command. Answers the exit code.
int run(int argc, const char* const* argv);

}  // namespace tally::cli
