// A request as it goes over the wire, but for what its authorizer adds. Pure.
#pragma once

#include <string>
#include <vector>

#include "cloud/result.hpp"
#include "cloud/secret.hpp"
#include "net/headers.hpp"
#include "net/url.hpp"

namespace tally {

struct Request;

struct OutgoingRequest {
  std::string method;  // "GET"
  HttpUrl url;
  std::vector<Header> headers;  // Host first, each name once; Content-Length is not among them
  Secret body;
};

/// Error (invalid_request, nothing happened): a URL that may not be called, or a header with a control character.
Result<OutgoingRequest> outgoing(const Request& request);

/// Sets them, in place of those of the same name. Error as above.
Result<> set_headers(OutgoingRequest& request, std::vector<Header> headers);

}  // namespace tally
