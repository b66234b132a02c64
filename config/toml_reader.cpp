#include "config/toml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <sstream>

#include "cloud/price_text.hpp"
#include "config/text_fault.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace {

int line(const toml::source_region& source) { return static_cast<int>(source.begin.line); }

/// Edits (insert, delete, replace) that turn one word into the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failure != std::errc() || count < 1 || count > 1'000'000) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit == "s") return std::chrono::seconds(count);
  if (unit == "m") return std::chrono::minutes(count);
  if (unit == "h") return std::chrono::hours(count);
  return std::nullopt;
}

/// A value for whoever wrote it.
std::string shown(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "a list";
  if (const auto* text = node.as_string()) return shown_value(text->get());
  std::ostringstream out;
  node.visit([&out](const auto& value) { out << value; });
  return printable(out.str());
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t edits = distance(word, candidate);
    if (edits >= least) continue;
    least = edits;
    best = candidate;
  }
  return best;
}

const toml::node* TableReader::find(std::string_view key) {
  asked_.emplace(key);
  const toml::node* node = table_.get(key);
  if (node != nullptr) origins_.emplace(key, to_text(place_of(key)));
  return node;
}

ConfigPlace TableReader::place_of(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return {problems_.file(), line(node == nullptr ? table_.source() : node->source())};
}

void TableReader::problem(std::string_view key, std::string message) {
  problems_.add(place_of(key).line, path_ + std::string(key), std::move(message));
}

void TableReader::wrong(std::string_view key, const std::string& message) {
  const toml::node* node = table_.get(key);
  problem(key, node == nullptr ? message : fmt::format("is {}; {}", shown(*node), message));
}

void TableReader::wrong_path(std::string_view key, const std::string& message) {
  const auto* text = table_.get_as<std::string>(key);
  if (text == nullptr || looks_like_a_path(text->get())) return wrong(key, message);
  problem(key, fmt::format("is {}; {}", shown_path(text->get()), message));
}

std::optional<std::string> TableReader::text(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_string()) return value->get();
  wrong(key, "must be a text in quotes");
  return std::nullopt;
}

std::optional<bool> TableReader::flag(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_boolean()) return value->get();
  wrong(key, "must be true or false");
  return std::nullopt;
}

std::optional<std::int64_t> TableReader::number(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_integer()) return value->get();
  wrong(key, "must be a whole number");
  return std::nullopt;
}

std::optional<double> TableReader::real(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_number()) return node->value<double>();
  wrong(key, "must be a number");
  return std::nullopt;
}

std::optional<std::chrono::seconds> TableReader::duration(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_string()) {
    if (const auto duration = parse_duration(value->get())) return duration;
  }
  wrong(key, R"(must be a time of whole seconds or more, such as "60s", "5m" or "1h")");
  return std::nullopt;
}

std::optional<Money> TableReader::price(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_string()) {
    if (const auto price = parse_price(value->get())) return price;
  }
  wrong(key, R"(must be a price per hour with its currency, such as "16.00 USD")");
  return std::nullopt;
}

std::vector<std::string> TableReader::texts(std::string_view key) {
  std::vector<std::string> texts;
  const toml::node* node = find(key);
  if (node == nullptr) return texts;
  const auto* array = node->as_array();
  if (array == nullptr || !array->is_homogeneous(toml::node_type::string)) {
    if (array == nullptr || !array->empty()) wrong(key, "must be a list of texts");
    return texts;
  }
  for (const toml::node& item : *array) texts.push_back(item.as_string()->get());
  return texts;
}

const toml::table* TableReader::table(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return nullptr;
  if (node->as_table() == nullptr) wrong(key, fmt::format("must be a table: [{}]", key));
  return node->as_table();
}

const toml::array* TableReader::tables(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return nullptr;
  const auto* array = node->as_array();
  if (array == nullptr || (!array->empty() && !array->is_homogeneous(toml::node_type::table))) {
    wrong(key, fmt::format("must be tables: [[{}]]", key));
    return nullptr;
  }
  return array;
}

void TableReader::reject_others() {
  for (const auto& [key, node] : table_) {
    if (asked_.contains(key.str())) continue;
    const std::string meant = nearest(key.str(), {asked_.begin(), asked_.end()});
    problems_.add(line(key.source()), path_ + shown_name(key.str()),
                  meant.empty() ? "unknown key" : fmt::format("unknown key; is \"{}\" meant?", meant));
  }
}

}  // namespace tally
