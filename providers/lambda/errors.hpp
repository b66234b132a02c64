// Lambda's errors as ours. Pure. Source: Lambda Cloud API 1.10.0, error codes.
#pragma once

#include <string_view>

#include "cloud/error.hpp"
#include "cloud/redactor.hpp"
#include "net/http.hpp"

namespace tally::lambda {

enum class Operation { list_regions, list_instance_types, list_instances, get_instance };

/// "list instances"
std::string_view to_string(Operation operation);

/// A block page instead of an answer, which may come with any status.
bool is_ban(const Response& response);

/// The error that an answer of another status than 200, or a ban, means. Decided by status and vendor code first, words
/// last; only the vendor's own envelope can say that an instance is gone.
Error error_from(Operation operation, const Response& response, const Redactor& redactor);

}  // namespace tally::lambda
