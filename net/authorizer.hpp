// Who vouches for requests in the form that a vendor wants: a key in a header, a signature of what is sent and when, a
// token that has to be fetched first. Loop thread.
#pragma once

#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <vector>

#include "net/outgoing_request.hpp"

namespace tally {

class Authorizer {
 public:
  virtual ~Authorizer() = default;

  /// The headers that vouch for the request, asked for before every attempt: a signature needs a fresh date, a token
  /// may have ended meanwhile. It may call the vendor. An error is the call's outcome, and nothing happened.
  virtual Task<std::vector<Header>> authorize(std::shared_ptr<const OutgoingRequest> request) = 0;

  /// The vendor answered 401 to what authorize() gave. True: other headers can be had, so that one more attempt is
  /// worth it. Many calls may be told of one and the same token: only the first of them costs a new one.
  virtual bool refresh_after_401(const std::vector<Header>& refused) {
    static_cast<void>(refused);
    return false;
  }
};

/// The same header for every request.
class HeaderAuthorizer final : public Authorizer {
 public:
  explicit HeaderAuthorizer(Header header) : header_(std::move(header)) {}

  Task<std::vector<Header>> authorize(std::shared_ptr<const OutgoingRequest> /*request*/) override {
    co_return std::vector<Header>(1, header_);
  }

 private:
  const Header header_;
};

}  // namespace tally
