// URLs as a configuration may give them. Pure.
#pragma once

#include <string>

namespace tally {

/// What is wrong with the base URL of an API, "" when nothing: https, or http to this machine; no user, no query, no
/// fragment.
std::string base_url_fault(const std::string& text);

/// The same of the URL of one who is told: it may have a query.
std::string webhook_url_fault(const std::string& text);

std::string without_trailing_slash(std::string url);

}  // namespace tally
