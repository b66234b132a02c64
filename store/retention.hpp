// Takes old history out of the catalog, a small batch at a time, so that the file stays bounded and nobody waits for
// it. Folding the events that are left gives the same as folding all of them: each subject keeps one baseline event,
// but instances that ended and types that were unlisted go altogether with the last of their history.
// Writer thread only.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "runtime/timestamp.hpp"
#include "store/sqlite.hpp"

namespace tally {

struct RetentionLimits {
  std::chrono::days age{400};
  std::int64_t rows = 20'000'000;               // of events; histories shrink with them
  std::int64_t bytes = std::int64_t{8} << 30U;  // of the file's pages that are in use
};

/// How far one pass over the catalog has come. A new one starts a new pass.
struct RetentionCursor {
  enum class Stage { begin, events, types, instances, problems, lists, deliveries, done };
  Stage stage = Stage::begin;
  std::int64_t last_key = 0;    // of types or instances: done up to here
  std::int64_t cutoff_ms = 0;   // what this pass takes: what was over before then,
  std::int64_t last_event = 0;  // and the events up to this one
  std::int64_t changes = 0;     // rows that it has removed or made baselines so far; 0 at the end: there were none
};

/// By what clock history is old: no wall clock that jumps ahead may take it all. `base` is the newest success that the
/// catalog had when it was opened, else the wall clock's time then; `since` has passed from then on.
inline Timestamp retention_now(Timestamp base, std::chrono::milliseconds since, Timestamp wall) {
  return std::min(base + since, wall);
}

/// Bytes of the pages that are in use.
std::int64_t used_bytes(sqlite::Connection& connection);

/// Removes one batch of what is older than the limits, in one transaction, and moves the cursor. An unlisted
/// type goes although the syncers may know it still: they ask for it by its ID when it returns. Throws StoreError.
void prune_batch(sqlite::Connection& connection, const RetentionLimits& limits, Timestamp now, RetentionCursor& cursor);

}  // namespace tally
