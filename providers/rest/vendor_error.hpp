// What vendors' refusals have in common. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/error.hpp"
#include "cloud/redactor.hpp"
#include "net/http.hpp"
#include "net/json_value.hpp"

namespace tally {

/// What a status means when the vendor's own words say no more: 401 auth, 403 forbidden, 429 rate_limited, other 4xx
/// invalid_request; the rest (5xx, and any success or redirect where none was expected) service_unavailable. So is a
/// 404: whatever stands before the API may say it, and only the vendor's own words make it more.
Errc kind_of_status(int status);

/// The JSON of a refusal; nothing when the body is something else, or longer than limits::error_body.
std::optional<json::Value> read_refusal(const std::string& body);

/// An error of that kind for this answer. Code and message lose the credential's secrets, then are made one line and
/// cut; without a message the answer is quoted, or named if it is a web page.
Error vendor_error(Errc kind, const Response& response, std::string code, std::string message,
                   const Redactor& redactor);

/// The error of a call that only reads, with what was being done, and where.
Error in_operation(Error error, std::string_view provider, std::string_view operation);

}  // namespace tally
