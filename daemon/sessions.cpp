#include "daemon/sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "providers/registry.hpp"
#include "runtime/guarded.hpp"
#include "runtime/log_line.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

CredentialRecord record_of(const Session& session, const TenantId& tenant) {
  const CredentialConfig& config = session.config();
  CredentialRecord record;
  record.ref = config.credential.ref;
  record.provider_id = config.provider->provider_id;
  record.tenant_id = tenant;
  record.api_type = config.provider->api_type;
  record.is_read_only = config.forbids_changes();
  record.capabilities = session.capabilities();
  return record;
}

/// A session of the one serves the other, too.
bool is_same(const CredentialConfig& a, const CredentialConfig& b) {
  return a.provider == b.provider && a.credential.endpoint == b.credential.endpoint && a.ca_file == b.ca_file &&
         a.credential.options == b.credential.options && a.instance_type_interval == b.instance_type_interval &&
         a.instance_interval == b.instance_interval && a.is_read_only == b.is_read_only &&
         a.is_removed == b.is_removed && a.is_left_out == b.is_left_out &&
         a.max_creates_per_hour == b.max_creates_per_hour && a.max_price_per_hour == b.max_price_per_hour &&
         a.stable_ids == b.stable_ids && a.ssh == b.ssh && a.credential.fields == b.credential.fields;
}

/// What its credential has to be told of the others that are in force with it.
ChangeSet tenancy_of(const Session& session, const std::vector<TenantMember>& members, Timestamp now) {
  const CredentialRef& ref = session.config().credential.ref;
  const auto self = std::find_if(members.begin(), members.end(),
                                 [&ref](const TenantMember& member) { return member.credential == ref; });
  return same_tenant_changes(*self, members, session.known().credential_problems, now);
}

}  // namespace

/// All that can fail comes first, and what is in force goes on meanwhile. Then each makes way by itself: one that is
/// slow to stop keeps no other from syncing.
asio::awaitable<void> Sessions::apply(std::vector<CredentialConfig> credentials) {
  keep_those_with_operations(credentials);
  const Timestamp now = context_.clock.wall_now();
  Members members;
  for (const CredentialConfig& config : credentials) {
    const TenantId tenant = find_provider(config.provider->name)->tenant_of(config.credential);
    members.push_back({config.credential.ref, tenant});
  }
  std::map<CredentialRef, Change> changes;
  for (const auto& [ref, session] : sessions_) changes[ref].leaving = session;
  std::vector<std::shared_ptr<Session>> next;  // of each member
  for (std::size_t i = 0; i < credentials.size(); ++i) {
    const CredentialRef& ref = members[i].credential;
    const std::shared_ptr<Session> before = find(ref);
    if (before != nullptr && is_same(credentials[i], before->config()) && tenancy_of(*before, members, now).empty()) {
      changes.erase(ref);
      next.push_back(before);
    } else {
      changes[ref].coming = co_await open(std::move(credentials[i]), members[i].tenant, before);
      next.push_back(changes[ref].coming);
    }
  }
  // Only now: an account may have learned meanwhile what it can do.
  std::vector<CredentialRecord> records;
  for (std::size_t i = 0; i < next.size(); ++i) records.push_back(record_of(*next[i], members[i].tenant));
  co_await context_.writer.set_credentials(std::move(records), now);

  Tasks switching(context_.loop, report_failure);
  for (const auto& [ref, change] : changes) switching.spawn("reload of " + ref.str(), make(change, ref, members, now));
  co_await switching.join();
}

void Sessions::keep_those_with_operations(std::vector<CredentialConfig>& credentials) const {
  for (const auto& [ref, session] : sessions_) {
    const bool is_there = std::any_of(credentials.begin(), credentials.end(), [&ref = ref](const auto& credential) {
      return credential.credential.ref == ref;
    });
    if (is_there || !context_.lifecycle.is_busy(ref)) continue;
    CredentialConfig kept = session->config();
    if (!std::exchange(kept.is_left_out, true)) {
      log_line({ref.str()}, spdlog::level::warn,
               fmt::format("{}: left out, and kept until its operations are over", ref.str()));
    }
    credentials.push_back(std::move(kept));
  }
}

asio::awaitable<void> Sessions::make(Change change, CredentialRef ref, Members members, Timestamp now) {
  if (change.leaving != nullptr) {
    co_await change.leaving->stop();
    co_await context_.probes.remove(ref);
    sessions_.erase(ref);
  }
  if (change.coming == nullptr) {
    co_await context_.lifecycle.close(ref);
    co_return;
  }
  if (change.leaving != nullptr) change.coming->go_on_from(*change.leaving);
  change.coming->tell(tenancy_of(*change.coming, members, now));
  if (is_started_) change.coming->start();
  sessions_.emplace(ref, std::move(change.coming));
}

/// A session that does nothing yet. Where there was one before, that one's knowledge is newer than the catalog's.
asio::awaitable<std::shared_ptr<Session>> Sessions::open(CredentialConfig config, TenantId tenant,
                                                         std::shared_ptr<Session> before) {
  const CredentialRef ref = config.credential.ref;
  StoredAccount stored;
  if (before != nullptr) {
    stored.known = before->known();
  } else {
    stored = co_await context_.writer.load(ref);
  }
  auto tls = tls_.get(config.ca_file);
  Budget& budget = budgets_.of(tenant, ref, *config.provider);
  co_return std::make_shared<Session>(std::move(config), context_, std::move(tls), budget, std::move(stored.known),
                                      std::move(stored.cache));
}

void Sessions::start() {
  is_started_ = true;
  for (const auto& [ref, session] : sessions_) session->start();
}

asio::awaitable<void> Sessions::stop() {
  Tasks stopping(context_.loop, report_failure);
  for (const auto& [ref, session] : sessions_) stopping.spawn("stop of " + ref.str(), session->stop());
  co_await stopping.join();
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
