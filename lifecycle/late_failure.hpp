// A create that was accepted, and whose machine then did not come to run. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "cloud/error.hpp"
#include "store/journal_records.hpp"
#include "tally/known.hpp"

namespace tally::lifecycle {

struct LateFailure {
  Errc kind = Errc::service_unavailable;
  std::string message;
};

/// What a machine that has not run yet, as far as the journal knows, has come to.
struct FirstDays {
  bool is_settled = false;             // it has run, or nothing can be said of it any more
  std::optional<LateFailure> failure;  // it has failed, has ended, or is not running after so long
};

/// `machine`: nullptr when no listing has it. `is_listed`: a complete list of its place is known that began in this
/// process, after the machine should have run: what was known before says nothing of now. `stops_what_fails`: at this
/// vendor a machine that cannot be started becomes `stopped`.
FirstDays judge_first_days(const OperationRecord& create, const KnownInstance* machine, bool is_listed, Timestamp now,
                           std::chrono::seconds running_deadline, bool stops_what_fails);

}  // namespace tally::lifecycle
