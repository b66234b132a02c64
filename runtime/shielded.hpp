// Work that must finish, whoever waits for it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/keep_in.hpp"

namespace tally {

/// Work that must finish (a commit, a call that makes or ends something). It begins when this is called, not when it
/// is awaited, so that a caller who has been cancelled already still has it done; no cancel reaches it; who waits when
/// the cancel comes gets its result. A caller that was cancelled before it waits leaves at once, and the work goes on:
/// it must record its outcome itself, and what it uses must outlive it. Not a coroutine on purpose.
boost::asio::awaitable<void> shielded(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> work);

namespace detail {

template <class T>
boost::asio::awaitable<T> result_of(boost::asio::awaitable<void> work, std::shared_ptr<std::optional<T>> result) {
  co_await std::move(work);
  co_return std::move(**result);  // NOLINT(bugprone-unchecked-optional-access): the work has put it there
}

}  // namespace detail

template <class T>
boost::asio::awaitable<T> shielded(const boost::asio::any_io_executor& executor, boost::asio::awaitable<T> work) {
  auto result = std::make_shared<std::optional<T>>();
  return detail::result_of(shielded(executor, keep_in(result, std::move(work))), result);
}

}  // namespace tally
