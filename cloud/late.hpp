// A call of a vendor that is late is an Error.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "cloud/result.hpp"
#include "runtime/deadline.hpp"

namespace tally {

/// As with_deadline(), but what is late is an Error of kind service_unavailable. Whether the call did anything is not
/// known then.
template <class T>
Task<T> with_deadline(Clock& clock, TimePoint deadline, std::string operation, Task<T> task) {
  std::optional<Result<T>> result = co_await with_deadline<Result<T>>(clock, deadline, std::move(task));
  if (result) co_return std::move(*result);
  Error late;
  late.kind = Errc::service_unavailable;
  late.operation = std::move(operation);
  late.message = "no complete answer within the deadline";
  co_return tl::unexpected(std::move(late));
}

}  // namespace tally
