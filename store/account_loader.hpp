// Reads back, once at start, all that the catalog knows of one credential's account.
#pragma once

#include "store/catalog.hpp"
#include "store/sqlite.hpp"

namespace tally {

/// Rows come back equal (operator==) to those that were written. Throws StoreError for a row that cannot be read.
/// Unlisted types that were last seen before `forgotten` (retention.hpp) are left out.
KnownAccount load_account(sqlite::Connection& connection, std::int64_t credential_key, Timestamp forgotten);

}  // namespace tally
