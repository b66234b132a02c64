#include "cli/ssh_route.hpp"

#include <fmt/format.h>

#include "providers/registry.hpp"

namespace tally::cli {
namespace {

// ?1: credential; ?2: cloud_id; ?3: the provider's usual port. A mapping of ports {from, to} says that `from` at the
// public address leads to `to` inside.
constexpr const char* place = R"(
SELECT coalesce(i.public_ip, i.public_dns, ''), coalesce(i.private_ip, ''), coalesce(i.ssh_user, ''),
       coalesce(i.ssh_port, (SELECT json_extract(m.value, '$.from_port')
         FROM json_each(i.attributes, '$.internal_port_mappings') m
         WHERE json_extract(m.value, '$.to_port') = ?3), ?3) AS public_port,
       coalesce((SELECT json_extract(m.value, '$.to_port') FROM json_each(i.attributes, '$.internal_port_mappings') m
         WHERE json_extract(m.value, '$.from_port') = i.ssh_port), i.ssh_port, ?3) AS private_port
FROM instances i WHERE i.credential = ?1 AND i.cloud_id = ?2)";

/// The provider of a credential that this program knows; nullptr when it does not.
const Provider* provider_of(Reader& reader, const std::string& credential) {
  const auto rows = reader.query("SELECT coalesce(provider, '') FROM credentials WHERE credential = ?", {credential});
  return rows.rows.empty() ? nullptr : find_provider(std::get<std::string>(rows.rows.at(0).at(0)));
}

/// What the configuration's `[credential.ssh]` says. Its other problems are not ours: a person may not be allowed to
/// read the credentials that it names.
std::optional<SshConfig> configured(const Context& context, const std::string& credential) {
  std::vector<const ProviderDescription*> known;
  for (const Provider* provider : providers()) known.push_back(&provider->description);
  LoadedConfig loaded = load_config(context.config_file(), known);
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
  const Provider* provider = provider_of(reader, instance.credential);
  const std::int64_t usual_port = provider == nullptr ? ProviderDescription().ssh_port : provider->description.ssh_port;
  const auto row = reader.query(place, {instance.credential, instance.id, usual_port}).rows.at(0);
  const auto text = [&row](std::size_t column) { return std::get<std::string>(row.at(column)); };

  SshRoute route;
  const bool is_public = !text(0).empty();
  route.target.name = instance.id;
  route.target.host = is_public ? text(0) : text(1);
  route.target.port = static_cast<int>(std::get<std::int64_t>(row.at(is_public ? 3 : 4)));
  route.target.user = text(2);
  const std::optional<SshConfig> config = configured(context, instance.credential);
  if (config) {
    if (!config->user.empty()) route.target.user = config->user;
    route.target.port = config->port.value_or(route.target.port);
    if (config->bastion) route.bastion = hop_of(*config->bastion);
  }
  if (route.target.user.empty()) route.target.user = provider == nullptr ? "root" : provider->description.ssh_user;
  if (!is_public && !route.bastion) {
    route.note = fmt::format("it has a private address only, and {} names no bastion{}", context.config_file().string(),
                             config ? "" : ", or cannot be read");
  }
  return route;
}

}  // namespace tally::cli
