#include "config/config.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "config/credential_file.hpp"
#include "config/toml_reader.hpp"

namespace tally {
namespace {

bool is_loopback(const std::string& host) {
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(host, failure);
  return host == "localhost" || (!failure && address.is_loopback());
}

/// What is wrong with a base URL; "" when nothing is.
std::string endpoint_fault(const std::string& text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return "is not a URL";
  const boost::urls::url_view& url = *parsed;
  if (url.scheme() != "https" && url.scheme() != "http") return "must begin with https://";
  if (url.host().empty()) return "names no host";
  // Boost.URL takes "host:x" for an empty port and a path.
  if (!url.encoded_path().empty() && !url.encoded_path().starts_with('/')) return "has a port that is no number";
  if (url.has_userinfo()) return "must not carry a user or password";
  if (url.has_query() || url.has_fragment()) return "must end with its path: no ? and no #";
  if (url.scheme() == "http" && !is_loopback(url.host_address())) return "plain http is for loopback addresses only";
  return "";
}

bool holds_certificate(const std::string& file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_file(file.c_str(), "r"), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> first(
      in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr, &X509_free);
  return first != nullptr;
}

std::string without_trailing_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

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

LogConfig read_log(const toml::table& table, ProblemList& problems) {
  TableReader reader(table, "log.", problems);
  LogConfig log;
  log.level = word_of<LogLevel>(reader, "level",
                                {{"trace", LogLevel::trace},
                                 {"debug", LogLevel::debug},
                                 {"info", LogLevel::info},
                                 {"warn", LogLevel::warn},
                                 {"error", LogLevel::error}})
                  .value_or(LogLevel::info);
  log.format = word_of<LogFormat>(reader, "format",
                                  {{"auto", LogFormat::automatic},
                                   {"text", LogFormat::text},
                                   {"json", LogFormat::json},
                                   {"journald", LogFormat::journald}})
                   .value_or(LogFormat::automatic);
  reader.reject_others();
  return log;
}

/// Reads the [[credential]] tables of one file.
class CredentialReader {
 public:
  CredentialReader(const std::vector<const ProviderDescription*>& providers, const std::vector<StoredCredential>& vault,
                   ProblemList& list, std::vector<ConfigProblem>& problems)
      : providers_(providers), vault_(vault), list_(list), problems_(problems) {}

  /// Credentials of the vault that no table of the file names, with their provider's defaults.
  void add_from_vault(std::vector<CredentialConfig>& credentials) {
    for (const StoredCredential& stored : vault_) {
      if (lines_.contains(stored.ref.str())) continue;
      toml::table options;
      options.insert("ref", stored.ref.str());
      options.insert("provider", stored.provider);
      credentials.push_back(read(options, credentials.size() + 1));
    }
  }

  CredentialConfig read(const toml::table& table, std::size_t number) {
    TableReader reader(table, fmt::format("credential[{}].", number), list_);
    CredentialConfig config;
    read_ref(reader, config);
    read_provider(reader, config);
    const auto file = reader.text("file");
    const auto endpoint = reader.text("endpoint");
    const auto ca_file = reader.text("ca_file");
    const auto type_interval = reader.duration("instance_type_interval");
    const auto instance_interval = reader.duration("instance_interval");
    config.is_read_only = reader.flag("read_only").value_or(false);
    read_stable_ids(reader, config);
    reader.reject_others();
    if (config.provider == nullptr) return config;

    config.instance_type_interval = type_interval.value_or(config.provider->instance_type_interval);
    config.instance_interval = instance_interval.value_or(config.provider->instance_interval);
    read_ca_file(reader, ca_file, config);
    read_secrets(reader, file, config);
    read_endpoint(reader, endpoint, config);
    return config;
  }

 private:
  void read_ref(TableReader& reader, CredentialConfig& config) {
    const auto ref = reader.text("ref");
    if (!ref) return reader.problem("ref", "is missing: a name for this credential, such as \"lambda-prod\"");
    if (!is_credential_ref(*ref)) {
      return reader.problem("ref", "must be lower-case letters and digits in parts joined by -, at most 39 characters");
    }
    const auto [first, is_new] = lines_.try_emplace(*ref, reader.line_of("ref"));
    if (!is_new) return reader.problem("ref", fmt::format("\"{}\" is already used in line {}", *ref, first->second));
    config.credential.ref = CredentialRef(*ref);
  }

  void read_provider(TableReader& reader, CredentialConfig& config) {
    const auto name = reader.text("provider");
    if (!name) return reader.problem("provider", "is missing");
    std::vector<std::string> known;
    for (const ProviderDescription* provider : providers_) {
      const auto& aliases = provider->aliases;
      if (*name == provider->name || *name == provider->provider_id ||
          std::find(aliases.begin(), aliases.end(), *name) != aliases.end()) {
        config.provider = provider;
        return;
      }
      known.emplace_back(provider->name);
    }
    const std::string meant = nearest(*name, known);
    reader.problem("provider", meant.empty() ? fmt::format("unknown provider; known are {}", fmt::join(known, ", "))
                                             : fmt::format("unknown provider; is \"{}\" meant?", meant));
  }

  static void read_stable_ids(TableReader& reader, CredentialConfig& config) {
    for (const std::string& id : reader.texts("stable_ids")) {
      if (id.empty()) reader.problem("stable_ids", "holds an empty ID");
      const InstanceTypeId stable(id);
      if (std::find(config.stable_ids.begin(), config.stable_ids.end(), stable) != config.stable_ids.end()) {
        reader.problem("stable_ids", fmt::format("holds {} twice", id));
      }
      config.stable_ids.push_back(stable);
    }
  }

  static void read_ca_file(TableReader& reader, const std::optional<std::string>& file, CredentialConfig& config) {
    if (!file) return;
    if (!std::ifstream(*file).good() || std::filesystem::is_directory(*file)) {
      reader.problem("ca_file", "cannot be read");
    } else if (!holds_certificate(*file)) {
      reader.problem("ca_file", "holds no certificate (PEM)");
    }
    config.ca_file = *file;
  }

  void read_secrets(TableReader& reader, const std::optional<std::string>& name, CredentialConfig& config) {
    if (!name) return read_from_vault(reader, config);
    if (name->empty()) return reader.problem("file", "is empty: where the provider's secret fields are");
    std::filesystem::path file = *name;
    if (file.is_relative()) {
      const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
      if (directory == nullptr) {
        return reader.problem("file", "is relative, but $CREDENTIALS_DIRECTORY is not set; give the whole path");
      }
      file = std::filesystem::path(directory) / file;
    }
    config.file = file;
    if (is_in_vault(config.credential.ref)) {
      reader.problem("file", "is given, but the vault holds a credential of this ref, too; remove one of them");
    }
    config.credential.fields = read_credential_file(file, *config.provider, problems_);
  }

  [[nodiscard]] std::vector<StoredCredential>::const_iterator stored(const CredentialRef& ref) const {
    return std::find_if(vault_.begin(), vault_.end(),
                        [&ref](const StoredCredential& candidate) { return candidate.ref == ref; });
  }
  [[nodiscard]] bool is_in_vault(const CredentialRef& ref) const { return stored(ref) != vault_.end(); }

  void read_from_vault(TableReader& reader, CredentialConfig& config) {
    const auto stored = this->stored(config.credential.ref);
    if (stored == vault_.end()) {
      return reader.problem("file", "is missing, and the vault holds no credential of this ref");
    }
    if (stored->provider != config.provider->name) {
      return reader.problem("provider", "differs from that of the vault's credential: " + stored->provider);
    }
    config.credential.fields = stored->fields;
    config.is_removed = stored->is_removed;
  }

  /// From the config or the credential's JSON, which must not disagree; else the provider's own.
  static void read_endpoint(TableReader& reader, const std::optional<std::string>& configured,
                            CredentialConfig& config) {
    std::string endpoint = without_trailing_slash(configured.value_or(""));
    for (const char* name : {"api_url", "endpoint_url"}) {
      const auto field = config.credential.fields.find(name);
      if (field == config.credential.fields.end()) continue;
      const std::string stated = without_trailing_slash(std::string(field->second.reveal()));
      if (!endpoint.empty() && endpoint != stated) {
        reader.problem("endpoint", fmt::format("differs from \"{}\" in the credential's file; give one of them", name));
      }
      endpoint = stated;
    }
    if (endpoint.empty()) endpoint = config.provider->default_endpoint;
    if (const std::string fault = endpoint_fault(endpoint); !fault.empty()) reader.problem("endpoint", fault);
    config.credential.endpoint = endpoint;
  }

  const std::vector<const ProviderDescription*>& providers_;
  const std::vector<StoredCredential>& vault_;
  ProblemList& list_;
  std::vector<ConfigProblem>& problems_;
  std::map<std::string, int> lines_;
};

std::string interval_text(std::chrono::milliseconds interval) { return fmt::format("{}s", interval.count() / 1000); }

template <class Word>
std::string name_of(Word word, std::initializer_list<const char*> names) {
  return *(names.begin() + static_cast<std::ptrdiff_t>(word));
}

}  // namespace

std::string to_text(const ConfigProblem& problem) {
  std::string text = problem.file.string();
  if (problem.line > 0) text += fmt::format(":{}", problem.line);
  if (!problem.key.empty()) text += ": " + problem.key;
  return text + ": " + problem.message;
}

LoadedConfig load_config(const std::filesystem::path& file, const std::vector<const ProviderDescription*>& providers,
                         const std::vector<StoredCredential>& vault) {
  LoadedConfig loaded;
  ProblemList problems(file, loaded.problems);
  std::ifstream in(file);
  std::stringstream text;
  if (std::filesystem::is_directory(file) || !in || !(text << in.rdbuf())) {
    problems.add(0, "", "cannot be read; name another with --config, or try --demo");
    return loaded;
  }
  toml::table root;
  try {
    root = toml::parse(text.str());
  } catch (const toml::parse_error& error) {
    problems.add(static_cast<int>(error.source().begin.line), "", "is not TOML from this line on");
    return loaded;
  }
  TableReader reader(root, "", problems);
  if (const auto state_dir = reader.text("state_dir")) {
    loaded.config.state_dir = *state_dir;
    if (!loaded.config.state_dir.is_absolute()) reader.problem("state_dir", "must be a whole path");
  }
  if (const auto socket = reader.text("control_socket")) {
    loaded.config.control_socket = *socket;
    if (!loaded.config.control_socket.is_absolute()) reader.problem("control_socket", "must be a whole path");
  }
  if (const toml::table* log = reader.table("log")) loaded.config.log = read_log(*log, problems);
  if (const toml::table* table = reader.table("vault")) {
    TableReader vault_reader(*table, "vault.", problems);
    if (const auto key_file = vault_reader.text("key_file")) {
      loaded.config.vault_key_file = *key_file;
      if (!loaded.config.vault_key_file.is_absolute()) vault_reader.problem("key_file", "must be a whole path");
    }
    vault_reader.reject_others();
  }
  CredentialReader credentials(providers, vault, problems, loaded.problems);
  if (const toml::array* tables = reader.tables("credential")) {
    for (const toml::node& node : *tables) {
      loaded.config.credentials.push_back(credentials.read(*node.as_table(), loaded.config.credentials.size() + 1));
    }
  }
  reader.reject_others();
  credentials.add_from_vault(loaded.config.credentials);
  return loaded;
}

std::string to_toml(const Config& config) {
  toml::table root;
  root.insert("state_dir", config.state_dir.string());
  root.insert("control_socket", config.control_socket.string());
  root.insert("vault", toml::table{{"key_file", config.vault_key_file.string()}});
  root.insert("log", toml::table{{"level", name_of(config.log.level, {"trace", "debug", "info", "warn", "error"})},
                                 {"format", name_of(config.log.format, {"auto", "text", "json", "journald"})}});
  toml::array credentials;
  for (const CredentialConfig& entry : config.credentials) {
    toml::table table;
    table.insert("ref", entry.credential.ref.str());
    table.insert("provider", std::string(entry.provider->name));
    if (!entry.file.empty()) table.insert("file", entry.file.string());
    table.insert("endpoint", entry.credential.endpoint);
    if (!entry.ca_file.empty()) table.insert("ca_file", entry.ca_file.string());
    table.insert("instance_type_interval", interval_text(entry.instance_type_interval));
    table.insert("instance_interval", interval_text(entry.instance_interval));
    table.insert("read_only", entry.is_read_only);
    toml::array ids;
    for (const InstanceTypeId& id : entry.stable_ids) ids.push_back(id.str());
    if (!ids.empty()) table.insert("stable_ids", std::move(ids));
    credentials.push_back(std::move(table));
  }
  root.insert("credential", std::move(credentials));
  std::ostringstream out;
  out << root << '\n';
  return out.str();
}

Places places_in(const std::filesystem::path& state_dir, const std::filesystem::path& file) {
  return {state_dir, state_dir / "tallyd.sock", places_of(file).vault_key_file};
}

Places places_of(const std::filesystem::path& file) {
  Places places;
  try {
    const toml::table root = toml::parse_file(file.string());
    places.state_dir = root["state_dir"].value_or(places.state_dir.string());
    places.control_socket = root["control_socket"].value_or(places.control_socket.string());
    places.vault_key_file = root["vault"]["key_file"].value_or(places.vault_key_file.string());
  } catch (const toml::parse_error&) {
    return {};
  }
  return places;
}

}  // namespace tally
