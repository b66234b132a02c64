// Rows of a view as JSON: keys as the columns, JSON columns nested. Pure.
#pragma once

#include <boost/json/object.hpp>

#include "store/reader.hpp"

namespace tally {

boost::json::object row_json(const std::vector<std::string>& columns, const std::vector<SqlValue>& row);

}  // namespace tally
