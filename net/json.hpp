// Reading vendors' JSON row by row, on simdjson. A reply is split into the raw text of its rows, then each row is
// parsed by itself, so that one impossible number costs one row; a body that is not JSON fails as a whole. Pure; any
// thread.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/result.hpp"

namespace tally::json {

struct RawRow {
  std::string key;        // the row's key when the list is an object; "" in an array
  std::string_view text;  // into the reply
};

/// The rows of `{"<field>": [row, ...]}` or `{"<field>": {"key": row, ...}}`. The reply must be one JSON object and
/// nothing after it; its other fields are checked to be JSON and ignored. `body` may be moved in memory (padding)
/// before the rows point into it. Error (service_unavailable): not UTF-8, not JSON, cut off, no such field, null or no
/// list.
Result<std::vector<RawRow>> split_rows(std::string& body, std::string_view field);

/// The raw text of the object in `{"<field>": {...}}`.
Result<RawRow> single_row(std::string& body, std::string_view field);

/// Fields of one JSON object. Absent and null both mean "not given". A field of the wrong type, or a number out of
/// range, makes the whole row faulty: the first fault is kept (Row::fault).
class Fields {
 public:
  Fields(simdjson::dom::object object, std::string path, std::string& fault)
      : object_(object), path_(std::move(path)), fault_(&fault) {}

  [[nodiscard]] std::string text(std::string_view name) const;  // "" when not given
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name, std::int64_t minimum = 0) const;
  [[nodiscard]] std::optional<std::int32_t> int32(std::string_view name, std::int32_t minimum = 0) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
  [[nodiscard]] std::optional<Fields> object(std::string_view name) const;
  [[nodiscard]] std::vector<Fields> objects(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;

  /// Declares the row faulty: "`name` problem".
  void fail(std::string_view name, std::string_view problem) const;

 private:
  [[nodiscard]] std::optional<simdjson::dom::element> find(std::string_view name) const;
  [[nodiscard]] std::vector<simdjson::dom::element> list(std::string_view name) const;

  simdjson::dom::object object_;
  std::string path_;
  std::string* fault_;
};

/// One parsed row. Keeps the parser's memory for the next: parse() invalidates what the last one gave.
class Row {
 public:
  enum class Kind {
    good,
    faulty,    // JSON, but no object or with a number that nothing can hold: costs this row
    not_json,  // the reply it came from is not JSON either
  };

  Kind parse(std::string_view text);
  [[nodiscard]] Fields fields();

  /// What is wrong with the row; "" when nothing is.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::object object_;
  std::string fault_;
};

/// Texts inside a row that cannot be parsed as a whole (a number in it that nothing can hold): they tell which row it
/// was. The text at a JSON pointer, "" when there is none; the field of every object in the list at a JSON pointer,
/// nothing when one of them lacks it or there is no list.
std::string salvaged_text(std::string_view row, std::string_view pointer);
std::optional<std::vector<std::string>> salvaged_texts(std::string_view row, std::string_view pointer,
                                                       std::string_view field);

/// The row's text for a person: values of the given keys blanked at any depth, cut at 4 KiB on a character boundary. A
/// row in which they cannot be found safely is withheld.
std::string redacted(std::string_view text, const std::vector<std::string_view>& secret_keys);

/// An error for a reply that is not what it should be.
Error bad_reply(std::string message);

}  // namespace tally::json
