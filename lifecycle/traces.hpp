// What a machine shows once something was done with it, as the journal keeps it: enough to recognise it after a
// restart, and no tag's or rule's text, but digests. Pure.
#pragma once

#include <string>

#include "cloud/instance.hpp"
#include "lifecycle/requests.hpp"
#include "store/journal_records.hpp"

namespace tally::lifecycle {

/// Of a resize, tags or firewall rules: line by line "+SHA256" of what it shows then, "-SHA256" of what it does not, or
/// the least size of its disk. Of others "": the record alone says it, or nothing can be seen.
std::string traces_of(const Request& request);

/// Whether what an operation has done can be seen of its machine at all; a reboot cannot.
bool can_be_seen(OperationKind kind);

/// Whether the machine shows it. Rules are looked for among the attributes.
bool shows_done(const OperationRecord& operation, const std::string& traces, const Instance& machine);

}  // namespace tally::lifecycle
