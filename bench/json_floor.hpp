// The least that reading a list can cost: every value of each row is decoded and hashed, and the hashes are compared
// with the last answer's. Nothing is kept but them.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::bench {

class JsonFloor {
 public:
  /// Whether any value of it is not what it was.
  bool has_changed(const std::string& body) {
    const std::uint64_t sum = hash_of(parser_.parse(body).value());
    return std::exchange(whole_, sum) != sum;
  }

  /// How many rows of `{"data": ...}`, a list or an object, are not what they were.
  std::size_t read(const std::string& body) {
    using namespace simdjson;
    const dom::element data = parser_.parse(body)["data"];
    std::vector<std::uint64_t> rows;
    rows.reserve(last_.size());
    if (data.is_array()) {
      for (const dom::element row : dom::array(data)) rows.push_back(hash_of(row));
    } else {
      for (const dom::key_value_pair& row : dom::object(data)) rows.push_back(hash_of(row.value));
    }
    std::size_t changed = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) changed += i >= last_.size() || last_[i] != rows[i] ? 1 : 0;
    last_ = std::move(rows);
    return changed;
  }

 private:
  static std::uint64_t mixed(std::uint64_t sum, std::uint64_t more) {
    return (sum ^ more) * 0x9e3779b97f4a7c15 + (sum >> 29U);
  }
  static std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

  static std::uint64_t hash_of(simdjson::dom::element value) {
    using namespace simdjson;
    std::uint64_t sum = 1;
    switch (value.type()) {
      case dom::element_type::ARRAY:
        for (const dom::element element : dom::array(value)) sum = mixed(sum, hash_of(element));
        return sum;
      case dom::element_type::OBJECT:
        for (const dom::key_value_pair& field : dom::object(value)) {
          sum = mixed(mixed(sum, hash_of(field.key)), hash_of(field.value));
        }
        return sum;
      case dom::element_type::STRING: return hash_of(std::string_view(value));
      case dom::element_type::INT64: return static_cast<std::uint64_t>(std::int64_t(value));
      case dom::element_type::UINT64: return std::uint64_t(value);
      case dom::element_type::DOUBLE: return std::hash<double>{}(double(value));
      case dom::element_type::BOOL: return bool(value) ? 2 : 3;
      case dom::element_type::NULL_VALUE: return 4;
    }
    return sum;
  }

  simdjson::dom::parser parser_;
  std::vector<std::uint64_t> last_;
  std::uint64_t whole_ = 0;
};

}  // namespace tally::bench
