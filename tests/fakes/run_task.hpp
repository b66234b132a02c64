// Runs one coroutine to its end on an io_context of the test's thread.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "cloud/result.hpp"

namespace tally::fakes {

template <class T>
boost::asio::awaitable<void> keep_result(Task<T> task, std::optional<Result<T>>& result) {
  result = co_await std::move(task);
}

/// The task's result; the context does nothing else meanwhile and is not run further than to that.
template <class T>
Result<T> run_task(boost::asio::io_context& context, Task<T> task) {
  std::optional<Result<T>> result;
  boost::asio::co_spawn(context, keep_result(std::move(task), result), boost::asio::detached);
  context.restart();
  while (!result && context.run_one() != 0) {
  }
  return std::move(result.value());
}

}  // namespace tally::fakes
