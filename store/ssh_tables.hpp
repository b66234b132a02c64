// Writes and reads the tables ssh_probe, host_key and bootstrap of one credential. Writer thread.
#pragma once

#include <vector>

#include "store/sqlite.hpp"
#include "store/ssh_records.hpp"
#include "tally/event_log.hpp"

namespace tally {

/// Within the caller's transaction. Answers the events that were written: those of the changes, and one (`probe_ok`,
/// `probe_failed`) for each probe that came to something else than the row it replaces, or that is the first of its
/// target. Deciding that here keeps it true whatever was lost between a probe and its group's commit.
std::vector<WrittenEvent> write_ssh(sqlite::Connection& connection, std::int64_t credential_key,
                                    const SshChanges& changes);

/// Throws StoreError for a row that cannot be read.
SshRecords load_ssh(sqlite::Connection& connection, std::int64_t credential_key);

}  // namespace tally
