#include "api/page.hpp"

#include <algorithm>
#include <boost/algorithm/hex.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/json/array.hpp>
#include <optional>

#include "runtime/number.hpp"
#include "store/plain_json.hpp"
#include "store/row_json.hpp"

namespace tally::api {
namespace json = boost::json;
namespace {

constexpr std::int64_t usual_limit = 100;
constexpr std::int64_t largest_limit = 1000;
constexpr char key_separator = '\0';  // no text of the catalog holds one

/// What is wrong with a parameter's value.
struct Fault {
  std::string parameter;
  std::string detail;
};

/// Reads the request's parameters; the first fault counts.
class PageQuery {
 public:
  PageQuery(const Resource& resource, const Request& request) : resource_(resource) {
    for (const auto& [name, value] : request.query) {
      if (name == "limit") {
        read_limit(value);
      } else if (name == "after") {
        read_cursor(value);
      } else {
        read_filter(name, value);
      }
    }
  }

  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }
  [[nodiscard]] std::int64_t limit() const { return limit_; }

  [[nodiscard]] Reader::Rows run(Reader& reader) const {
    return reader.query("SELECT * FROM " + std::string(resource_.view) + where_.text() + " ORDER BY " + key_list() +
                            " LIMIT " + std::to_string(limit_ + 1),
                        where_.parameters());
  }

 private:
  void fail(const std::string& parameter, std::string detail) {
    if (!fault_) fault_ = Fault{parameter, std::move(detail)};
  }

  void read_limit(const std::string& value) {
    const auto limit = parse_number<std::int64_t>(value);
    if (!limit || *limit < 1 || *limit > largest_limit) {
      return fail("limit", "must be a whole number from 1 to " + std::to_string(largest_limit));
    }
    limit_ = *limit;
  }

  void read_cursor(const std::string& value) {
    std::string text;
    try {
      boost::algorithm::unhex(value, std::back_inserter(text));
    } catch (const boost::algorithm::hex_decode_error&) {
      text.clear();
    }
    if (text.empty()) return fail("after", "is not the \"next\" of an earlier page");
    std::vector<std::string> keys;
    boost::algorithm::split(keys, text, [](char c) { return c == key_separator; });
    keys.resize(resource_.keys.size());
    std::string marks;
    for (std::size_t i = 0; i < keys.size(); ++i) marks += i == 0 ? "?" : ", ?";
    where_.add("(" + key_list() + ") > (" + marks + ")", keys.front());
    for (std::size_t i = 1; i < keys.size(); ++i) where_.add_parameter(keys[i]);
  }

  /// The route has let no other parameter through.
  void read_filter(const std::string& name, const std::string& value) {
    const auto& filters = resource_.filters;
    const auto filter =
        std::find_if(filters.begin(), filters.end(), [&name](const Filter& known) { return known.name == name; });
    switch (filter->kind) {
      case FilterKind::text: return where_.add(*filter, value);
      case FilterKind::integer:
        if (const auto number = parse_number<std::int64_t>(value)) return where_.add(*filter, *number);
        return fail(name, "must be a whole number");
      case FilterKind::number:
        if (const auto number = parse_number<double>(value)) return where_.add(*filter, *number);
        return fail(name, "must be a decimal number");
      case FilterKind::flag:
        if (value == "true") return where_.add(*filter, {});
        if (value != "false") fail(name, "must be true or false");
    }
  }

  /// A location that is not there comes first, as ''. What can not be NULL is left for indexes to find.
  [[nodiscard]] std::string key_list() const {
    std::string list;
    for (const std::string_view key : resource_.keys) {
      list += list.empty() ? "" : ", ";
      list += key == "location" ? "coalesce(location, '')" : std::string(key);
    }
    return list;
  }

  const Resource& resource_;
  Where where_;
  std::int64_t limit_ = usual_limit;
  std::optional<Fault> fault_;
};

std::string cursor_of(const Resource& resource, const json::object& row) {
  std::string keys;
  for (const std::string_view key : resource.keys) {
    if (!keys.empty()) keys += key_separator;
    const json::value& value = row.at({key.data(), key.size()});
    if (value.is_int64()) {
      keys += std::to_string(value.get_int64());
    } else if (!value.is_null()) {
      keys += value.as_string();
    }
  }
  std::string cursor;
  boost::algorithm::hex_lower(keys, std::back_inserter(cursor));
  return cursor;
}

}  // namespace

std::vector<std::string> parameters_of(const Resource& resource) {
  std::vector<std::string> names = {"limit", "after"};
  for (const Filter& filter : resource.filters) names.emplace_back(filter.name);
  return names;
}

Response read_page(const Resource& resource, const Request& request, Reader& reader) {
  const PageQuery query(resource, request);
  if (const auto& fault = query.fault()) return problem(400, fault->detail, fault->parameter);
  const Reader::Rows rows = query.run(reader);
  const auto limit = static_cast<std::size_t>(query.limit());
  json::array items;
  for (std::size_t i = 0; i < std::min(limit, rows.rows.size()); ++i) {
    items.push_back(row_json(rows.columns, rows.rows[i]));
  }
  json::object page;
  page["next"] = nullptr;
  if (rows.rows.size() > limit) page["next"] = cursor_of(resource, items.back().get_object());
  page["items"] = std::move(items);
  Response response;
  response.body = plain_json(page);
  return response;
}

std::optional<json::object> find_row(std::string_view name, const std::vector<std::string>& keys, Reader& reader) {
  const Resource& resource = *find_resource(name);
  Where where;
  for (std::size_t i = 0; i < resource.keys.size(); ++i) where.add(std::string(resource.keys[i]) + " = ?", keys.at(i));
  const Reader::Rows rows =
      reader.query("SELECT * FROM " + std::string(resource.view) + where.text(), where.parameters());
  if (rows.rows.empty()) return std::nullopt;
  return row_json(rows.columns, rows.rows.front());
}

}  // namespace tally::api
