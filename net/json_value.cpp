#include "net/json_value.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <optional>

#include "cloud/decimal.hpp"
#include "cloud/limits.hpp"

namespace tally::json {
namespace {

namespace od = simdjson::ondemand;

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::size_t escape_size = 6;                    // of \ud83d

/// The code unit of the \u escape that begins at `at`; nothing when there is none.
std::optional<unsigned> code_unit(std::string_view text, std::size_t at) {
  if (text.size() < at + escape_size || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  for (const char c : text.substr(at + 2, 4)) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
    if (digit == std::string_view::npos) return std::nullopt;
    unit = unit * 16 + static_cast<unsigned>(digit);
  }
  return unit;
}

bool is_first_half(unsigned unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool is_second_half(unsigned unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

/// The raw string with U+FFFD for each half of a surrogate pair; nothing when it has none.
std::optional<std::string> mended(std::string_view raw) {
  if (raw.find("\\u") == std::string_view::npos) return std::nullopt;
  std::string text;
  std::size_t copied = 0;
  for (std::size_t at = raw.find('\\'); at != std::string_view::npos; at = raw.find('\\', at)) {
    const auto unit = code_unit(raw, at);
    if (!unit) {
      at += 2;
      continue;
    }
    const auto next = is_first_half(*unit) ? code_unit(raw, at + escape_size) : std::nullopt;
    const bool is_pair = next && is_second_half(*next);
    const std::size_t end = at + (is_pair ? 2 * escape_size : escape_size);
    if (!is_pair && (is_first_half(*unit) || is_second_half(*unit))) {
      text.append(raw, copied, at - copied).append(replacement);
      copied = end;
    }
    at = end;
  }
  if (copied == 0) return std::nullopt;
  return text.append(raw.substr(copied));
}

std::string_view without_space_after(std::string_view token) {
  return token.substr(0, token.find_last_not_of(" \t\n\r") + 1);
}

/// Reads the texts that had to be mended; made when the first one comes.
using Mender = std::unique_ptr<Parser>;

Parsed read_text(od::value source, std::string_view token, Value& value, Mender& mender) {
  value.kind = Value::Kind::text;
  if (const auto whole = mended(token)) {
    Value inner;
    if (!mender) mender = std::make_unique<Parser>();
    if (mender->parse(*whole, inner) != Parsed::good) return Parsed::not_json;
    value.kind = Value::Kind::broken_text;
    value.text = std::move(inner.text);
    return Parsed::good;
  }
  std::string_view text;
  if (source.get_string().get(text) != simdjson::SUCCESS) return Parsed::not_json;
  value.text = text;
  return Parsed::good;
}

Parsed read_scalar(od::value source, Value& value, Mender& mender) {
  const std::string_view token = without_space_after(source.raw_json_token());
  if (token.starts_with('"')) return read_text(source, token, value, mender);
  if (token == "null") return Parsed::good;
  if (token == "true" || token == "false") {
    value.kind = Value::Kind::flag;
    value.flag = token == "true";
    return Parsed::good;
  }
  value.kind = Value::Kind::number;
  value.text = token;
  return Decimal::parse(token) ? Parsed::good : Parsed::not_json;
}

Parsed read(od::value source, Value& value, std::size_t depth, Mender& mender);

Parsed read_list(od::value source, Value& value, std::size_t depth, Mender& mender) {
  value.kind = Value::Kind::list;
  od::array list;
  if (source.get_array().get(list) != simdjson::SUCCESS) return Parsed::not_json;
  for (auto candidate : list) {
    od::value item;
    if (std::move(candidate).get(item) != simdjson::SUCCESS) return Parsed::not_json;
    if (const Parsed parsed = read(item, value.items.emplace_back(), depth, mender); parsed != Parsed::good)
      return parsed;
  }
  return Parsed::good;
}

Parsed read_object(od::value source, Value& value, std::size_t depth, Mender& mender) {
  value.kind = Value::Kind::object;
  od::object object;
  if (source.get_object().get(object) != simdjson::SUCCESS) return Parsed::not_json;
  for (auto candidate : object) {
    od::field member;
    if (std::move(candidate).get(member) != simdjson::SUCCESS) return Parsed::not_json;
    Value& inner = value.items.emplace_back();
    std::string_view name;
    // One that cannot be decoded is no name that anybody asks for.
    inner.name = member.unescaped_key().get(name) == simdjson::SUCCESS ? name : replacement;
    if (const Parsed parsed = read(member.value(), inner, depth, mender); parsed != Parsed::good) return parsed;
  }
  return Parsed::good;
}

Parsed read(od::value source, Value& value, std::size_t depth, Mender& mender) {
  if (depth > limits::json_depth) return Parsed::too_deep;
  od::json_type type{};
  if (source.type().get(type) != simdjson::SUCCESS) return Parsed::not_json;
  if (type == od::json_type::array) return read_list(source, value, depth + 1, mender);
  if (type == od::json_type::object) return read_object(source, value, depth + 1, mender);
  return read_scalar(source, value, mender);
}

std::string json_string(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

void write(const Value& value, std::string& out);

void write_items(const Value& value, char open, char close, std::string& out) {
  out += open;
  for (const Value& item : value.items) {
    if (&item != &value.items.front()) out += ',';
    if (value.kind == Value::Kind::object) out.append(json_string(item.name)).append(":");
    write(item, out);
  }
  out += close;
}

void write(const Value& value, std::string& out) {
  switch (value.kind) {
    case Value::Kind::null: out += "null"; break;
    case Value::Kind::flag: out += value.flag ? "true" : "false"; break;
    case Value::Kind::number: out += value.text; break;
    case Value::Kind::text:
    case Value::Kind::broken_text: out += json_string(value.text); break;
    case Value::Kind::list: write_items(value, '[', ']', out); break;
    case Value::Kind::object: write_items(value, '{', '}', out); break;
  }
}

}  // namespace

const Value* Value::find(std::string_view member) const {
  if (kind != Kind::object) return nullptr;
  const auto at = std::find_if(items.begin(), items.end(), [member](const Value& item) { return item.name == member; });
  return at == items.end() ? nullptr : &*at;
}

std::string Value::text_of(std::string_view member) const {
  const Value* at = find(member);
  return at != nullptr && (at->kind == Kind::text || at->kind == Kind::broken_text) ? at->text : std::string();
}

std::optional<Decimal> Value::number() const { return kind == Kind::number ? Decimal::parse(text) : std::nullopt; }

Parsed Parser::parse(std::string_view text, Value& value) {
  value = Value();
  // In a list, so that a bare text or number is read as any other value.
  buffer_.reserve(text.size() + 2 + simdjson::SIMDJSON_PADDING);
  buffer_.assign("[").append(text).append("]");
  od::document document;
  if (parser_.iterate(buffer_.data(), buffer_.size(), buffer_.capacity()).get(document) != simdjson::SUCCESS) {
    return Parsed::not_json;
  }
  od::array list;
  if (document.get_array().get(list) != simdjson::SUCCESS) return Parsed::not_json;
  std::size_t count = 0;
  for (auto candidate : list) {
    od::value item;
    if (++count > 1 || std::move(candidate).get(item) != simdjson::SUCCESS) return Parsed::not_json;
    if (const Parsed parsed = read(item, value, 0, mender_); parsed != Parsed::good) return parsed;
  }
  const char* rest = nullptr;
  const bool is_at_end = document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
  return count == 1 && is_at_end ? Parsed::good : Parsed::not_json;
}

std::string to_text(const Value& value) {
  std::string out;
  write(value, out);
  return out;
}

}  // namespace tally::json
