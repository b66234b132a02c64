#include "config/option_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "config/base_url.hpp"
#include "config/text_fault.hpp"

namespace tally {
namespace {

/// Reads one option; which, the type of its default says. Nothing when it is not given, or wrong, which is told.
class OneOption {
 public:
  OneOption(TableReader& reader, std::string_view name, std::string path, ProblemList& problems)
      : reader_(reader), name_(name), path_(std::move(path)), problems_(problems) {}

  std::optional<OptionValue> operator()(const std::string& /*unused*/) { return text_of(reader_, name_); }

  std::optional<OptionValue> operator()(std::int64_t /*unused*/) {
    const auto number = reader_.number(name_);
    if (!number) return std::nullopt;
    if (*number >= 0) return *number;
    reader_.wrong(name_, "must be 0 or more");
    return std::nullopt;
  }

  std::optional<OptionValue> operator()(bool /*unused*/) { return reader_.flag(name_); }

  std::optional<OptionValue> operator()(const std::vector<std::string>& /*unused*/) { return texts_of(reader_, name_); }

  std::optional<OptionValue> operator()(const OptionTable<std::string>& /*unused*/) {
    return table<std::string>([](TableReader& entries, std::string_view key) { return text_of(entries, key); });
  }

  std::optional<OptionValue> operator()(const OptionTable<Money>& /*unused*/) {
    return table<Money>([](TableReader& entries, std::string_view key) { return entries.price(key); });
  }

  std::optional<OptionValue> operator()(const OptionTable<std::vector<std::string>>& /*unused*/) {
    return table<std::vector<std::string>>(
        [](TableReader& entries, std::string_view key) { return std::optional(texts_of(entries, key)); });
  }

  std::optional<OptionValue> operator()(const std::vector<NamedUrl>& /*unused*/) {
    const toml::array* tables = reader_.tables(name_);
    if (tables == nullptr) return std::nullopt;
    std::vector<NamedUrl> services;
    for (const toml::node& node : *tables) {
      TableReader entry(*node.as_table(), fmt::format("{}{}[{}].", path_, name_, services.size() + 1), problems_);
      services.push_back(service_of(entry, services));
    }
    return services;
  }

 private:
  static std::optional<std::string> text_of(TableReader& reader, std::string_view key) {
    auto text = reader.text(key);
    if (!text) return std::nullopt;
    const std::string fault = character_fault(*text, Characters::one_line);
    if (fault.empty()) return text;
    reader.problem(key, fault);
    return std::nullopt;
  }

  static std::vector<std::string> texts_of(TableReader& reader, std::string_view key) {
    std::vector<std::string> texts = reader.texts(key);
    for (const std::string& text : texts) {
      const std::string fault = text.empty() ? "holds an empty text" : character_fault(text, Characters::one_line);
      if (!fault.empty()) reader.problem(key, text.empty() ? fault : shown_value(text) + " " + fault);
    }
    return texts;
  }

  static NamedUrl service_of(TableReader& entry, const std::vector<NamedUrl>& before) {
    const auto name = text_of(entry, "name");
    const auto url = entry.text("url");
    entry.reject_others();
    if (!name || name->empty()) entry.problem("name", "is missing");
    if (!url) entry.problem("url", "is missing");
    NamedUrl service{name.value_or(""), without_trailing_slash(url.value_or(""))};
    if (const std::string fault = url ? base_url_fault(service.url) : ""; !fault.empty()) entry.wrong("url", fault);
    const bool is_twice = std::any_of(before.begin(), before.end(),
                                      [&service](const NamedUrl& other) { return other.name == service.name; });
    if (is_twice && !service.name.empty()) entry.wrong("name", "stands there twice");
    return service;
  }

  /// Keys are the vendor's words, so none is unknown.
  template <class Value, class Read>
  std::optional<OptionValue> table(Read read) {
    const toml::table* table = reader_.table(name_);
    if (table == nullptr) return std::nullopt;
    TableReader entries(*table, fmt::format("{}{}.", path_, name_), problems_);
    OptionTable<Value> values;
    for (const auto& [key, node] : *table) {
      if (auto value = read(entries, key.str())) values.emplace(key.str(), std::move(*value));
    }
    return values;
  }

  TableReader& reader_;
  std::string_view name_;
  std::string path_;
  ProblemList& problems_;
};

}  // namespace

ReadOptions read_options(const toml::table& table, const std::vector<ProviderOption>& declared, const std::string& path,
                         ProblemList& problems) {
  TableReader reader(table, path, problems);
  ReadOptions read;
  for (const ProviderOption& each : declared) {
    auto value = std::visit(OneOption(reader, each.name, path, problems), each.default_value);
    if (value && table.contains(each.name)) read.given.emplace(each.name, std::move(*value));
  }
  reader.reject_others();
  read.origins = reader.origins();
  return read;
}

std::string_view type_name(const ProviderOption& option) {
  constexpr std::array<std::string_view, std::variant_size_v<OptionValue>> names = {
      "text",           "number",          "boolean",        "list of texts",
      "table of texts", "table of prices", "table of lists", "list of {name, url}"};
  return names.at(option.default_value.index());
}

}  // namespace tally
