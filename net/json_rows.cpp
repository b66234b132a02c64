#include "net/json_rows.hpp"

#include <simdjson.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "cloud/limits.hpp"
#include "net/json_value.hpp"

namespace tally::json {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view white_space = " \t\n\r";

/// Goes through JSON from value to value. What it answers ends where the value must end if it is JSON at all.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] char next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(white_space), rest_.size()));
    return rest_.empty() ? '\0' : rest_.front();
  }

  bool take(char wanted) {
    if (next() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// The next value's text; nothing when it does not end.
  std::optional<std::string_view> value() {
    switch (next()) {
      case '"': return take_bytes(string_size(0));
      case '{':
      case '[': return take_bytes(container_size());
      default: {
        const std::size_t size = std::min(rest_.find_first_of(" \t\n\r,]}"), rest_.size());
        return take_bytes(size == 0 ? std::string_view::npos : size);
      }
    }
  }

 private:
  std::optional<std::string_view> take_bytes(std::size_t size) {
    if (size > rest_.size()) return std::nullopt;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  /// Of the string that begins at `at`, with its quotes; npos when it does not end.
  [[nodiscard]] std::size_t string_size(std::size_t at) const {
    const std::size_t begin = at;
    for (++at; at < rest_.size(); ++at) {
      if (rest_[at] == '\\') {
        ++at;
      } else if (rest_[at] == '"') {
        return at + 1 - begin;
      }
    }
    return std::string_view::npos;
  }

  [[nodiscard]] std::size_t container_size() const {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (--depth == 0) return at + 1;
      } else if (c == '"') {
        const std::size_t size = string_size(at);
        if (size == std::string_view::npos) return size;
        at += size - 1;
      }
    }
    return std::string_view::npos;
  }

  std::string_view rest_;
};

std::string not_json(const std::string& why) { return "the body is not the expected JSON: " + why; }

/// Why a body is none that could be read, in words for whoever set the endpoint; "" when it could be.
std::string find_wrong_kind(std::string_view body) {
  if (body.empty()) return "the body is empty";
  const bool has_mark = body.starts_with("\xff\xfe") || body.starts_with("\xfe\xff");
  const bool has_halves = body.size() > 1 && (body[0] == '\0') != (body[1] == '\0');
  if (has_mark || has_halves) return "the body is UTF-16, not UTF-8";
  if (body.starts_with("\x1f\x8b")) return "the body is gzip, which its headers do not say";
  if (!simdjson::validate_utf8(body.data(), body.size())) return "the body is not UTF-8";
  if (Cursor(body).next() == '<') return "the body is a web page, not the API's answer: is `endpoint` right?";
  return "";
}

/// The body's JSON as such: without a byte order mark.
Result<std::string_view> text_of(std::string_view body) {
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  if (std::string wrong = find_wrong_kind(body); !wrong.empty()) return tl::unexpected(bad_reply(std::move(wrong)));
  return body;
}

/// Reads the names of members; those without an escape, nearly all, as they stand.
class Keys {
 public:
  /// "" for one that cannot be read.
  std::string name(std::string_view raw) {
    if (is_plain(raw)) return std::string(inside(raw));
    Value key;
    return parser_.parse(raw, key) == Parsed::good ? key.text : std::string();
  }

  bool is(std::string_view raw, std::string_view name_wanted) {
    return is_plain(raw) ? inside(raw) == name_wanted : name(raw) == name_wanted;
  }

 private:
  static std::string_view inside(std::string_view raw) { return raw.substr(1, raw.size() - 2); }
  static bool is_plain(std::string_view raw) {
    return std::none_of(raw.begin(), raw.end(), [](unsigned char c) { return c == '\\' || c < 0x20; });
  }

  Parser parser_;
};

/// A value where it stands, and its key, "" in a list.
struct Found {
  std::string_view key;  // with its quotes
  std::string_view value;

  [[nodiscard]] std::string_view whole() const {
    const char* const begin = key.empty() ? value.data() : key.data();
    return {begin, static_cast<std::size_t>(value.data() + value.size() - begin)};
  }
};

/// What is wrong with it, or "".
using Visit = std::function<std::string(const Found& found)>;

constexpr std::string_view text_after = "there is text after the JSON document";
constexpr std::string_view out_of_time = "out of time";  // becomes too_long_to_read()

/// Calls `visit` for every member of the object; it answers what is wrong with it, or "".
std::string visit_members(Cursor& cursor, WorkLimit& limit, const Visit& visit) {
  if (!cursor.take('{')) return "not an object";
  if (cursor.take('}')) return "";
  do {
    if (limit.is_over()) return std::string(out_of_time);
    if (cursor.next() != '"') return "a member without a name";
    const auto key = cursor.value();
    if (!key || !cursor.take(':')) return "cut off, or a member without a value";
    const auto value = cursor.value();
    if (!value) return "cut off";
    if (std::string wrong = visit({*key, *value}); !wrong.empty()) return wrong;
  } while (cursor.take(','));
  return cursor.take('}') ? "" : "cut off, or something between two members";
}

std::string visit_items(Cursor& cursor, WorkLimit& limit, const Visit& visit) {
  if (!cursor.take('[')) return "not a list";
  if (cursor.take(']')) return "";
  do {
    if (limit.is_over()) return std::string(out_of_time);
    const auto value = cursor.value();
    if (!value) return "cut off";
    if (std::string wrong = visit({{}, *value}); !wrong.empty()) return wrong;
  } while (cursor.take(','));
  return cursor.take(']') ? "" : "cut off, or something between two items";
}

tl::unexpected<Error> failed(const std::string& where, const std::string& wrong) {
  return tl::unexpected(wrong == out_of_time ? too_long_to_read() : bad_reply(where + wrong));
}

/// Nothing of it is used: it must be JSON, as far as it is not too long to be looked at.
std::string check_unused(Parser& parser, std::string_view value) {
  Value unused;
  const bool is_wrong = value.size() <= limits::row && parser.parse(value, unused) == Parsed::not_json;
  return is_wrong ? "a member is not JSON" : "";
}

/// The text of the top object's member `field`, if it has one.
Result<std::optional<std::string_view>> look_for_member(std::string_view body, std::string_view field,
                                                        WorkLimit& limit) {
  const auto text = text_of(body);
  if (!text) return tl::unexpected(text.error());
  std::optional<std::string_view> found;
  Keys keys;
  Parser parser;
  std::size_t others = 0;
  Cursor cursor(*text);
  const std::string wrong = visit_members(cursor, limit, [&](const Found& member) -> std::string {
    if (!keys.is(member.key, field)) {
      if (++others <= limits::members_beside_rows) return check_unused(parser, member.value);
      return "more than " + std::to_string(limits::members_beside_rows) + " members";
    }
    if (found) return "\"" + std::string(field) + "\" is there twice";
    found = member.value;
    return "";
  });
  if (!wrong.empty()) return failed(not_json(""), wrong);
  if (cursor.next() != '\0') return tl::unexpected(bad_reply(std::string(text_after)));
  return found;
}

Result<std::string_view> find_member(std::string_view body, std::string_view field, WorkLimit& limit) {
  const auto found = look_for_member(body, field, limit);
  if (!found) return tl::unexpected(found.error());
  const std::optional<std::string_view>& member = *found;
  if (!member) return tl::unexpected(bad_reply("the body has no \"" + std::string(field) + "\""));
  return *member;
}

}  // namespace

Error bad_reply(std::string message) {
  Error error;
  error.kind = Errc::service_unavailable;
  error.message = std::move(message);
  return error;
}

Error too_long_to_read() {
  return bad_reply("the answer took over " + std::to_string(limits::account_work.count()) +
                   " s to read, which is longer than one account may keep the others waiting");
}

Result<std::vector<RawRow>> split_rows(std::string_view body, std::string_view field, Container container,
                                       WorkLimit& limit) {
  const bool is_bare = field.empty();
  const auto member = is_bare ? text_of(body) : find_member(body, field, limit);
  if (!member) return tl::unexpected(member.error());
  std::vector<RawRow> rows;
  Keys keys;
  const auto add = [&](const Found& row) -> std::string {
    if (rows.size() == limits::rows_per_listing) {
      return "more than " + std::to_string(limits::rows_per_listing) + " rows, which is not believable";
    }
    rows.push_back({row.key.empty() ? std::string() : keys.name(row.key), row.value, row.whole()});
    return "";
  };
  Cursor cursor(*member);
  const bool is_list = container == Container::list;
  const std::string wrong = is_list ? visit_items(cursor, limit, add) : visit_members(cursor, limit, add);
  if (!wrong.empty()) return failed(is_bare ? not_json("") : "\"" + std::string(field) + "\": ", wrong);
  if (cursor.next() == '\0') return rows;
  return tl::unexpected(bad_reply(is_bare ? std::string(text_after) : not_json("brackets do not match")));
}

Result<std::optional<std::string_view>> member_beside(std::string_view body, std::string_view name, WorkLimit& limit) {
  auto found = look_for_member(body, name, limit);
  if (found && *found == "null") found->reset();
  return found;
}

Result<std::string_view> single_row(std::string_view body, std::string_view field, WorkLimit& limit) {
  return find_member(body, field, limit);
}

Result<std::string_view> whole_row(std::string_view body) { return text_of(body); }

}  // namespace tally::json
