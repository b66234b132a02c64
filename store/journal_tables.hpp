// Writes and reads the journal of operations of one credential. Writer thread.
#pragma once

#include "store/journal_records.hpp"
#include "store/sqlite.hpp"

namespace tally {

/// Within the caller's transaction.
void write_journal(sqlite::Connection& connection, std::int64_t credential_key, const JournalChanges& changes);

/// Throws StoreError for a row that cannot be read.
JournalRecords load_journal(sqlite::Connection& connection, std::int64_t credential_key,
                            const CredentialRef& credential);

/// An event for each operation of a credential that is not over, and that nobody goes on with.
std::vector<Event> abandoned_operations(sqlite::Connection& connection, std::int64_t credential_key);

}  // namespace tally
