#include "config/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "config/credential_reader.hpp"
#include "config/toml_reader.hpp"

namespace tally {
namespace {

template <class Word>
std::optional<Word> word_of(TableReader& table, std::string_view key, const std::map<std::string, Word>& words) {
  const auto text = table.text(key);
  if (!text) return std::nullopt;
  if (const auto at = words.find(*text); at != words.end()) return at->second;
  std::string known;
  for (const auto& [word, value] : words) known += (known.empty() ? "" : ", ") + word;
  table.problem(key, "must be one of " + known);
  return std::nullopt;
}

void note_origins(const TableReader& reader, const std::string& path, Config& config) {
  for (const auto& [key, origin] : reader.origins()) config.origins[path + key] = origin;
}

void read_log(const toml::table& table, ProblemList& problems, Config& config) {
  TableReader reader(table, "log.", problems);
  config.log.level = word_of<LogLevel>(reader, "level",
                                       {{"trace", LogLevel::trace},
                                        {"debug", LogLevel::debug},
                                        {"info", LogLevel::info},
                                        {"warn", LogLevel::warn},
                                        {"error", LogLevel::error}})
                         .value_or(config.log.level);
  config.log.format = word_of<LogFormat>(reader, "format",
                                         {{"auto", LogFormat::automatic},
                                          {"text", LogFormat::text},
                                          {"json", LogFormat::json},
                                          {"journald", LogFormat::journald}})
                          .value_or(config.log.format);
  reader.reject_others();
  note_origins(reader, "log.", config);
}

void read_path(TableReader& reader, std::string_view key, std::filesystem::path& path) {
  const auto text = reader.text(key);
  if (!text) return;
  path = *text;
  if (!path.is_absolute()) reader.problem(key, "must be a whole path");
}

void read_vault(const toml::table& table, ProblemList& problems, Config& config) {
  TableReader reader(table, "vault.", problems);
  read_path(reader, "key_file", config.vault_key_file);
  reader.reject_others();
  note_origins(reader, "vault.", config);
}

std::filesystem::path directory_beside(const std::filesystem::path& file) { return file.parent_path() / "conf.d"; }

/// The file, and after it those that `conf.d/*.toml` beside it matches, in the order of their names. `failure` is set
/// when there is a conf.d that cannot be listed.
std::vector<std::filesystem::path> config_files(const std::filesystem::path& file, std::error_code& failure) {
  std::vector<std::filesystem::path> files{file};
  std::filesystem::directory_iterator entry(directory_beside(file), failure);
  if (failure == std::errc::no_such_file_or_directory) failure.clear();
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".toml") && !name.starts_with('.')) files.push_back(entry->path());
  }
  std::sort(files.begin() + 1, files.end());
  return files;
}

std::optional<toml::table> parse_file(const std::filesystem::path& file, ProblemList& problems, const char* hint) {
  std::ifstream in(file);
  std::stringstream text;
  if (std::filesystem::is_directory(file) || !in || (in.peek() != EOF && !(text << in.rdbuf()))) {
    problems.add(0, "", std::string("cannot be read") + hint);
    return std::nullopt;
  }
  try {
    return toml::parse(text.str());
  } catch (const toml::parse_error& error) {
    problems.add(static_cast<int>(error.source().begin.line), "", "is not TOML from this line on");
    return std::nullopt;
  }
}

void read_file(const toml::table& root, ProblemList& problems, CredentialReader& credentials, Config& config) {
  TableReader reader(root, "", problems);
  read_path(reader, "state_dir", config.state_dir);
  read_path(reader, "control_socket", config.control_socket);
  if (const toml::table* log = reader.table("log")) read_log(*log, problems, config);
  if (const toml::table* vault = reader.table("vault")) read_vault(*vault, problems, config);
  if (const toml::array* tables = reader.tables("credential")) {
    std::size_t number = 0;
    for (const toml::node& node : *tables) {
      config.credentials.push_back(credentials.read(*node.as_table(), ++number, problems));
    }
  }
  reader.reject_others();
  note_origins(reader, "", config);
}

}  // namespace

std::string to_text(const ConfigPlace& place) {
  return place.line > 0 ? fmt::format("{}:{}", place.file.string(), place.line) : place.file.string();
}

std::string to_text(const ConfigProblem& problem) {
  return to_text(problem.place) + (problem.key.empty() ? "" : ": " + problem.key) + ": " + problem.message;
}

LoadedConfig load_config(const std::filesystem::path& file, const std::vector<const ProviderDescription*>& providers,
                         const std::vector<StoredCredential>& vault) {
  LoadedConfig loaded;
  CredentialReader credentials(providers, vault, loaded.problems);
  std::error_code failure;
  for (const std::filesystem::path& each : config_files(file, failure)) {
    ProblemList problems(each, loaded.problems);
    const char* hint = each == file ? "; name another with --config, or try --demo" : "";
    if (const auto root = parse_file(each, problems, hint)) read_file(*root, problems, credentials, loaded.config);
  }
  if (failure) ProblemList(directory_beside(file), loaded.problems).add(0, "", "cannot be read: " + failure.message());
  ProblemList of_vault(file, loaded.problems);
  credentials.add_from_vault(loaded.config.credentials, of_vault);
  return loaded;
}

Places places_in(const std::filesystem::path& state_dir, const std::filesystem::path& file) {
  return {state_dir, state_dir / "tallyd.sock", places_of(file).vault_key_file};
}

Places places_of(const std::filesystem::path& file) {
  Places places;
  std::error_code ignored;
  for (const std::filesystem::path& each : config_files(file, ignored)) {
    try {
      const toml::table root = toml::parse_file(each.string());
      places.state_dir = root["state_dir"].value_or(places.state_dir.string());
      places.control_socket = root["control_socket"].value_or(places.control_socket.string());
      places.vault_key_file = root["vault"]["key_file"].value_or(places.vault_key_file.string());
    } catch (const toml::parse_error&) {
      continue;
    }
  }
  return places;
}

}  // namespace tally
