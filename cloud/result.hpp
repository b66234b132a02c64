// Result<T>: a T or an Error. Task<T>: a coroutine that ends in one. The T of a Task is default-constructible: who
// spawns one, or keeps what it will answer, begins with an empty one. Cancellation is not a result: it leaves a
// coroutine as boost::system::system_error(operation_aborted).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <tl/expected.hpp>

#include "cloud/error.hpp"

namespace tally {

template <class T = void>
using Result = tl::expected<T, Error>;

template <class T = void>
using Task = boost::asio::awaitable<Result<T>>;

}  // namespace tally
