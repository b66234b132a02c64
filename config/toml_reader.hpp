// Reads one TOML table key by key and remembers what is wrong: wrong types, unknown keys with the nearest known one.
#pragma once

#include <toml++/toml.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cloud/money.hpp"
#include "config/config.hpp"

namespace tally {

/// Where problems go, all of one file.
class ProblemList {
 public:
  ProblemList(std::filesystem::path file, std::vector<ConfigProblem>& problems)
      : file_(std::move(file)), problems_(problems) {}
  void add(int line, std::string key, std::string message) {
    problems_.push_back({{file_, line}, std::move(key), std::move(message)});
  }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  /// For a file that this one names.
  [[nodiscard]] ProblemList of(std::filesystem::path file) const { return {std::move(file), problems_}; }

 private:
  std::filesystem::path file_;
  std::vector<ConfigProblem>& problems_;
};

class TableReader {
 public:
  /// `path` names the table in problems: "credential[2]."; "" for the root.
  TableReader(const toml::table& table, std::string path, ProblemList& problems)
      : table_(table), path_(std::move(path)), problems_(problems) {}

  std::optional<std::string> text(std::string_view key);
  std::optional<bool> flag(std::string_view key);
  std::optional<std::int64_t> number(std::string_view key);
  /// A number that need not be whole.
  std::optional<double> real(std::string_view key);
  std::optional<std::chrono::seconds> duration(std::string_view key);
  /// Per hour, above 0: "16.00 USD".
  std::optional<Money> price(std::string_view key);
  std::vector<std::string> texts(std::string_view key);
  const toml::table* table(std::string_view key);
  const toml::array* tables(std::string_view key);

  /// Everything that was not asked for is unknown.
  void reject_others();

  void problem(std::string_view key, std::string message);
  /// "is "loud"; must be ...": of a key that is there, with its value as far as that may be shown.
  void wrong(std::string_view key, const std::string& message);
  /// The same of a key that should name a file: shown is only what looks like a path.
  void wrong_path(std::string_view key, const std::string& message);
  /// The table's when it has no such key.
  [[nodiscard]] ConfigPlace place_of(std::string_view key) const;

  /// Of the keys that were asked for and are there.
  [[nodiscard]] const Origins& origins() const { return origins_; }

 private:
  const toml::node* find(std::string_view key);

  const toml::table& table_;
  std::string path_;
  ProblemList& problems_;
  std::set<std::string, std::less<>> asked_;
  Origins origins_;
};

/// Of `known` the one that differs from `word` least, if that is a likely slip; "" else.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace tally
