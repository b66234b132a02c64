// Calls a Prober from a loop of the test's own, as the daemon does.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "ssh/prober.hpp"

namespace tally::fakes {

/// What the coroutine returns; what it throws is thrown.
template <class T>
T call(boost::asio::awaitable<T> task) {
  boost::asio::io_context loop;
  std::optional<T> result;
  std::exception_ptr failure;
  boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr thrown, T value) {
    failure = thrown;
    result = std::move(value);
  });
  loop.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

inline SshCommand command(std::string line, std::string input = "") {
  SshCommand wanted;
  wanted.line = std::move(line);
  wanted.input = std::move(input);
  return wanted;
}

}  // namespace tally::fakes
