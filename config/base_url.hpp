// Base URLs of APIs, as a configuration may give them. Pure.
#pragma once

#include <string>

namespace tally {

/// What is wrong with it, "" when nothing: https, or http to this machine; no user, no query, no fragment.
std::string base_url_fault(const std::string& text);

std::string without_trailing_slash(std::string url);

}  // namespace tally
