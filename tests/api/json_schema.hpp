// Values held against a schema of OpenAPI 3.0, as far as docs/openapi.yaml uses its words; Debian's validators bring Qt
// with them. A word that is not known here fails, so that none is passed over.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace tally::api_tests {

/// Why a value does not fit, with its place in it: "/items/0/price_nanos: is no integer"; "" when it does. References
/// are looked up in `document`. Throws std::logic_error when that is no schema.
std::string misfit(const boost::json::value& value, const boost::json::object& schema,
                   const boost::json::value& document);

/// Throws std::logic_error when it, or a schema within it, is none.
void check_schema(const boost::json::object& schema, const boost::json::value& document);

}  // namespace tally::api_tests
