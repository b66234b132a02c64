// Which rule tells of which event. Pure.
#pragma once

#include "notify/rule.hpp"

namespace tally::notify {

/// As far as the event alone says: for what it is about it need not be looked at otherwise.
bool may_match(const Rule& rule, const boost::json::object& event);

bool matches(const Rule& rule, const Happening& happening);

}  // namespace tally::notify
