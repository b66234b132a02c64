// Work on another thread, whose result comes back to the loop. Heavy (it instantiates co_spawn): include it in .cpp
// files only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>
#include <utility>

namespace tally {

namespace detail {
template <class F>
boost::asio::awaitable<std::invoke_result_t<F>> call(F function) {
  co_return function();
}
}  // namespace detail

/// Runs a plain function on another executor and returns its result here. The work is never abandoned: a cancel
/// waits for it (the function must be short or a commit).
template <class F>
boost::asio::awaitable<std::invoke_result_t<F>> run_on(boost::asio::any_io_executor executor, F function) {
  namespace asio = boost::asio;
  co_return co_await asio::co_spawn(executor, detail::call(std::move(function)),
                                    asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

}  // namespace tally
