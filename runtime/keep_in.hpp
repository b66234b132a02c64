// What spawns or guards work of any result takes it without one: the result is kept beside it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <utility>

namespace tally {

/// Leaves what the work answers in an optional: `result` is a pointer to one that outlives the work, or shares it.
template <class Pointer, class T>
boost::asio::awaitable<void> keep_in(Pointer result, boost::asio::awaitable<T> work) {
  result->emplace(co_await std::move(work));
}

}  // namespace tally
