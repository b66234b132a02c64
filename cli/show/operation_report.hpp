// What operations came to, for people and for programs.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "cli/client/lifecycle_client.hpp"
#include "cli/command.hpp"

namespace tally::cli {

/// One document: programs get it as the daemon answered it; people the machine, and on standard error why not.
void report(const Context& context, const Outcome& outcome);

/// Of several machines: one array for programs (jsonl: one document a line).
void report(const Context& context, const std::vector<Outcome>& outcomes);

/// A line for people on standard error: `done` about `title`, or why not.
void tell_outcome(const std::string& title, const std::string& done, const Outcome& outcome);

/// The answer to a dry run. Pure.
std::string plan_report(const boost::json::value& plan, bool is_for_people);

}  // namespace tally::cli
