// Values of the catalog as texts. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "store/reader.hpp"

namespace tally::api {

/// As a label of Prometheus; "" for none.
inline std::string label_text(const SqlValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
  return "";
}

}  // namespace tally::api
