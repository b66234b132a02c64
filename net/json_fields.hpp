// A vendor's row as fields of the model. A field without which the row would be wrong decides: when it cannot be read,
// the row is rejected. Any other costs itself: it is not known, and the row says so. Pure; any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/bytes.hpp"
#include "cloud/limits.hpp"
#include "cloud/money.hpp"
#include "net/json_value.hpp"
#include "runtime/timestamp.hpp"

namespace tally::json {

struct OddField {
  std::string field;   // "configuration.vcpus"
  std::string reason;  // for a person, without the value
};

/// What was found wrong while a row was read.
struct Findings {
  std::string fault;          // why the row is rejected: "id is missing"; "" when it is good
  std::vector<OddField> odd;  // at most limits::odd_per_row, each field once
};

/// The fields of one object. Absent and null both mean "not given". All bounds on a vendor's texts are applied here.
class Fields {
 public:
  /// What they are given outlives the fields.
  Fields(const Value& object, std::string path, Findings& findings)
      : object_(&object), path_(std::move(path)), findings_(&findings) {}

  /// The same fields, as those that decide.
  [[nodiscard]] Fields deciding() const;

  /// The same fields, when what is wrong with them is wrong with a part of the row only.
  [[nodiscard]] Fields reporting_to(Findings& findings) const;

  /// Neither absent nor null.
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }

  [[nodiscard]] std::string text(std::string_view name, std::size_t longest = limits::text) const;  // "": not given
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name, std::int64_t minimum = 0) const;
  [[nodiscard]] std::optional<std::int32_t> int32(std::string_view name, std::int32_t minimum = 0) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
  [[nodiscard]] std::optional<Bytes> bytes(std::string_view name, ByteUnit unit) const;
  [[nodiscard]] std::optional<Timestamp> time(std::string_view name) const;

  /// A text that decides, and without which the row is faulty.
  [[nodiscard]] std::string required_text(std::string_view name, std::size_t longest = limits::id) const;

  /// A price in whole units, read from its spelling, as a number or a text ("3.17"); nothing for one that is not above
  /// zero.
  [[nodiscard]] std::optional<Money> price(std::string_view name) const;

  /// A price in cents, which may have a fraction; nothing for one that is not above zero.
  [[nodiscard]] std::optional<Money> price_in_cents(std::string_view name) const;

  /// What is inside decides nothing until asked to.
  [[nodiscard]] std::optional<Fields> object(std::string_view name) const;
  [[nodiscard]] std::vector<Fields> objects(std::string_view name, std::size_t most) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view name, std::size_t most) const;
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view name, std::size_t most) const;

  /// The members of an object of texts.
  [[nodiscard]] std::map<std::string, std::string> text_map(std::string_view name, std::size_t most) const;

  /// Says what is wrong with a field: "`name` problem".
  void report(std::string_view name, std::string_view problem) const;

 private:
  [[nodiscard]] const Value* find(std::string_view name) const;
  [[nodiscard]] const std::vector<Value>* list(std::string_view name, std::size_t most) const;
  [[nodiscard]] std::optional<std::string> read_text(const Value& value, std::string_view name,
                                                     std::size_t longest) const;
  template <class Read>
  [[nodiscard]] auto number(std::string_view name, std::string_view problem, Read read) const;

  const Value* object_;
  std::string path_;
  Findings* findings_;
  bool decides_ = false;
};

/// One parsed row. Keeps the parser's memory for the next: parse() invalidates what the last one gave.
class RowReader {
 public:
  enum class Kind {
    good,
    faulty,    // JSON as far as one can see, but no object, too long or too deep: costs this row
    not_json,  // the reply it came from is not JSON either
  };

  Kind parse(std::string_view text);
  [[nodiscard]] Fields fields() { return {value_, "", findings_}; }
  [[nodiscard]] const Findings& findings() const { return findings_; }

 private:
  Parser parser_;
  Value value_;
  Findings findings_;
};

/// Adds the odd fields of the row with that ID, up to limits::odd_per_listing.
void add_odd(std::vector<Odd>& list, const std::string& id, const Findings& findings);

}  // namespace tally::json
