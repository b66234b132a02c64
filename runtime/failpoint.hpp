// Named places where a test can have a program fail, hang or die, and faults that a test plants to see that they are
// found. In any other build nothing of it is left.
#pragma once

#ifdef TALLY_FAILPOINTS
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>

namespace tally {

/// What happens when a place is reached: it may throw, wait, or do nothing. Set by tests, one thread.
inline std::function<boost::asio::awaitable<void>(std::string name)> on_failpoint;

/// The fault that is planted; "" when none is. Set by tests, one thread.
inline std::string planted_fault;

inline boost::asio::awaitable<void> reach_failpoint(std::string name) {
  if (on_failpoint) co_await on_failpoint(std::move(name));
}

}  // namespace tally

#define TALLY_FAILPOINT(name) co_await ::tally::reach_failpoint(name)
#define TALLY_IS_PLANTED(name) (::tally::planted_fault == std::string_view(name))
#else
#define TALLY_FAILPOINT(name) static_cast<void>(0)
#define TALLY_IS_PLANTED(name) false
#endif
