// Prints the catalog's events as they come. It asks the catalog, not the daemon, and so goes on across its restarts.
#pragma once

#include <cstdint>

#include "cli/command.hpp"
#include "store/resources.hpp"

namespace tally::cli {

/// The events' fields for people; where the events come from is the caller's to say.
Query events_query();

class EventFollower {
 public:
  /// Of the events after `last` those that match. The context outlives the follower.
  EventFollower(const Context& context, Where where, std::int64_t last);

  /// The events of the query, under the same titles as those that follow.
  void print(Reader& reader, const Query& query);

  /// Until SIGINT or SIGTERM, which it takes from the whole process.
  void run();

 private:
  void look();

  const Context& context_;
  Where where_;
  std::int64_t last_;
  Table table_;
  bool has_printed_ = false;
};

}  // namespace tally::cli
