#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "config/config.hpp"
#include "runtime/ascii.hpp"

namespace tally {
namespace {

std::string interval_text(std::chrono::milliseconds interval) { return fmt::format("{}s", interval.count() / 1000); }

template <class Word>
std::string name_of(Word word, std::initializer_list<const char*> names) {
  return *(names.begin() + static_cast<std::ptrdiff_t>(word));
}

/// A path may hold what a comment may not.
std::string comment(std::string text) {
  std::replace_if(text.begin(), text.end(), ascii::is_control, '?');
  return text;
}

/// Writes `key = value  # where from`. toml++ writes no comments, but values.
class Writer {
 public:
  void line(const std::string& text) { out_ << text << '\n'; }

  template <class Value>
  void value(std::string_view key, const Value& value, const Origins& origins, std::string_view path = "",
             std::string_view note = "") {
    out_ << key << " = ";
    if constexpr (std::is_same_v<Value, toml::array>) {
      out_ << value;
    } else {
      out_ << toml::value(value);
    }
    end(key, origins, path, note);
  }

  /// The only entry of a table, which may be a table in one line.
  void entry(const toml::table& table, std::string_view key, const Origins& origins, std::string_view path) {
    out_ << table;
    end(key, origins, path, "");
  }
  [[nodiscard]] std::string text() const { return out_.str(); }

 private:
  void end(std::string_view key, const Origins& origins, std::string_view path, std::string_view note) {
    const auto origin = origins.find(std::string(path) + std::string(key));
    out_ << "  # " << (origin == origins.end() ? "default" : comment(origin->second)) << note << '\n';
  }

  std::ostringstream out_;
};

/// The bastion, for which a colon in the host stands in brackets.
std::string text_of(const BastionConfig& bastion) {
  const bool is_ipv6 = bastion.host.find(':') != std::string::npos;
  return fmt::format("{}@{}{}{}:{}", bastion.user, is_ipv6 ? "[" : "", bastion.host, is_ipv6 ? "]" : "", bastion.port);
}

void write_bootstrap(const BootstrapConfig& bootstrap, const std::filesystem::path& script, const Origins& origins,
                     const std::string& path, Writer& out) {
  out.line("[[credential.ssh.bootstrap]]");
  if (bootstrap.only_tag) {
    out.value("tag", bootstrap.only_tag->key + "=" + bootstrap.only_tag->value, origins, path);
  }
  toml::array keys;
  for (const std::string& key : bootstrap.admin_keys) keys.push_back(key);
  const std::string count = fmt::format(", {} key(s)", keys.size());
  if (!keys.empty()) out.value("admin_keys", keys, origins, path, count);
  const std::string size = fmt::format(", {} bytes", bootstrap.agent_script.size());
  if (!script.empty()) out.value("script", script.string(), origins, path, size);
}

void write_ssh(const CredentialConfig& entry, Writer& out) {
  const SshConfig& ssh = entry.ssh;
  const SshSources& sources = entry.ssh_sources;
  const Origins& origins = entry.origins;
  out.line("[credential.ssh]");
  out.value("probe", ssh.is_probed, origins, "ssh.");
  if (!sources.key_file.empty()) out.value("key_file", sources.key_file.string(), origins, "ssh.");
  if (!sources.passphrase_file.empty()) out.value("passphrase_file", sources.passphrase_file.string(), origins, "ssh.");
  if (!sources.key_ref.empty()) out.value("key", sources.key_ref, origins, "ssh.");
  if (!ssh.user.empty()) out.value("user", ssh.user, origins, "ssh.");
  if (ssh.port) out.value("port", *ssh.port, origins, "ssh.");
  out.value("first_window", interval_text(ssh.pace.first_window), origins, "ssh.");
  out.value("recheck_interval", interval_text(ssh.pace.recheck_interval), origins, "ssh.");
  if (ssh.bastion) {
    out.value("bastion", text_of(*ssh.bastion), origins, "ssh.");
    out.value("bastion_host_key", ssh.bastion->host_key, origins, "ssh.");
  }
  for (const auto& [name, type] : ssh.types) {
    const std::string path = "ssh.type." + name + ".";
    out.line("[[credential.ssh.type]]");
    out.value("type", name, origins, path);
    if (type.first_window) out.value("first_window", interval_text(*type.first_window), origins, path);
    if (type.recheck_interval) out.value("recheck_interval", interval_text(*type.recheck_interval), origins, path);
  }
  for (std::size_t i = 0; i < ssh.bootstraps.size(); ++i) {
    write_bootstrap(ssh.bootstraps[i], sources.scripts.at(i), origins, fmt::format("ssh.bootstrap[{}].", i + 1), out);
  }
}

toml::array array_of(const std::vector<std::string>& texts) {
  toml::array array;
  for (const std::string& text : texts) array.push_back(text);
  return array;
}

template <class Value, class ToToml>
toml::table table_of(const OptionTable<Value>& values, ToToml to_toml) {
  toml::table table;
  table.is_inline(true);
  for (const auto& [key, value] : values) table.insert(key, to_toml(value));
  return table;
}

/// An option's value as TOML has it.
struct AsToml {
  void operator()(const std::string& text) { to.insert(name, text); }
  void operator()(std::int64_t number) { to.insert(name, number); }
  void operator()(bool flag) { to.insert(name, flag); }
  void operator()(const std::vector<std::string>& texts) { to.insert(name, array_of(texts)); }
  void operator()(const OptionTable<std::string>& texts) {
    to.insert(name, table_of(texts, [](const std::string& text) { return text; }));
  }
  void operator()(const OptionTable<Money>& prices) {
    to.insert(name, table_of(prices, [](const Money& price) { return to_text(price); }));
  }
  void operator()(const OptionTable<std::vector<std::string>>& lists) { to.insert(name, table_of(lists, array_of)); }
  void operator()(const std::vector<NamedUrl>& services) {
    toml::array array;
    for (const NamedUrl& service : services) {
      toml::table entry{{"name", service.name}, {"url", service.url}};
      entry.is_inline(true);
      array.push_back(std::move(entry));
    }
    to.insert(name, std::move(array));
  }
  std::string_view name;
  toml::table& to;
};

/// All that the provider declares, what is not given as well.
void write_options(const CredentialConfig& entry, Writer& out) {
  if (entry.provider->options.empty()) return;
  out.line("[credential.options]");
  for (const ProviderOption& option : entry.provider->options) {
    const auto given = entry.credential.options.find(option.name);
    toml::table line;
    std::visit(AsToml{option.name, line},
               given == entry.credential.options.end() ? option.default_value : given->second);
    out.entry(line, option.name, entry.origins, "options.");
  }
}

void write_credential(const CredentialConfig& entry, Writer& out) {
  out.line(entry.file.empty() ? "\n[[credential]]  # its secret fields: the vault" : "\n[[credential]]");
  const Origins& origins = entry.origins;
  out.value("ref", entry.credential.ref.str(), origins);
  out.value("provider", std::string(entry.provider->name), origins);
  if (!entry.file.empty()) out.value("file", entry.file.string(), origins);
  out.value("endpoint", entry.credential.endpoint, origins);
  if (!entry.ca_file.empty()) out.value("ca_file", entry.ca_file.string(), origins);
  out.value("instance_type_interval", interval_text(entry.instance_type_interval), origins);
  out.value("instance_interval", interval_text(entry.instance_interval), origins);
  out.value("read_only", entry.is_read_only, origins);
  if (entry.max_creates_per_hour) {
    out.value("max_creates_per_hour", std::int64_t{*entry.max_creates_per_hour}, origins);
  }
  if (entry.max_price_per_hour) out.value("max_price_per_hour", to_text(*entry.max_price_per_hour), origins);
  toml::array ids;
  for (const InstanceTypeId& id : entry.stable_ids) ids.push_back(id.str());
  if (!ids.empty()) out.value("stable_ids", ids, origins);
  write_options(entry, out);
  write_ssh(entry, out);
}

void write_notify(const NotifyConfig& rule, const std::string& path, const Origins& origins, Writer& out) {
  out.line("\n[[notify]]");
  out.value("name", rule.name, origins, path);
  out.value("events", array_of(rule.events), origins, path);
  if (!rule.credential.empty()) out.value("credential", rule.credential, origins, path);
  if (!rule.gpu.empty()) out.value("gpu", rule.gpu, origins, path);
  if (rule.max_price) out.value("max_price", *rule.max_price, origins, path);
  if (rule.tag) out.value("tag", rule.tag->first + "=" + rule.tag->second, origins, path);
  if (!rule.url.empty()) out.value("url", shown_url(rule.url), origins, path);
  if (!rule.secret_file.empty()) out.value("secret_file", rule.secret_file.string(), origins, path);
  if (!rule.command.empty()) out.value("command", array_of(rule.command), origins, path);
}

}  // namespace

std::string to_toml(const Config& config) {
  Writer out;
  const Origins& origins = config.origins;
  out.value("state_dir", config.state_dir.string(), origins);
  out.value("control_socket", config.control_socket.string(), origins);
  if (config.operator_group) {
    out.line("\n[control]");
    out.value("operator_group", config.operator_group->name, origins, "control.");
  }
  out.line("\n[vault]");
  out.value("key_file", config.vault_key_file.string(), origins, "vault.");
  out.line("\n[log]");
  out.value("level", name_of(config.log.level, {"trace", "debug", "info", "warn", "error"}), origins, "log.");
  out.value("format", name_of(config.log.format, {"auto", "text", "json", "journald"}), origins, "log.");
  if (config.http != HttpConfig()) {
    const bool is_ipv6 = config.http.address.find(':') != std::string::npos;
    out.line("\n[http]");
    const std::string listen =
        fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", config.http.address, is_ipv6 ? "]" : "", config.http.port);
    if (!config.http.address.empty()) out.value("listen", listen, origins, "http.");
    out.value("sd_port", std::int64_t{config.http.sd_port}, origins, "http.");
    toml::array hosts;
    for (const std::string& host : config.http.hosts) hosts.push_back(host);
    if (!hosts.empty()) out.value("hosts", hosts, origins, "http.");
  }
  out.line("\n[retention]");
  out.value("days", std::int64_t{config.retention.age.count()}, origins, "retention.");
  out.value("rows", config.retention.rows, origins, "retention.");
  out.value("bytes", config.retention.bytes, origins, "retention.");
  out.line("\n[lifecycle]");
  out.value("conclude_after", interval_text(config.lifecycle.conclude_after), origins, "lifecycle.");
  for (const CredentialConfig& entry : config.credentials) write_credential(entry, out);
  for (std::size_t i = 0; i < config.notify.size(); ++i) {
    write_notify(config.notify[i], fmt::format("notify[{}].", i + 1), origins, out);
  }
  return out.text();
}

}  // namespace tally
