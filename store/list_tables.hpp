// The tables of images and quotas, within the caller's transaction. What is there is compared with what was seen here,
// so that nobody keeps these rows in memory; a row that is as it was is not written. Writer thread.
#pragma once

#include <vector>

#include "store/sqlite.hpp"
#include "tally/account_list.hpp"
#include "tally/event_log.hpp"
#include "tally/listing.hpp"

namespace tally {

/// How an attempt went: a failure lasts from its first one, and the last success stays known.
void write_list_state(sqlite::Connection& connection, std::int64_t credential_key, const ListingState& state);

/// Makes the list's rows and problems those that were seen; before the state of that attempt, for what was not readable
/// in it was last read with the success before. Answers the events of it. `T` is Image or Quota.
template <class T>
std::vector<WrittenEvent> write_list(sqlite::Connection& connection, std::int64_t credential_key,
                                     const CredentialRef& credential, const ListingKey& key, const AccountList<T>& seen,
                                     Timestamp at);

/// Removes one list, with its rows, that nobody has asked for since then. False when there is none.
bool forget_list(sqlite::Connection& connection, std::int64_t asked_before_ms);

}  // namespace tally
