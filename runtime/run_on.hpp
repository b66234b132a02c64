// Work on another thread, whose result comes back to the loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace tally {

namespace detail {

/// Compiled once, whatever the work is: co_spawn is heavy.
boost::asio::awaitable<void> perform_on(boost::asio::any_io_executor executor, std::function<void()> work);

template <class F>
boost::asio::awaitable<std::invoke_result_t<F>> result_on(boost::asio::any_io_executor executor, F function) {
  const auto result = std::make_shared<std::optional<std::invoke_result_t<F>>>();
  std::function<void()> work = [function = std::make_shared<F>(std::move(function)), result] {
    result->emplace((*function)());
  };
  co_await perform_on(std::move(executor), std::move(work));
  co_return std::move(**result);  // NOLINT(bugprone-unchecked-optional-access): the work has put it there
}

}  // namespace detail

/// Runs a plain function on another executor and returns its result here, or throws what it threw; what the function
/// holds goes away there. The work is never abandoned: a cancel waits for it (the function must be short or a commit).
template <class F>
boost::asio::awaitable<std::invoke_result_t<F>> run_on(boost::asio::any_io_executor executor, F function) {
  if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
    return detail::perform_on(std::move(executor), std::move(function));
  } else {
    return detail::result_on(std::move(executor), std::move(function));
  }
}

}  // namespace tally
