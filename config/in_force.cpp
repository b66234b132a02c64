#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "config/config.hpp"

namespace tally {
namespace {

std::string interval_text(std::chrono::milliseconds interval) { return fmt::format("{}s", interval.count() / 1000); }

template <class Word>
std::string name_of(Word word, std::initializer_list<const char*> names) {
  return *(names.begin() + static_cast<std::ptrdiff_t>(word));
}

/// A path may hold what a comment may not.
std::string comment(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

/// Writes `key = value  # where from`. toml++ writes no comments, but values.
class Writer {
 public:
  void line(const std::string& text) { out_ << text << '\n'; }

  template <class Value>
  void value(std::string_view key, const Value& value, const Origins& origins, std::string_view path = "") {
    const auto origin = origins.find(std::string(path) + std::string(key));
    out_ << key << " = ";
    if constexpr (std::is_same_v<Value, toml::array>) {
      out_ << value;
    } else {
      out_ << toml::value(value);
    }
    out_ << "  # " << (origin == origins.end() ? "default" : comment(origin->second)) << '\n';
  }
  [[nodiscard]] std::string text() const { return out_.str(); }

 private:
  std::ostringstream out_;
};

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
  toml::array ids;
  for (const InstanceTypeId& id : entry.stable_ids) ids.push_back(id.str());
  if (!ids.empty()) out.value("stable_ids", ids, origins);
}

}  // namespace

std::string to_toml(const Config& config) {
  Writer out;
  const Origins& origins = config.origins;
  out.value("state_dir", config.state_dir.string(), origins);
  out.value("control_socket", config.control_socket.string(), origins);
  out.line("\n[vault]");
  out.value("key_file", config.vault_key_file.string(), origins, "vault.");
  out.line("\n[log]");
  out.value("level", name_of(config.log.level, {"trace", "debug", "info", "warn", "error"}), origins, "log.");
  out.value("format", name_of(config.log.format, {"auto", "text", "json", "journald"}), origins, "log.");
  for (const CredentialConfig& entry : config.credentials) write_credential(entry, out);
  return out.text();
}

}  // namespace tally
