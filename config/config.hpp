// The configuration as plain structs, read and checked once. Every problem names file, line and key; none shows a
// secret. Knows nothing of providers but the facts it is given.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/credential.hpp"
#include "cloud/ids.hpp"
#include "cloud/money.hpp"
#include "cloud/provider.hpp"
#include "config/notify_config.hpp"
#include "config/ssh_config.hpp"
#include "runtime/user_group.hpp"

namespace tally {

enum class LogLevel { trace, debug, info, warn, error };
enum class LogFormat { automatic, text, json, journald };

/// Where each value came from, by its key, in words: "/etc/tallyd/conf.d/a.toml:3", "the vault", "--state-dir". A key
/// that is not there has its default.
using Origins = std::map<std::string, std::string, std::less<>>;

struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::automatic;
};

struct CredentialConfig {
  Credential credential;  // endpoint resolved: config, else the credential's JSON, else the provider's default
  const ProviderDescription* provider = nullptr;
  std::filesystem::path file;     // where the secret fields came from; empty: the vault
  std::filesystem::path ca_file;  // empty: the system's
  std::chrono::milliseconds instance_type_interval{0};
  std::chrono::milliseconds instance_interval{0};
  bool is_read_only = false;
  std::optional<int> max_creates_per_hour;  // begun at the provider, failed and refused ones too
  std::optional<Money> max_price_per_hour;  // of machines neither ended nor stopped, and of creates in flight
  bool is_removed = false;                  // from the vault: only watched until its last instance has ended
  bool is_left_out = false;                 // of the configuration in force: kept until its operations are over
  std::vector<InstanceTypeId> stable_ids;
  SshConfig ssh;
  SshSources ssh_sources;
  Origins origins;

  [[nodiscard]] bool forbids_changes() const { return is_read_only || is_removed || is_left_out; }
};

/// How much history is kept; what exceeds any of the limits goes, the oldest first.
struct RetentionConfig {
  std::chrono::days age{400};
  std::int64_t rows = 20'000'000;
  std::int64_t bytes = std::int64_t{8} << 30U;  // of the catalog's used pages
};

/// How operations are carried out.
struct LifecycleConfig {
  std::chrono::seconds conclude_after{600};  // of complete lists, before it is believed that a create made nothing
};

/// Where metrics, health and targets are served over TCP.
struct HttpConfig {
  std::string address;             // "127.0.0.1", "::1"; empty: nowhere
  std::uint16_t port = 0;          // 0: one that is free
  int sd_port = 9400;              // of the targets in /sd/prometheus
  std::vector<std::string> hosts;  // names, besides loopback and the address, that the Host header may have

  bool operator==(const HttpConfig&) const = default;
};

struct Config {
  std::filesystem::path state_dir = "/var/lib/tallyd";
  std::filesystem::path control_socket = "/run/tallyd/tallyd.sock";
  std::filesystem::path vault_key_file = "/etc/tallyd/vault.key";
  std::optional<UserGroup> operator_group;  // who may act over the socket, besides root and the daemon's user
  LogConfig log;
  HttpConfig http;
  RetentionConfig retention;
  LifecycleConfig lifecycle;
  std::vector<CredentialConfig> credentials;
  std::vector<NotifyConfig> notify;
  Origins origins;  // "state_dir", "log.level", "notify[1].url"; those of a credential are in it
};

struct ConfigPlace {
  std::filesystem::path file;
  int line = 0;  // from 1; 0: the file as a whole
};

/// "/etc/tallyd/tallyd.toml:12"
std::string to_text(const ConfigPlace& place);

/// One thing that is wrong with a configuration.
struct ConfigProblem {
  ConfigPlace place;
  std::string key;  // "credential[2].endpoint"; empty when of the file as a whole
  std::string message;
};

/// "/etc/tallyd/tallyd.toml:12: credential[1].endpoint: ..." - one line.
std::string to_text(const ConfigProblem& problem);

struct LoadedConfig {
  Config config;
  std::vector<ConfigProblem> problems;  // all of them; not empty: `config` must not be used
};

/// What the vault holds, as far as it could be opened.
struct VaultRecords {
  std::vector<StoredCredential> records;
  bool is_whole = true;  // false: more may be in it, which is told elsewhere, so nothing is told missing from it
};

/// Reads the file, those that `conf.d/*.toml` beside it matches in the order of their names, and every credential they
/// name. A value in a later file takes the place of an earlier one; credentials add up. `providers` are those that a
/// config may name. A credential in the vault is in force by itself, an entry of the same ref without `file` only adds
/// options.
LoadedConfig load_config(const std::filesystem::path& file, const std::vector<const ProviderDescription*>& providers,
                         const VaultRecords& vault = {});

/// What is in force, for `tallyd --check-config`: TOML without secrets, each value with its origin as a comment.
std::string to_toml(const Config& config);

/// Where a daemon keeps and offers things: all that tallyctl needs to know of a configuration.
struct Places {
  std::filesystem::path state_dir = Config().state_dir;
  std::filesystem::path control_socket = Config().control_socket;
  std::filesystem::path vault_key_file = Config().vault_key_file;
};

struct ReadPlaces {
  Places places;
  std::vector<ConfigProblem> problems;  // files that cannot be read or are no TOML: what they would say is not known
};

/// What the configuration's files say; what none of them says has its default.
ReadPlaces places_of(const std::filesystem::path& file);

struct ReadNotify {
  std::vector<NotifyConfig> rules;
  std::vector<ConfigProblem> problems;
};

/// The rules of notifications that the configuration's files have, without their secrets, whatever else is in them.
ReadNotify notify_rules_of(const std::filesystem::path& file);

/// A daemon that is given its state directory on the command line has its socket there, too; the rest the files say.
Places in_state_dir(Places places, const std::filesystem::path& state_dir);

}  // namespace tally
