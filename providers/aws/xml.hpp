// A vendor's XML answer, and its elements as fields of the model. Elements go by their local names; an empty one means
// the same as none; those that nobody asks for are passed over. A field without which the row would be wrong decides:
// when it cannot be read, the row is rejected; any other is not known then, and the row says so. Needs pugixml.hpp:
// include it in .cpp files only. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/limits.hpp"
#include "cloud/money.hpp"
#include "cloud/result.hpp"
#include "net/json_fields.hpp"
#include "runtime/timestamp.hpp"

namespace tally::aws {

/// The element of that local name among the children; nothing when there is none.
pugi::xml_node child_of(pugi::xml_node parent, std::string_view name);

/// The fields of one element. A path is "placement/availabilityZone".
class Fields {
 public:
  /// The findings outlive the fields.
  Fields(pugi::xml_node element, json::Findings& findings) : element_(element), findings_(&findings) {}

  /// The same fields, as those that decide.
  [[nodiscard]] Fields deciding() const;

  [[nodiscard]] bool has(std::string_view path) const { return !raw(path).empty(); }
  [[nodiscard]] std::string text(std::string_view path, std::size_t longest = limits::text) const;  // "": not given
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view path) const;                   // never below zero
  [[nodiscard]] std::optional<std::int32_t> int32(std::string_view path) const;
  [[nodiscard]] std::optional<double> real(std::string_view path) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view path) const;
  [[nodiscard]] std::optional<Timestamp> time(std::string_view path) const;
  [[nodiscard]] std::optional<Money> price(std::string_view path) const;  // nothing for one that is not above zero
  /// The elements `item` below that path; more than `most` are wrong: none then.
  [[nodiscard]] std::vector<Fields> items(std::string_view path, std::size_t most) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view path, std::size_t most) const;
  /// Says what is wrong with a field: "`name` problem".
  void report(std::string_view path, std::string_view problem) const;

 private:
  [[nodiscard]] pugi::xml_node find(std::string_view path) const;
  [[nodiscard]] std::string_view raw(std::string_view path) const;

  pugi::xml_node element_;
  json::Findings* findings_;
  bool decides_ = false;
};

/// One answer.
class Document {
 public:
  /// Error (service_unavailable): no XML, or another answer than `<root>` ("DescribeRegionsResponse").
  static Result<Document> parse(std::string body, std::string_view root);

  /// What is wrong with them is reported there; the document outlives them.
  [[nodiscard]] Fields fields(json::Findings& findings) const;
  /// The elements `item` of a list of rows: rows_of("regionInfo"). An answer without the list has no rows.
  [[nodiscard]] std::vector<pugi::xml_node> rows_of(std::string_view list) const;
  /// Error (service_unavailable): the next page's token is there, and cannot be one.
  [[nodiscard]] Result<std::optional<std::string>> next_token() const;

 private:
  std::unique_ptr<std::string> text_;  // which the elements point into
  std::unique_ptr<pugi::xml_document> document_;
  pugi::xml_node root_;
};

}  // namespace tally::aws
