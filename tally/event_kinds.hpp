// The kinds of the catalog's events, each once: what may be written, what a rule of notifications may name, and how the
// log tells it. docs/catalog.md says what each means.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace tally {

struct EventKind {
  std::string_view name;
  bool is_warning = false;  // in the log
};

inline constexpr std::array event_kinds{
    EventKind{"type_added"},
    EventKind{"type_changed"},
    EventKind{"type_unlisted"},
    EventKind{"type_relisted"},
    EventKind{"type_held"},
    EventKind{"type_released"},
    EventKind{"location_added"},
    EventKind{"location_changed"},
    EventKind{"location_unlisted"},
    EventKind{"instance_added"},
    EventKind{"instance_changed"},
    EventKind{"instance_ended"},
    EventKind{"row_rejected", true},
    EventKind{"duplicate_id", true},
    EventKind{"id_changed", true},
    EventKind{"id_missing", true},
    EventKind{"unknown_type_id", true},
    EventKind{"az_mismatch", true},
    EventKind{"price_suspect", true},
    EventKind{"odd_field"},
    EventKind{"unknown_status", true},
    EventKind{"unknown_gpu", true},
    EventKind{"same_tenant", true},
    EventKind{"location_forbidden", true},
    EventKind{"clock_skew", true},
    EventKind{"mass_change_held", true},
    EventKind{"mass_change_applied"},
    EventKind{"rows_forgotten", true},
    EventKind{"credential_failing", true},
    EventKind{"credential_recovered"},
    EventKind{"problem_ended"},
    EventKind{"operation_started"},
    EventKind{"operation_finished"},
    EventKind{"operation_abandoned", true},
    EventKind{"create_failed", true},
    EventKind{"terminate_refused", true},
    EventKind{"retire_set"},
    EventKind{"retire_soon"},
    EventKind{"retire_held", true},
    EventKind{"retired"},
    EventKind{"hostkey_pinned"},
    EventKind{"hostkey_changed", true},
    EventKind{"probe_ok"},
    EventKind{"probe_failed"},
    EventKind{"bootstrap_done"},
    EventKind{"bootstrap_failed", true},
    EventKind{"shared_host", true},
    EventKind{"orphan_found", true},
    EventKind{"orphan_gone"},
};

/// Null for a word that is no kind.
constexpr const EventKind* find_event_kind(std::string_view name) {
  const auto* const at =
      std::find_if(event_kinds.begin(), event_kinds.end(), [name](const EventKind& kind) { return kind.name == name; });
  return at == event_kinds.end() ? nullptr : at;
}

}  // namespace tally
