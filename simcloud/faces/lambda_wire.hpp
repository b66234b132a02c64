// Rows and errors in the words of Lambda's Cloud API (version 1.10.0). Pure.
#pragma once

#include <boost/json/object.hpp>

#include "simcloud/reply.hpp"
#include "simcloud/world.hpp"

namespace tally::simcloud::lambda_api {

Reply error(int status, const char* code, const std::string& message);
Reply not_found(const std::string& message);  // 404 global/object-does-not-exist

/// 400 global/invalid-parameters that names the field.
Reply invalid(const std::string& field, const std::string& message);

Reply data(const boost::json::value& what);

boost::json::object region_of(const World& world, std::size_t region);
boost::json::object type_of(const Shape& shape);
boost::json::object machine_of(World& world, const Machine& machine);

}  // namespace tally::simcloud::lambda_api
