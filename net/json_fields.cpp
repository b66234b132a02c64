#include "net/json_fields.hpp"

#include <algorithm>

#include "cloud/decimal.hpp"

namespace tally::json {

using Kind = Value::Kind;

Fields Fields::deciding() const {
  Fields same = *this;
  same.decides_ = true;
  return same;
}

Fields Fields::reporting_to(Findings& findings) const {
  Fields same = *this;
  same.findings_ = &findings;
  return same;
}

void Fields::report(std::string_view name, std::string_view problem) const {
  std::string field = path_ + std::string(name);
  if (decides_) {
    if (findings_->fault.empty()) findings_->fault = field.append(" ").append(problem);
    return;
  }
  const auto is_same = [&field](const OddField& odd) { return odd.field == field; };
  std::vector<OddField>& odd = findings_->odd;
  if (odd.size() == limits::odd_per_row || std::any_of(odd.begin(), odd.end(), is_same)) return;
  odd.push_back({std::move(field), std::string(problem)});
}

const Value* Fields::find(std::string_view name) const {
  const Value* value = object_->find(name);
  return value == nullptr || value->kind == Kind::null ? nullptr : value;
}

std::optional<std::string> Fields::read_text(const Value& value, std::string_view name, std::size_t longest) const {
  if (value.kind == Kind::broken_text) {
    report(name, "has half of a surrogate pair");
  } else if (value.kind != Kind::text) {
    report(name, "is not a text");
  } else if (value.text.size() > longest) {
    report(name, "is longer than " + std::to_string(longest) + " bytes");
  } else if (value.text.find('\0') != std::string::npos) {
    report(name, "has a NUL");
  } else {
    return value.text;
  }
  return std::nullopt;
}

std::string Fields::text(std::string_view name, std::size_t longest) const {
  const Value* value = find(name);
  return value == nullptr ? std::string() : read_text(*value, name, longest).value_or("");
}

std::string Fields::required_text(std::string_view name, std::size_t longest) const {
  const Fields fields = deciding();
  std::string text = fields.text(name, longest);
  if (text.empty()) fields.report(name, "is missing");
  return text;
}

/// `read(Decimal)` answers an optional; nothing is reported as that problem.
template <class Read>
auto Fields::number(std::string_view name, std::string_view problem, Read read) const {
  const Value* value = find(name);
  decltype(read(Decimal())) result;
  if (value == nullptr) return result;
  const std::optional<Decimal> stated = value->number();
  if (stated) result = read(*stated);
  if (!result) report(name, stated ? problem : "is not a number");
  return result;
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t minimum) const {
  const auto value = number(name, "is not a whole number of 64 bits", [](const Decimal& n) { return n.whole(); });
  if (!value || *value >= minimum) return value;
  report(name, "is too small");
  return std::nullopt;
}

std::optional<std::int32_t> Fields::int32(std::string_view name, std::int32_t minimum) const {
  const auto value = integer(name, minimum);
  if (!value) return std::nullopt;
  if (*value <= std::numeric_limits<std::int32_t>::max()) return static_cast<std::int32_t>(*value);
  report(name, "is too large");
  return std::nullopt;
}

std::optional<bool> Fields::flag(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->kind == Kind::flag) return value->flag;
  report(name, "is neither true nor false");
  return std::nullopt;
}

std::optional<Bytes> Fields::bytes(std::string_view name, ByteUnit unit) const {
  return number(name, "is negative or too large", [unit](const Decimal& n) { return n.bytes(unit); });
}

std::optional<Timestamp> Fields::time(std::string_view name) const {
  const std::string stated = text(name);
  if (stated.empty()) return std::nullopt;
  const auto time = parse_rfc3339(stated);
  if (!time) report(name, "is no time");
  return time;
}

std::optional<Money> Fields::price(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  const bool is_spelled = value->kind == Kind::number || value->kind == Kind::text;
  const auto amount = is_spelled ? Decimal::parse(value->text) : std::nullopt;
  if (!amount) {
    report(name, "is not a number");
    return std::nullopt;
  }
  if (amount->is_negative()) return std::nullopt;
  const auto price = amount->money(0);
  if (!price) report(name, "is too large");
  return price && price->nanos > 0 ? price : std::nullopt;
}

std::optional<Money> Fields::price_in_cents(std::string_view name) const {
  const auto price = number(name, "is too large",
                            [](const Decimal& n) { return n.is_negative() ? std::optional(Money()) : n.money(-2); });
  return price && price->nanos > 0 ? price : std::nullopt;
}

std::optional<Fields> Fields::object(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->kind == Kind::object) return Fields(*value, path_ + std::string(name) + ".", *findings_);
  report(name, "is not an object");
  return std::nullopt;
}

const std::vector<Value>* Fields::list(std::string_view name, std::size_t most) const {
  const Value* value = find(name);
  if (value == nullptr) return nullptr;
  if (value->kind == Kind::list && value->items.size() <= most) return &value->items;
  report(name, value->kind == Kind::list ? "has more than " + std::to_string(most) + " items" : "is not a list");
  return nullptr;
}

std::vector<Fields> Fields::objects(std::string_view name, std::size_t most) const {
  std::vector<Fields> objects;
  const std::vector<Value>* items = list(name, most);
  if (items == nullptr) return objects;
  for (const Value& item : *items) {
    if (item.kind == Kind::object) {
      objects.emplace_back(item, path_ + std::string(name) + ".", *findings_);
    } else if (item.kind != Kind::null || decides_) {
      report(name, "holds something that is not an object");
    }
  }
  return objects;
}

std::vector<std::string> Fields::texts(std::string_view name, std::size_t most) const {
  std::vector<std::string> texts;
  const std::vector<Value>* items = list(name, most);
  if (items == nullptr) return texts;
  for (const Value& item : *items) {
    if (item.kind == Kind::null) continue;
    if (auto text = read_text(item, name, limits::text)) texts.push_back(std::move(*text));
  }
  return texts;
}

std::vector<std::int64_t> Fields::integers(std::string_view name, std::size_t most) const {
  std::vector<std::int64_t> numbers;
  const std::vector<Value>* items = list(name, most);
  if (items == nullptr) return numbers;
  for (const Value& item : *items) {
    if (item.kind == Kind::null) continue;
    const std::optional<Decimal> stated = item.number();
    const std::optional<std::int64_t> number = stated ? stated->whole() : std::nullopt;
    if (!number) report(name, "has something that is no whole number of 64 bits");
    if (number) numbers.push_back(*number);
  }
  return numbers;
}

std::map<std::string, std::string> Fields::text_map(std::string_view name, std::size_t most) const {
  std::map<std::string, std::string> texts;
  const Value* value = find(name);
  if (value == nullptr) return texts;
  if (value->kind != Kind::object) report(name, "is not an object");
  if (value->items.size() > most) report(name, "has more than " + std::to_string(most) + " members");
  if (value->kind != Kind::object || value->items.size() > most) return texts;
  for (const Value& member : value->items) {
    const bool is_name = member.name.size() <= limits::text && member.name.find('\0') == std::string::npos;
    if (!is_name) report(name, "has a member whose name is too long, or has a NUL");
    if (!is_name || member.kind == Kind::null) continue;
    if (auto text = read_text(member, name, limits::text)) texts.emplace(member.name, std::move(*text));
  }
  return texts;
}

RowReader::Kind RowReader::parse(std::string_view text) {
  findings_ = {};
  value_ = {};
  if (text.size() > limits::row) {
    findings_.fault = "longer than " + std::to_string(limits::row) + " bytes";
    return Kind::faulty;
  }
  switch (parser_.parse(text, value_)) {
    case Parsed::good: break;
    case Parsed::too_deep: findings_.fault = "nested too deeply"; return Kind::faulty;
    case Parsed::not_json: findings_.fault = "not JSON"; return Kind::not_json;
  }
  if (value_.kind == Value::Kind::object) return Kind::good;
  findings_.fault = "not an object";
  return Kind::faulty;
}

void add_odd(std::vector<Odd>& list, const std::string& id, const Findings& findings) {
  for (const OddField& odd : findings.odd) {
    if (list.size() == limits::odd_per_listing) return;
    list.push_back({id, odd.field, odd.reason});
  }
}

}  // namespace tally::json
