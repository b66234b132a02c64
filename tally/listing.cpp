#include "tally/listing.hpp"

namespace tally {

std::string_view to_string(SyncerKind kind) {
  switch (kind) {
    case SyncerKind::instance_types: return "instance_types";
    case SyncerKind::instances: return "instances";
    case SyncerKind::images: return "images";
    case SyncerKind::quotas: return "quotas";
  }
  return "";
}

ListingState succeeded(ListingState state, Timestamp attempt_at, Timestamp seen_at, std::chrono::nanoseconds duration,
                       std::size_t items) {
  state.last_attempt_at = attempt_at;
  state.last_success_at = seen_at;
  state.failing_since.reset();
  state.last_error_kind.clear();
  state.last_error.clear();
  state.duration = std::chrono::duration_cast<std::chrono::milliseconds>(duration);
  state.items = static_cast<std::int64_t>(items);
  return state;
}

ListingState failed(ListingState state, Timestamp attempt_at, std::chrono::nanoseconds duration, const Error& error) {
  state.last_attempt_at = attempt_at;
  if (!state.failing_since) state.failing_since = attempt_at;
  state.last_error_kind = to_string(error.kind);
  state.last_error = to_text(error);
  state.duration = std::chrono::duration_cast<std::chrono::milliseconds>(duration);
  return state;
}

}  // namespace tally
