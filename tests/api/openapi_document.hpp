// docs/openapi.yaml as JSON, and values held against its schemas. yaml-cpp, which is slow to compile, stays in
// openapi_document.cpp. Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::api_tests {

/// A part of the document, never a reference: what that refers to stands in its place. Valid as long as the program
/// runs.
struct DescribedPart {
  const boost::json::value* value = nullptr;
  std::string place;  // a JSON pointer: "/components/schemas/Flag"

  /// What stands below it under these keys, one after the other; nothing when one of them is not there.
  [[nodiscard]] std::optional<DescribedPart> find(std::initializer_list<std::string_view> keys) const;

  /// Of an object by key, of a list by number: "0".
  [[nodiscard]] std::vector<std::pair<std::string, DescribedPart>> members() const;
};

/// The whole document.
DescribedPart openapi_document();

/// Why a value does not fit a schema of the document, in words; "" when it does. Throws when that is no schema.
std::string misfit_of(const boost::json::value& value, const DescribedPart& schema);

/// Throws std::logic_error when it, or a schema within it, is none.
void check_schema(const DescribedPart& schema);

}  // namespace tally::api_tests
