#include "config/ssh_reader.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "cloud/host.hpp"
#include "config/bootstrap_reader.hpp"
#include "config/named_file.hpp"
#include "config/public_key.hpp"
#include "config/ssh_key_files.hpp"
#include "config/ssh_key_record.hpp"
#include "config/text_fault.hpp"
#include "runtime/ascii.hpp"

namespace tally {
namespace {

constexpr std::int64_t highest_port = 65535;
constexpr const char* bastion_form = "must be user@host, or user@host:port; an IPv6 address stands in [ ]";

/// A private file as `read_file` reads it. Empty after a problem, which names both the key and the file.
template <class ReadFile>
Secret read_private(TableReader& reader, std::string_view key, const std::string& name, ReadFile read_file,
                    std::filesystem::path& file) {
  const auto named = private_file(reader, key, name);
  if (!named) return {};
  file = *named;
  PrivateFile contents = read_file(file);
  if (!contents.problem.empty()) {
    reader.problem(key, fmt::format("{}: {}", shown_path(file.string()), contents.problem));
  }
  return std::move(contents.text);
}

/// Letters that a name of a user or host may have; what is meant for a shell or an option is none.
bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return ascii::is_letter_or_digit(c) || c == '.' || c == '_' || c == '-' || c == '@' || c == '+' || c == '\\';
  };
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), is_letter);
}

bool is_host(std::string_view text) { return is_name(text) && text.find_first_of("@+\\") == std::string_view::npos; }

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

/// "jump@bastion.example.com:22", the port optional; nothing when it has another form.
std::optional<BastionConfig> parse_bastion(const std::string& text) {
  BastionConfig bastion;
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos || !is_name(std::string_view(text).substr(0, at))) return std::nullopt;
  bastion.user = text.substr(0, at);
  std::string host = text.substr(at + 1);
  const bool is_bracketed = host.starts_with('[');
  const std::size_t colon = is_bracketed ? host.find(':', std::min(host.find(']'), host.size())) : host.find(':');
  if (colon != std::string::npos) {
    const auto port = parse_port(std::string_view(host).substr(colon + 1));
    if (!port) return std::nullopt;
    bastion.port = *port;
    host.resize(colon);
  }
  if (is_bracketed) {
    if (!host.ends_with(']')) return std::nullopt;
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host)) return std::nullopt;
  } else if (!is_host(host)) {
    return std::nullopt;
  }
  bastion.host = host;
  return bastion;
}

void read_user(TableReader& reader, SshConfig& config) {
  const auto user = reader.text("user");
  if (!user) return;
  if (!is_name(*user)) return reader.wrong("user", "must be the name of a user");
  config.user = *user;
}

void read_port(TableReader& reader, SshConfig& config) {
  const auto port = reader.number("port");
  if (!port) return;
  if (*port < 1 || *port > highest_port) return reader.wrong("port", "must be from 1 to 65535");
  config.port = static_cast<int>(*port);
}

void read_bastion(TableReader& reader, SshConfig& config) {
  const auto address = reader.text("bastion");
  const auto line = reader.text("bastion_host_key");
  if (!address && !line) return;
  if (!address) return reader.problem("bastion_host_key", "is given, but no bastion");
  if (!line)
    return reader.problem("bastion_host_key", "is missing: who may answer as the bastion, as ssh-keyscan says");
  std::optional<BastionConfig> bastion = parse_bastion(*address);
  if (!bastion) return reader.wrong("bastion", bastion_form);
  const PublicKeyLine key = read_public_key(*line);
  if (!key.problem.empty()) return reader.problem("bastion_host_key", key.problem);
  bastion->host_key = key.type + " " + key.base64;
  config.bastion = std::move(bastion);
}

/// Keeps where the values of a table came from, by its path: "ssh.", "ssh.bootstrap[1].".
void note(const Origins& origins, const std::string& path, ReadSsh& read) {
  for (const auto& [key, origin] : origins) read.origins[path + key] = origin;
}

}  // namespace

ReadSsh SshReader::read(const toml::table& table) {
  TableReader reader(table, path_, problems_);
  ReadSsh read;
  SshConfig& config = read.config;
  config.is_probed = reader.flag("probe").value_or(config.is_probed);
  const bool has_key = read_key(reader, read);
  read_user(reader, config);
  read_port(reader, config);
  if (const auto window = reader.duration("first_window")) config.pace.first_window = *window;
  if (const auto interval = reader.duration("recheck_interval")) config.pace.recheck_interval = *interval;
  read_bastion(reader, config);
  read_types(reader, read);
  read_bootstraps(reader, has_key, read);
  reader.reject_others();
  note(reader.origins(), "ssh.", read);
  return read;
}

bool SshReader::read_key(TableReader& reader, ReadSsh& read) {
  SshConfig& config = read.config;
  SshSources& sources = read.sources;
  const auto file = reader.text("key_file");
  const auto passphrase_file = reader.text("passphrase_file");
  const auto ref = reader.text("key");
  if (ref && file) reader.problem("key", "is given, but key_file, too; remove one of them");
  if (passphrase_file && !file) {
    reader.problem("passphrase_file", ref ? "goes with key_file; the vault keeps the passphrase of its key beside it"
                                          : "is given, but no key_file");
  }
  if (file) {
    config.private_key = read_private(reader, "key_file", *file, read_ssh_key_file, sources.key_file);
    if (passphrase_file) {
      config.passphrase =
          read_private(reader, "passphrase_file", *passphrase_file, read_passphrase_file, sources.passphrase_file);
    }
  } else if (ref) {
    read_key_from_vault(reader, *ref, read);
  }
  return file || ref;
}

void SshReader::read_key_from_vault(TableReader& reader, const std::string& ref, ReadSsh& read) const {
  const auto& records = vault_.records;
  const auto record = std::find_if(records.begin(), records.end(),
                                   [&ref](const StoredCredential& candidate) { return candidate.ref.str() == ref; });
  if (record == records.end()) {
    if (!vault_.is_whole) return;
    const std::string what_to_do =
        is_credential_ref(ref) ? "; run: tallyctl credential add ssh --ref " + shown_name(ref) : "";
    return reader.wrong("key", "the vault holds no SSH key of this ref" + what_to_do);
  }
  if (!is_ssh_key(*record)) {
    return reader.wrong("key", "the vault's record of this ref is no SSH key, but a credential of " + record->provider);
  }
  read.sources.key_ref = ref;
  if (const auto key = record->fields.find("private_key"); key != record->fields.end()) {
    read.config.private_key = key->second;
  }
  if (const auto passphrase = record->fields.find("passphrase"); passphrase != record->fields.end()) {
    read.config.passphrase = passphrase->second;
  }
}

void SshReader::read_types(TableReader& reader, ReadSsh& read) {
  const toml::array* tables = reader.tables("type");
  if (tables == nullptr) return;
  std::size_t number = 0;
  for (const toml::node& node : *tables) {
    TableReader type(*node.as_table(), fmt::format("{}type[{}].", path_, ++number), problems_);
    const auto name = type.text("type");
    const ProbePaceOverride pace{type.duration("first_window"), type.duration("recheck_interval")};
    type.reject_others();
    if (!name || name->empty()) {
      type.problem("type", "is missing: the vendor's name of an instance type");
    } else if (!read.config.types.emplace(*name, pace).second) {
      type.problem("type", fmt::format("{} has a table already", shown_value(*name)));
    } else {
      note(type.origins(), "ssh.type." + *name + ".", read);
    }
  }
}

void SshReader::read_bootstraps(TableReader& reader, bool has_key, ReadSsh& read) {
  const toml::array* tables = reader.tables("bootstrap");
  if (tables == nullptr) return;
  if (!has_key) reader.problem("bootstrap", "needs key_file or key: without, nobody can log in");
  for (const toml::node& node : *tables) {
    const std::string name = fmt::format("bootstrap[{}].", read.config.bootstraps.size() + 1);
    ReadBootstrap bootstrap = read_bootstrap(*node.as_table(), path_ + name, problems_);
    note(bootstrap.origins, "ssh." + name, read);
    read.config.bootstraps.push_back(std::move(bootstrap.config));
    read.sources.scripts.push_back(std::move(bootstrap.script));
  }
}

}  // namespace tally
