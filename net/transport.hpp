// How a client's requests reach a vendor that does not speak HTTP/1.1. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <tl/expected.hpp>

#include "net/connection.hpp"

namespace tally {

class Transport {
 public:
  virtual ~Transport() = default;

  /// One complete exchange, or why there was none. The call's progress says whether anything may have reached the
  /// server. A cancel ends it. The executor of the awaitable is the one that it comes back to.
  virtual boost::asio::awaitable<tl::expected<WireResponse, WireFailure>> exchange(
      std::shared_ptr<const Call> call) = 0;
};

}  // namespace tally
