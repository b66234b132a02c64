// How Launchpad refuses: as Django REST framework does, with {"detail"}, with texts by field (of a bad request also in
// fields of fields), or with a list of texts, and no codes. Source: API 2.40.9, which describes no errors; what is read
// here follows the framework, and is not confirmed.
#pragma once

#include "providers/rest/dialect.hpp"

namespace tally::launchpad {

namespace codes {
inline constexpr std::string_view request_id_exists = "request_id_exists";
inline constexpr std::string_view already_destroying = "already_destroying";
}  // namespace codes

Dialect dialect();

}  // namespace tally::launchpad
