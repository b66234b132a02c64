// Takes old history out of the catalog, a small batch at a time, so that the file stays bounded and nobody waits for
// it. Folding the events that are left gives the same as folding all of them: each subject keeps one baseline event.
// Writer thread only.
#pragma once

#include <chrono>
#include <cstdint>

#include "cloud/timestamp.hpp"
#include "store/sqlite.hpp"

namespace tally {

struct RetentionLimits {
  std::chrono::days age{400};
  std::int64_t rows = 20'000'000;  // of events; histories shrink with them
};

/// How far one pass over the catalog has come. A new one starts a new pass.
struct RetentionCursor {
  enum class Stage { events, types, instances, problems, done };
  Stage stage = Stage::events;
  std::int64_t last_key = 0;  // of types or instances: done up to here
};

/// Removes one batch of what is older than the limits, in one transaction, and moves the cursor. Throws StoreError.
void prune_batch(sqlite::Connection& connection, const RetentionLimits& limits, Timestamp now, RetentionCursor& cursor);

}  // namespace tally
