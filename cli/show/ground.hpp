// What an answer stands on. Whatever adds up what is known, or says that there is none, says how old that is and what
// is missing: a listing that failed, or was never made, may hold more.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace tally::cli {

struct Ground {
  std::string gaps;  // "lambda-prod was never listed; sim in east: failing for 3 h"; "" when nothing is missing
  std::string age;   // of the oldest listing, "4 s"; "" when there are gaps
};

/// Of the listings of one syncer, `instances` or `instance_types`, that are asked now.
Ground ground_of(Reader& reader, const std::string& syncer);

/// As show(), but `when_empty` is told only when nothing is missing, with its age; else `when_incomplete`. What is
/// missing is told on standard error, to programs too.
void show(const Context& context, Reader& reader, Query query, const Ground& ground,
          const std::string& when_incomplete);

}  // namespace tally::cli
