// Work that is given up when it is late.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <utility>

#include "runtime/clock.hpp"
#include "runtime/keep_in.hpp"

namespace tally {

/// Whether the work has ended by `deadline`, after which it is cancelled. Work that ends well all the same while it is
/// being cancelled, by the deadline or with the caller, has ended. When the caller is cancelled and it has not,
/// operation_aborted is thrown.
boost::asio::awaitable<bool> ends_by(Clock& clock, TimePoint deadline, boost::asio::awaitable<void> work);

/// What the work answers; nothing when it has not answered by `deadline`. What it answers while it is being cancelled,
/// by the deadline or with the caller, is the answer. When the caller is cancelled and there is none, operation_aborted
/// is thrown.
template <class T>
boost::asio::awaitable<std::optional<T>> with_deadline(Clock& clock, TimePoint deadline,
                                                       boost::asio::awaitable<T> work) {
  std::optional<T> result;
  boost::asio::awaitable<void> kept = keep_in(&result, std::move(work));
  const bool has_ended = co_await ends_by(clock, deadline, std::move(kept));
  if (!has_ended) co_return std::nullopt;
  co_return std::move(result);
}

}  // namespace tally
