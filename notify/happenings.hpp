// Reads the events from the catalog, and of those that some rule may tell of what they are about. On the readers'
// thread.
#pragma once

#include <memory>
#include <vector>

#include "notify/rule.hpp"
#include "store/notify_records.hpp"
#include "store/reader.hpp"

namespace tally::notify {

/// A rule, and up to which event it has read.
struct ReadingRule {
  std::shared_ptr<const Rule> rule;
  std::int64_t read_event_id = 0;
};

struct EventsFound {
  EventsRead read;       // without its time
  bool is_all = true;    // false: there are more events
  bool is_news = false;  // some rule had not read up to there
};

/// At most some hundred events at a time.
EventsFound read_events(Reader& reader, const std::vector<ReadingRule>& rules);

}  // namespace tally::notify
