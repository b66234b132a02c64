// Work whose exceptions end only itself. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <exception>
#include <functional>
#include <string>

#include "runtime/clock.hpp"

namespace tally {

/// Why the work failed; null when it came to its end. When the caller has been cancelled, operation_aborted is thrown.
boost::asio::awaitable<std::exception_ptr> failure_of(boost::asio::awaitable<void> work);

/// What an exception says.
std::string words_of(const std::exception_ptr& failure);

/// One line of the log for a task that ended in an exception (Tasks::OnFailure).
void report_failure(const std::string& name, const std::exception_ptr& failure);

/// Runs a service until cancelled: an exception is logged and ends one run of it, and a second later it begins again.
boost::asio::awaitable<void> keep_going(std::string name, Clock& clock,
                                        std::function<boost::asio::awaitable<void>()> service);

}  // namespace tally
