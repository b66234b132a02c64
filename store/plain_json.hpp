// Values as programs read them: numbers are plain decimals without an exponent, as short as gives the same value back.
// Pure.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace tally {

/// "0.000001", "458208.42", "3"; what is no number (infinite) is "null".
std::string plain_decimal(double number);

/// JSON on one line.
std::string plain_json(const boost::json::value& value);

}  // namespace tally
