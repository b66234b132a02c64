// The program tallyctl, but for what concerns the process: its signals and its locale.
#pragma once

#include <CLI/App.hpp>

#include "cli/command.hpp"

namespace tally::cli {

/// All commands and options. The context outlives the app, and holds what is given once it has parsed.
void describe(CLI::App& app, Context& context);

/// Parses and runs a command. Answers the exit code.
int run(int argc, const char* const* argv);

}  // namespace tally::cli
