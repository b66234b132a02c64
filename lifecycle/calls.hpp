// A call to the vendor: with a deadline, shielded, and whatever goes wrong with it is an Error that says how sure it
// is. Loop thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cloud/late.hpp"
#include "lifecycle/desk.hpp"
#include "runtime/failpoint.hpp"
#include "runtime/guarded.hpp"
#include "runtime/keep_in.hpp"
#include "runtime/shielded.hpp"

namespace tally::lifecycle {

namespace detail {

template <class T>
boost::asio::awaitable<T> counted(std::shared_ptr<void> /*in_hand*/, boost::asio::awaitable<T> work) {
  co_return co_await std::move(work);
}

template <class T>
Task<T> through_failpoints([[maybe_unused]] std::string step, Task<T> work) {
  TALLY_FAILPOINT(step + ".call.before");
  Result<T> result = co_await std::move(work);
  TALLY_FAILPOINT(step + ".call.after");
  co_return result;
}

template <class T>
Task<T> guarded_call(DeskPtr desk, std::shared_ptr<void> /*lender*/, std::string step, Task<T> work) {
  const TimePoint deadline = desk->clock.now() + desk->options.call_deadline;
  std::optional<Result<T>> result;
  Task<T> in_time = with_deadline<T>(desk->clock, deadline, step, through_failpoints<T>(step, std::move(work)));
  const std::exception_ptr failure = co_await failure_of(keep_in(&result, std::move(in_time)));
  if (result) co_return std::move(*result);
  Error error;
  error.kind = Errc::internal;
  error.operation = step;
  error.message = words_of(failure);
  co_return tl::unexpected(std::move(error));
}

}  // namespace detail

/// Work that no cancel tears apart, such as a call and the record of what came of it. It begins at once; a stop waits
/// for it, some seconds.
template <class T>
boost::asio::awaitable<T> whole(const DeskPtr& desk, boost::asio::awaitable<T> work) {
  ++desk->in_hand;
  std::shared_ptr<void> in_hand(nullptr, [desk](void*) { --desk->in_hand; });
  return shielded(desk->loop, detail::counted<T>(std::move(in_hand), std::move(work)));
}

/// `step` names it for failpoints and people. An exception of the account is a fault of ours, and it is not known then
/// whether anything happened.
template <class T>
Task<T> call(const DeskPtr& desk, std::string step, Task<T> work) {
  std::shared_ptr<void> lender = desk->parts.lender;  // the account lives until it has answered
  return whole<Result<T>>(desk, detail::guarded_call<T>(desk, std::move(lender), std::move(step), std::move(work)));
}

}  // namespace tally::lifecycle
