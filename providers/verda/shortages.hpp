// What Verda's answers say of how much may still be asked (RateLimit and RateLimit-Policy). Pure.
#pragma once

#include <vector>

#include "providers/rest/dialect.hpp"

namespace tally::verda {

/// `RateLimit: "project";r=486;t=37, "endpoint";r=59;t=37` says what is left of a quota, and after how many seconds it
/// is whole again; `RateLimit-Policy: "project";q=500;w=60, …` how much it is. There is a shortage when no more than
/// a fifth is left. What is said otherwise is ignored.
std::vector<Shortage> read_shortages(const Response& answer);

}  // namespace tally::verda
