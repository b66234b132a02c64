// What vendors' refusals have in common. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cloud/error.hpp"
#include "net/http.hpp"

namespace tally {

/// What a status means when the vendor's own words say no more: 401 auth, 403 forbidden, 429 rate_limited, other 4xx
/// invalid_request; the rest (5xx, and any success or redirect where none was expected) service_unavailable.
Errc kind_of_status(int status);

/// An error of that kind for this answer; code and message are made one line and cut.
Error vendor_error(Errc kind, const Response& response, std::string code, std::string message);

/// The error with what was being done, and where.
Error in_operation(Error error, std::string_view provider, std::string_view operation);

}  // namespace tally
