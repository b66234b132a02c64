// Calls a Prober from a loop of the test's own, as the daemon does.
#pragma once

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

/// The time of a contact that nothing else ends, and how a failure tells it.
struct Patience {
  std::chrono::milliseconds deadline;
  std::string words;
};

/// To be tried one after the other until the contact comes as far as it must: the first is short enough to wait for,
/// the last long enough for any machine.
inline std::vector<Patience> growing_from(std::chrono::milliseconds first) {
  std::vector<Patience> list;
  for (int i = 0; i < 4; ++i, first *= 10) {
    list.push_back({first, fmt::format("within {:g} s", std::chrono::duration<double>(first).count())});
  }
  return list;
}

}  // namespace tally::fakes
