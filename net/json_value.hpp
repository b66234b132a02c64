// A piece of a vendor's JSON in memory: small, for a row or an error. Numbers keep their spelling, so that none is too
// large to hold and money stays exact; half of a surrogate pair (a text that was cut inside an emoji) spoils its text
// only. Pure; any thread.
#pragma once

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/decimal.hpp"

namespace tally::json {

struct Value {
  enum class Kind {
    null,
    flag,
    number,
    text,
    broken_text,  // with half of a surrogate pair in it
    list,
    object,
  };

  Kind kind = Kind::null;
  bool flag = false;
  std::string name;          // of a member; "" for others
  std::string text;          // of a text, U+FFFD for each half of a pair; of a number its spelling
  std::vector<Value> items;  // of a list or an object, in order

  /// The first member of that name; nullptr when there is none.
  [[nodiscard]] const Value* find(std::string_view member) const;

  /// The text of that member, a broken one mended; "" when it is no text.
  [[nodiscard]] std::string text_of(std::string_view member) const;

  /// The number; nothing when it is none.
  [[nodiscard]] std::optional<Decimal> number() const;
};

enum class Parsed {
  good,
  too_deep,  // nested deeper than limits::json_depth
  not_json,
};

/// Keeps its memory for the next text.
class Parser {
 public:
  Parsed parse(std::string_view text, Value& value);

 private:
  simdjson::ondemand::parser parser_;
  std::string buffer_;
  std::unique_ptr<Parser> mender_;  // for broken texts; made when the first one comes
};

/// As compact JSON.
std::string to_text(const Value& value);

}  // namespace tally::json
