#include "config/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

#include "config/credential_reader.hpp"
#include "config/notify_reader.hpp"
#include "config/text_fault.hpp"
#include "config/toml_reader.hpp"
#include "runtime/number.hpp"

namespace tally {
namespace {

template <class Word>
using Words = std::vector<std::pair<std::string_view, Word>>;

template <class Word>
void read_word(TableReader& table, std::string_view key, const Words<Word>& words, Word& word) {
  const auto text = table.text(key);
  if (!text) return;
  std::string known;
  for (const auto& [each, value] : words) {
    if (each == *text) {
      word = value;
      return;
    }
    known.append(known.empty() ? "" : ", ").append(each);
  }
  table.wrong(key, "must be one of " + known);
}

void note_origins(const TableReader& reader, const std::string& path, Config& config) {
  for (const auto& [key, origin] : reader.origins()) config.origins[path + key] = origin;
}

void read_log(const toml::table& table, ProblemList& problems, Config& config) {
  TableReader reader(table, "log.", problems);
  const Words<LogLevel> levels = {{"trace", LogLevel::trace},
                                  {"debug", LogLevel::debug},
                                  {"info", LogLevel::info},
                                  {"warn", LogLevel::warn},
                                  {"error", LogLevel::error}};
  const Words<LogFormat> formats = {{"auto", LogFormat::automatic},
                                    {"text", LogFormat::text},
                                    {"json", LogFormat::json},
                                    {"journald", LogFormat::journald}};
  read_word(reader, "level", levels, config.log.level);
  read_word(reader, "format", formats, config.log.format);
  reader.reject_others();
  note_origins(reader, "log.", config);
}

void read_path(TableReader& reader, std::string_view key, std::filesystem::path& path) {
  const auto text = reader.text(key);
  if (!text) return;
  path = *text;
  if (!path.is_absolute()) reader.wrong(key, "must be a whole path");
}

/// A group by its name or its number, which may stand as a text or as a number.
void read_control(const toml::table& table, ProblemList& problems, Config& config) {
  TableReader reader(table, "control.", problems);
  constexpr std::string_view key = "operator_group";
  std::optional<std::string> name;
  if (table[key].is_integer()) {
    if (const auto number = reader.number(key)) name = std::to_string(*number);
  } else {
    name = reader.text(key);
  }
  if (name) {
    config.operator_group = find_group(*name);
    if (!config.operator_group) reader.wrong(key, "must be a group of this machine, by its name or its number");
  }
  reader.reject_others();
  note_origins(reader, "control.", config);
}

void read_vault(const toml::table& table, ProblemList& problems, Config& config) {
  TableReader reader(table, "vault.", problems);
  if (const auto file = reader.text("key_file")) {
    config.vault_key_file = *file;
    if (!config.vault_key_file.is_absolute()) reader.wrong_path("key_file", "must be a whole path");
  }
  reader.reject_others();
  note_origins(reader, "vault.", config);
}

/// Of the key, a whole number from `least` to `most`.
template <class Number>
void read_number(TableReader& reader, std::string_view key, std::int64_t least, std::int64_t most, Number& number) {
  const auto value = reader.number(key);
  if (!value) return;
  if (*value < least || *value > most) {
    return reader.wrong(key, fmt::format("must be from {} to {}", least, most));
  }
  number = Number{*value};
}

void read_retention(const toml::table& table, ProblemList& problems, Config& config) {
  constexpr std::int64_t a_century = 36'525;
  constexpr std::int64_t fewest_rows = 1'000;
  constexpr std::int64_t most_rows = 1'000'000'000'000;
  constexpr std::int64_t fewest_bytes = 1 << 20U;
  constexpr std::int64_t most_bytes = std::int64_t{1} << 48U;  // what SQLite can hold, about
  TableReader reader(table, "retention.", problems);
  read_number(reader, "days", 1, a_century, config.retention.age);
  read_number(reader, "rows", fewest_rows, most_rows, config.retention.rows);
  read_number(reader, "bytes", fewest_bytes, most_bytes, config.retention.bytes);
  reader.reject_others();
  note_origins(reader, "retention.", config);
}

void read_lifecycle(const toml::table& table, ProblemList& problems, Config& config) {
  TableReader reader(table, "lifecycle.", problems);
  if (const auto after = reader.duration("conclude_after")) config.lifecycle.conclude_after = *after;
  reader.reject_others();
  note_origins(reader, "lifecycle.", config);
}

/// "127.0.0.1:9714", "[::1]:9714": an address, not a name, which might mean another one tomorrow.
bool read_listen(std::string_view text, HttpConfig& http) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code fault;
  const auto address = boost::asio::ip::make_address(std::string(host), fault);
  const auto number = parse_number<std::uint16_t>(port);
  if (fault || address.is_v6() != is_bracketed || !number) return false;
  http.address = address.to_string();
  http.port = *number;
  return true;
}

void read_http(const toml::table& table, ProblemList& problems, Config& config) {
  constexpr std::int64_t largest_port = 65'535;
  TableReader reader(table, "http.", problems);
  if (const auto listen = reader.text("listen"); listen && !read_listen(*listen, config.http)) {
    reader.wrong("listen", "must be an address and a port, such as 127.0.0.1:9714 or [::1]:9714");
  }
  if (const auto port = reader.number("sd_port")) {
    if (*port < 1 || *port > largest_port) {
      reader.wrong("sd_port", "must be from 1 to 65535");
    } else {
      config.http.sd_port = static_cast<int>(*port);
    }
  }
  if (table.contains("hosts")) config.http.hosts = reader.texts("hosts");
  reader.reject_others();
  note_origins(reader, "http.", config);
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

/// How a text that is no TOML came about, if that can be seen in it: one cause, with its line. Nothing else does.
struct TomlFault {
  int line = 0;
  std::string message;
};

/// Of a text that an editor wrote in a way that TOML does not know.
std::optional<TomlFault> editors_fault(std::string_view text) {
  if (const std::string encoding = encoding_fault(text); !encoding.empty()) return TomlFault{0, encoding};
  if (const auto line = first_line_not_utf8(text)) {
    return TomlFault{*line, "is not UTF-8 in this line; save it as UTF-8"};
  }
  const std::size_t carriage_return = text.find('\r');
  if (carriage_return != std::string_view::npos && text.find('\n') == std::string_view::npos) {
    return TomlFault{1, "its lines end in CR alone; save it with line ends of LF"};
  }
  return std::nullopt;
}

/// Of a text that the parser refused from a line on.
TomlFault fault_from(std::string_view text, const toml::parse_error& error) {
  const auto number = static_cast<int>(error.source().begin.line);
  std::string_view line = text;
  for (int skipped = 1; skipped < number; ++skipped) {
    line.remove_prefix(std::min(line.find('\n'), line.size() - 1) + 1);
  }
  const std::string odd = editors_character(line.substr(0, line.find('\n')));
  const bool is_twice = error.description().find("redefine") != std::string_view::npos;
  std::string message = "is not TOML from this line on";
  if (!odd.empty()) {
    message += ": it holds " + odd;
  } else if (is_twice) {
    message += ": a key or table is there twice";
  }
  return {number, std::move(message)};
}

std::optional<toml::table> parse_file(const std::filesystem::path& file, ProblemList& problems, const char* hint) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream stream;
  if (std::filesystem::is_directory(file) || !in || (in.peek() != EOF && !(stream << in.rdbuf()))) {
    problems.add(0, "", std::string("cannot be read") + hint);
    return std::nullopt;
  }
  const std::string text = stream.str();
  std::optional<TomlFault> fault = editors_fault(text);
  if (!fault) {
    try {
      return toml::parse(text);
    } catch (const toml::parse_error& error) {
      fault = fault_from(text, error);
    }
  }
  problems.add(fault->line, "", fault->message);
  return std::nullopt;
}

/// What comes of each of the configuration's files; one that cannot be read, or is no TOML, is a problem and no more.
/// `hint` follows when the first cannot be read.
template <class Take>
void read_files(const std::filesystem::path& file, const char* hint, std::vector<ConfigProblem>& problems, Take take) {
  std::error_code failure;
  for (const std::filesystem::path& each : config_files(file, failure)) {
    ProblemList list(each, problems);
    if (const auto root = parse_file(each, list, each == file ? hint : "")) take(*root, list);
  }
  if (failure) ProblemList(directory_beside(file), problems).add(0, "", "cannot be read: " + failure.message());
}

void read_notify(TableReader& reader, ProblemList& problems, NotifyReader& notify, std::vector<NotifyConfig>& rules) {
  const toml::array* tables = reader.tables("notify");
  if (tables == nullptr) return;
  std::size_t number = 0;
  for (const toml::node& node : *tables) rules.push_back(notify.read(*node.as_table(), ++number, problems));
}

void read_file(const toml::table& root, ProblemList& problems, CredentialReader& credentials, NotifyReader& notify,
               Config& config) {
  TableReader reader(root, "", problems);
  read_path(reader, "state_dir", config.state_dir);
  read_path(reader, "control_socket", config.control_socket);
  if (const toml::table* log = reader.table("log")) read_log(*log, problems, config);
  if (const toml::table* http = reader.table("http")) read_http(*http, problems, config);
  if (const toml::table* control = reader.table("control")) read_control(*control, problems, config);
  if (const toml::table* vault = reader.table("vault")) read_vault(*vault, problems, config);
  if (const toml::table* retention = reader.table("retention")) read_retention(*retention, problems, config);
  if (const toml::table* lifecycle = reader.table("lifecycle")) read_lifecycle(*lifecycle, problems, config);
  if (const toml::array* tables = reader.tables("credential")) {
    std::size_t number = 0;
    for (const toml::node& node : *tables) {
      config.credentials.push_back(credentials.read(*node.as_table(), ++number, problems));
    }
  }
  read_notify(reader, problems, notify, config.notify);
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
                         const VaultRecords& vault) {
  LoadedConfig loaded;
  CredentialReader credentials(providers, vault, loaded.problems);
  NotifyReader notify;
  constexpr const char* hint = "; name another with --config, or try --demo";
  read_files(file, hint, loaded.problems, [&](const toml::table& root, ProblemList& problems) {
    read_file(root, problems, credentials, notify, loaded.config);
  });
  loaded.config.origins.insert(notify.origins().begin(), notify.origins().end());
  ProblemList of_vault(file, loaded.problems);
  credentials.add_from_vault(loaded.config.credentials, of_vault);
  return loaded;
}

Places in_state_dir(Places places, const std::filesystem::path& state_dir) {
  places.state_dir = std::filesystem::absolute(state_dir);
  places.control_socket = places.state_dir / "tallyd.sock";
  return places;
}

ReadNotify notify_rules_of(const std::filesystem::path& file) {
  ReadNotify read;
  constexpr bool reads_secrets = false;
  NotifyReader notify(reads_secrets);
  read_files(file, "; name another with --config", read.problems, [&](const toml::table& root, ProblemList& problems) {
    TableReader reader(root, "", problems);
    read_notify(reader, problems, notify, read.rules);
  });
  return read;
}

ReadPlaces places_of(const std::filesystem::path& file) {
  ReadPlaces read;
  read_files(file, "; name another with --config", read.problems,
             [&places = read.places](const toml::table& root, ProblemList& /*unused*/) {
               places.state_dir = root["state_dir"].value_or(places.state_dir.string());
               places.control_socket = root["control_socket"].value_or(places.control_socket.string());
               places.vault_key_file = root["vault"]["key_file"].value_or(places.vault_key_file.string());
             });
  return read;
}

}  // namespace tally
