// What passes between the control API and its clients, held against docs/openapi.yaml. Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "api/message.hpp"

namespace tally::api_tests {

/// What of an exchange the document does not describe, in words: the answer's status, headers, content type or body, or
/// the body of a request that was taken. "" when nothing is. Of a request that is none of the document's the answer is
/// a refusal.
std::string fault_of_exchange(const api::Request& request, const api::Response& response);

/// Likewise of whole events of the stream.
std::string fault_of_events(const std::string& events);

/// Likewise of an answer that says no, whatever it was asked: the status is one that the document names somewhere, and
/// the body a problem document of that status.
std::string fault_of_refusal(int status, const std::string& content_type, const std::string& body);

}  // namespace tally::api_tests
