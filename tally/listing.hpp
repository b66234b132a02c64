// A listing: one question (credential, syncer, location) that is asked again and again, and how it is doing. Values
// only.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/error.hpp"
#include "runtime/timestamp.hpp"

namespace tally {

/// Images and quotas are no listings in the catalog: how they are doing is in `list_states`, and counts for nothing in
/// an account's health.
enum class SyncerKind { instance_types, instances, images, quotas };
std::string_view to_string(SyncerKind kind);

/// One question that is asked again and again: all types, or the types of one location. Rows point to the listing
/// that vouches for them; problems belong to the listing that shows them.
struct ListingKey {
  SyncerKind syncer = SyncerKind::instance_types;
  std::string location;  // "" for a global API; for a locational one "" vouches for the locations themselves

  auto operator<=>(const ListingKey&) const = default;
};

/// How a listing is doing: one row of `sync_states`, or of `list_states`. Written also when nothing changed.
struct ListingState {
  ListingKey key;
  std::optional<Timestamp> last_attempt_at;
  std::optional<Timestamp> last_success_at;
  std::optional<Timestamp> failing_since;
  std::string last_error_kind;  // "" while it succeeds
  std::string last_error;
  std::chrono::milliseconds duration{0};  // of the last attempt
  std::int64_t items = 0;                 // rows of the last complete answer
  std::int64_t skipped_ticks = 0;         // since the credential was first seen
  std::chrono::milliseconds interval{0};  // in force; `is_stale` is three of these

  bool operator==(const ListingState&) const = default;
};

/// The state after a complete answer that came at `seen_at`, and after an attempt without one.
ListingState succeeded(ListingState state, Timestamp attempt_at, Timestamp seen_at, std::chrono::nanoseconds duration,
                       std::size_t items);
ListingState failed(ListingState state, Timestamp attempt_at, std::chrono::nanoseconds duration, const Error& error);

}  // namespace tally
