// What a credential may do, found out by asking its provider. Reads only. Loop thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cloud/account.hpp"
#include "cloud/provider.hpp"
#include "runtime/clock.hpp"

namespace tally {

struct CheckStep {
  std::string name;  // "list instances"
  std::size_t rows = 0;
  std::chrono::milliseconds took{0};
  std::optional<Error> error;  // none: the provider answered completely
};

/// Lists types and instances once each, of a locational API the locations first, the rest in one of them; a step that
/// fails ends none of the others.
boost::asio::awaitable<std::vector<CheckStep>> check_account(Account& account, ApiType api_type, Clock& clock);

}  // namespace tally
