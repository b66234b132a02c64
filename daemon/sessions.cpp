#include "daemon/sessions.hpp"

#include <algorithm>

#include "daemon/probe_settings.hpp"
#include "providers/registry.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

CredentialRecord record_of(const CredentialConfig& config, const TenantId& tenant) {
  CredentialRecord record;
  record.ref = config.credential.ref;
  record.provider_id = config.provider->provider_id;
  record.tenant_id = tenant;
  record.api_type = config.provider->api_type;
  for (const std::string_view name : config.provider->capabilities) record.capabilities.emplace_back(name);
  record.is_read_only = config.is_read_only || config.is_removed;
  return record;
}

bool have_same_secrets(const SecretFields& a, const SecretFields& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& left, const auto& right) {
    return left.first == right.first && left.second.reveal() == right.second.reveal();
  });
}

/// A session of the one serves the other, too.
bool is_same(const CredentialConfig& a, const CredentialConfig& b) {
  return a.provider == b.provider && a.credential.endpoint == b.credential.endpoint && a.ca_file == b.ca_file &&
         a.instance_type_interval == b.instance_type_interval && a.instance_interval == b.instance_interval &&
         a.is_read_only == b.is_read_only && a.is_removed == b.is_removed && a.stable_ids == b.stable_ids &&
         is_same_ssh(a.ssh, b.ssh) && have_same_secrets(a.credential.fields, b.credential.fields);
}

}  // namespace

asio::awaitable<void> Sessions::apply(std::vector<CredentialConfig> credentials) {
  std::vector<TenantMember> members;
  std::vector<CredentialRecord> records;
  for (const CredentialConfig& config : credentials) {
    const TenantId tenant = find_provider(config.provider->name)->tenant_of(config.credential);
    members.push_back({config.credential.ref, tenant});
    records.push_back(record_of(config, tenant));
  }
  const Timestamp now = context_.clock.wall_now();
  const auto stays = [&](const Session& session) {
    const CredentialRef& ref = session.config().credential.ref;
    const auto config = std::find_if(credentials.begin(), credentials.end(),
                                     [&ref](const CredentialConfig& entry) { return entry.credential.ref == ref; });
    if (config == credentials.end() || !is_same(*config, session.config())) return false;
    const TenantMember& self = members.at(static_cast<std::size_t>(config - credentials.begin()));
    return same_tenant_changes(self, members, session.known().credential_problems, now).empty();
  };
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    if (stays(*at->second)) {
      ++at;
      continue;
    }
    co_await at->second->stop();
    co_await context_.probes.remove(at->first);
    at = sessions_.erase(at);
  }
  co_await context_.writer.set_credentials(std::move(records), now);
  for (CredentialConfig& config : credentials) {
    if (!sessions_.contains(config.credential.ref)) co_await open(std::move(config), members);
  }
}

asio::awaitable<void> Sessions::open(CredentialConfig config, std::vector<TenantMember> members) {
  const CredentialRef ref = config.credential.ref;
  const auto self = std::find_if(members.begin(), members.end(),
                                 [&ref](const TenantMember& member) { return member.credential == ref; });
  StoredAccount stored = co_await context_.writer.load(ref);
  ChangeSet tenancy = same_tenant_changes(*self, members, stored.known.credential_problems, context_.clock.wall_now());
  if (!tenancy.empty()) {
    co_await context_.writer.commit(ref, std::move(tenancy));
    stored = co_await context_.writer.load(ref);
  }
  auto tls = tls_.get(config.ca_file);
  Budget& budget = budgets_.of(self->tenant, ref, *config.provider);
  auto session = std::make_shared<Session>(std::move(config), context_, std::move(tls), budget, std::move(stored.known),
                                           std::move(stored.cache));
  if (session->config().ssh.is_probed) {
    ProbeSettings settings = probe_settings_of(session->config());
    co_await context_.probes.add(ref, session->config().provider, std::move(settings), session->known().instances);
  }
  if (is_started_) session->start();
  sessions_.emplace(ref, std::move(session));
}

void Sessions::start() {
  is_started_ = true;
  for (const auto& [ref, session] : sessions_) session->start();
}

asio::awaitable<void> Sessions::stop() {
  const auto running = all();
  for (const auto& session : running) co_await session->stop();
}

std::shared_ptr<Session> Sessions::find(const CredentialRef& ref) const {
  const auto at = sessions_.find(ref);
  return at == sessions_.end() ? nullptr : at->second;
}

std::vector<std::shared_ptr<Session>> Sessions::all() const {
  std::vector<std::shared_ptr<Session>> all;
  for (const auto& [ref, session] : sessions_) all.push_back(session);
  return all;
}

}  // namespace tally
