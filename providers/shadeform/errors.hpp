// Shadeform's errors as ours. Pure. Source: Shadeform API v1 (its schema documents only 200; bodies as users met them).
#pragma once

#include <string_view>

#include "cloud/error.hpp"
#include "cloud/redactor.hpp"
#include "net/http.hpp"

namespace tally::shadeform {

enum class Operation { list_instance_types, list_instances, get_instance };

/// "list instances"
std::string_view to_string(Operation operation);

/// The error that an answer of another status than 200 means. Decided by status and vendor code first, words last.
Error error_from(Operation operation, const Response& response, const Redactor& redactor);

}  // namespace tally::shadeform
