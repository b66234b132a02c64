// What a credential may do, found out by asking its provider. Reads only. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "api/reports.hpp"
#include "cloud/account.hpp"
#include "cloud/provider.hpp"
#include "runtime/clock.hpp"

namespace tally {

/// Lists types and instances once each, of a locational API the locations first, the rest in one of them; a step that
/// fails ends none of the others.
boost::asio::awaitable<std::vector<api::CheckStep>> check_account(Account& account, ApiType api_type, Clock& clock);

}  // namespace tally
