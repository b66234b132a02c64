// Reads back what the catalog knows of one credential's account: all of it at start, single rows when what was
// forgotten returns.
#pragma once

#include "store/catalog.hpp"
#include "store/sqlite.hpp"

namespace tally {

/// Rows come back equal (operator==) to those that were written. Throws StoreError for a row that cannot be read. Of
/// unlisted types the newest limits::gone_rows_known are among them, and those of live instances; of ended instances
/// those that are listed still.
KnownAccount load_account(sqlite::Connection& connection, std::int64_t credential_key);

/// Those of these IDs that the catalog has, rows only.
std::vector<KnownType> load_types(sqlite::Connection& connection, std::int64_t credential_key,
                                  const std::vector<std::string>& ids);
std::vector<KnownInstance> load_instances(sqlite::Connection& connection, std::int64_t credential_key,
                                          const std::vector<std::string>& ids);

}  // namespace tally
