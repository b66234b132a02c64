#include "cli/client/ssh_route.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "cloud/ssh_place.hpp"
#include "providers/descriptions.hpp"

namespace tally::cli {
namespace {

constexpr const char* place = R"(
SELECT coalesce(public_ip, public_dns, ''), coalesce(private_ip, ''), coalesce(ssh_user, ''), ssh_port
FROM instances WHERE credential = ?1 AND cloud_id = ?2)";

constexpr const char* mappings = R"(
SELECT json_extract(m.value, '$.from_port'), json_extract(m.value, '$.to_port')
FROM instances i, json_each(i.attributes, '$.internal_port_mappings') m
WHERE i.credential = ?1 AND i.cloud_id = ?2 ORDER BY m.key)";

std::optional<std::int32_t> small_number(const SqlValue& value) {
  const auto* const number = std::get_if<std::int64_t>(&value);
  if (number == nullptr || *number < INT32_MIN || *number > INT32_MAX) return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

std::vector<PortMapping> read_mappings(Reader& reader, const Subject& instance) {
  std::vector<PortMapping> read;
  for (const auto& row : reader.query(mappings, {instance.credential, instance.id}).rows) {
    read.push_back({small_number(row.at(0)).value_or(0), small_number(row.at(1)).value_or(0)});
  }
  return read;
}

/// The provider of a credential that this program knows; nullptr when it does not.
const ProviderDescription* provider_of(Reader& reader, const std::string& credential) {
  const auto rows = reader.query("SELECT coalesce(provider, '') FROM credentials WHERE credential = ?", {credential});
  return rows.rows.empty() ? nullptr : find_description(std::get<std::string>(rows.rows.at(0).at(0)));
}

/// What the configuration's `[credential.ssh]` says. Its other problems are not ours: a person may not be allowed to
/// read the credentials that it names.
std::optional<SshConfig> configured(const Context& context, const std::string& credential) {
  LoadedConfig loaded = load_config(context.config_file(), provider_descriptions());
  for (CredentialConfig& config : loaded.config.credentials) {
    if (config.credential.ref.str() == credential) return std::move(config.ssh);
  }
  return std::nullopt;
}

SshHop hop_of(const BastionConfig& bastion) {
  const std::size_t blank = bastion.host_key.find(' ');
  SeenKey key;
  key.type = bastion.host_key.substr(0, blank);
  if (blank != std::string::npos) key.public_key = bastion.host_key.substr(blank + 1);
  return {bastion.host, bastion.host, bastion.port, bastion.user, {key}};
}

}  // namespace

SshRoute ssh_route(const Context& context, Reader& reader, const Subject& instance) {
  const ProviderDescription* provider = provider_of(reader, instance.credential);
  const auto row = reader.query(place, {instance.credential, instance.id}).rows.at(0);
  const auto text = [&row](std::size_t column) { return std::get<std::string>(row.at(column)); };
  const std::optional<SshConfig> config = configured(context, instance.credential);
  SshPortFacts ports;
  if (config) ports.configured = config->port;
  ports.of_vendor = small_number(row.at(3));
  ports.mappings = read_mappings(reader, instance);
  ports.usual = provider == nullptr ? ProviderDescription().ssh_port : provider->ssh_port;

  SshRoute route;
  const bool is_public = !text(0).empty();
  route.target.name = instance.id;
  route.target.host = is_public ? text(0) : text(1);
  route.target.port = is_public ? ssh_port_outside(ports) : ssh_port_inside(ports);
  route.target.user = config && !config->user.empty() ? config->user : text(2);
  if (config && config->bastion) route.bastion = hop_of(*config->bastion);
  if (route.target.user.empty()) route.target.user = provider == nullptr ? "root" : provider->ssh_user;
  if (!is_public && !route.bastion) {
    route.note = fmt::format("it has a private address only, and {} names no bastion{}", context.config_file().string(),
                             config ? "" : ", or cannot be read");
  }
  return route;
}

std::string words_of(const SshRoute& route) {
  if (route.target.host.empty()) return "";
  return fmt::format("{}, port {}{}", route.target.user, route.target.port,
                     route.bastion ? ", through " + route.bastion->host : "");
}

}  // namespace tally::cli
