#include "probing/probe_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tally {
namespace {

/// The record is of the address and the run that the instance has now.
bool speaks_of(const ProbeRecord& record, const Instance& row, const SshTarget& target, Timestamp running_since) {
  return record.host == target.host && record.ssh_user == row.ssh_user && record.ssh_port == row.ssh_port &&
         record.running_since == running_since;
}

void take(ProbeHost& host, const KnownInstance& known) {
  host.row = known.row;
  host.listing = known.listing;
  host.is_confirmed = known.is_confirmed;
  host.running_since = known.status_since;
}

std::optional<SshTarget> target_of(const ProbeAccount& account, const KnownInstance& known) {
  if (known.status != LifecycleStatus::running) return std::nullopt;
  return ssh_target(*known.row, account.settings, *account.provider);
}

}  // namespace

std::optional<TimePoint> ProbeHost::vouched_at() const {
  const auto at = account->vouched.find(listing);
  return is_confirmed && at != account->vouched.end() ? std::optional(at->second) : std::nullopt;
}

ProbeAccount& ProbeHosts::add(const CredentialRef& credential, const ProviderDescription& provider,
                              ProbeSettings settings) {
  auto account = std::make_unique<ProbeAccount>();
  account->credential = credential;
  account->provider = &provider;
  account->plans = planned(std::exchange(settings.bootstraps, {}));
  account->settings = std::move(settings);
  return *(accounts_[credential] = std::move(account));
}

void ProbeHosts::remove(const CredentialRef& credential) {
  const auto at = accounts_.find(credential);
  if (at == accounts_.end()) return;
  for (const auto& [cloud_id, id] : at->second->hosts) {
    leave_queues(id);
    leave_place(hosts_.at(id));
    hosts_.erase(id);
  }
  accounts_.erase(at);
}

ProbeAccount* ProbeHosts::account(const CredentialRef& credential) {
  const auto at = accounts_.find(credential);
  return at == accounts_.end() ? nullptr : at->second.get();
}

void ProbeHosts::restore(ProbeAccount& account, const KnownInstance& known, StoredHost stored, TimePoint now,
                         Timestamp wall_now) {
  ProbeHost& host = make(account, known.row->cloud_id);
  take(host, known);
  host.target = target_of(account, known);
  host.identity.keys = std::move(stored.keys);
  host.is_told_shared = stored.is_told_shared;
  if (stored.bootstrap) host.bootstrap = std::make_unique<BootstrapRecord>(std::move(*stored.bootstrap));
  if (!host.target) return;
  const bool is_of_now = stored.probe && speaks_of(*stored.probe, *host.row, *host.target, host.running_since);
  if (!is_of_now) return begin_anew(host, now);

  host.is_reachable = host.was_reachable = stored.probe->is_ok;
  if (const std::vector<HostKey> keys = expected_keys(host.identity); stored.probe->is_ok && !keys.empty()) {
    take_place(host, keys.front());
  }
  const ProbePace pace = host.pace();
  host.window_ends = now + pace.first_window - (wall_now - host.running_since);
  const bool is_to_be_resumed = host.pending() != nullptr && host.bootstrap;
  const bool is_within_window = !host.was_reachable && now < host.window_ends;
  const TimePoint due = is_to_be_resumed   ? now
                        : is_within_window ? now + probe_backoff(1, rng_)
                                           : now + rng_.below(pace.recheck_interval);
  schedule(host, due, now);
}

bool ProbeHosts::see(ProbeAccount& account, const KnownInstance& known, TimePoint now) {
  const auto at = account.hosts.find(known.row->cloud_id);
  if (known.ended_at) {
    if (at == account.hosts.end()) return true;
    erase(hosts_.at(at->second));
    return false;
  }
  std::optional<SshTarget> target = target_of(account, known);
  if (at == account.hosts.end() && !target) return true;
  ProbeHost& host = at == account.hosts.end() ? make(account, known.row->cloud_id) : hosts_.at(at->second);
  vouch(host.identity, host.vouched_at());
  const bool is_same =
      target && host.target && is_same_target(*target, *host.target) && host.running_since == known.status_since;
  take(host, known);
  if (is_same) {
    queue_bootstrap(host, now);
    return true;
  }
  drop_unsure_keys(host.identity);
  host.target = std::move(target);
  begin_anew(host, now);
  return true;
}

ProbeHost* ProbeHosts::find(HostId id) {
  const auto at = hosts_.find(id);
  return at == hosts_.end() ? nullptr : &at->second;
}

ProbeHost* ProbeHosts::find(HostId id, std::uint64_t version) {
  ProbeHost* host = find(id);
  return host != nullptr && host->version == version ? host : nullptr;
}

ProbeHost* ProbeHosts::find(const CredentialRef& credential, const CloudId& cloud_id) {
  ProbeAccount* const of_credential = account(credential);
  if (of_credential == nullptr) return nullptr;
  const auto at = of_credential->hosts.find(cloud_id);
  return at == of_credential->hosts.end() ? nullptr : find(at->second);
}

void ProbeHosts::begin_anew(ProbeHost& host, TimePoint now) {
  leave_queues(host.id);
  leave_place(host);
  host.version = ++versions_;
  host.is_reachable.reset();
  host.was_reachable = host.is_probing = false;
  host.failures = host.bootstrap_failures = 0;
  host.bootstrap_after = now;
  if (!host.target) return;
  host.window_ends = now + host.pace().first_window;
  schedule(host, now, now);
}

void ProbeHosts::hurry(ProbeHost& host, TimePoint now) {
  if (host.is_probing) return;
  leave_queues(host.id);
  queue(Lane::first).put(host.id, now);
}

void ProbeHosts::succeed(ProbeHost& host, TimePoint now) {
  host.is_probing = false;
  host.is_reachable = host.was_reachable = true;
  host.failures = 0;
  host.identity.suspicion.reset();
  schedule(host, due_after_success(host.pace(), now, rng_), now);
  queue_bootstrap(host, now);
}

void ProbeHosts::fail(ProbeHost& host, TimePoint now) {
  host.is_probing = false;
  // One that was reachable is asked soon again: a lost packet is no outage.
  if (host.is_reachable.value_or(false)) {
    host.failures = 0;
    host.window_ends = now + host.pace().first_window;
  }
  host.is_reachable = false;
  schedule(host, due_after_failure(host.pace(), host.window_ends, ++host.failures, now, rng_), now);
}

void ProbeHosts::retry(ProbeHost& host, TimePoint now) {
  host.is_probing = false;
  schedule(host, now + probe_backoff(++host.failures, rng_), now);
}

void ProbeHosts::suspect(ProbeHost& host, HostKey key, TimePoint now) {
  if (!host.identity.suspicion || host.identity.suspicion->key != key) {
    host.identity.suspicion = Suspicion{std::move(key), now};
    host.failures = 0;
    host.window_ends = now + host.pace().first_window;
  }
  host.is_reachable = false;
  fail(host, now);
}

void ProbeHosts::block(ProbeHost& host, TimePoint now) {
  host.is_probing = false;
  host.is_reachable = false;
  host.identity.suspicion.reset();
  queue(Lane::bootstrap).erase(host.id);
  schedule(host, due_after_success(host.pace(), now, rng_), now);
}

void ProbeHosts::take_place(ProbeHost& host, const HostKey& key) {
  if (!host.target) return;
  const SshTarget& target = *host.target;
  std::string place = fmt::format("{}:{} {} {}", target.host, target.port, key.type, key.fingerprint);
  if (target.bastion) place += fmt::format(" {}:{}", target.bastion->host, target.bastion->port);
  if (place == host.place) return;
  leave_place(host);
  const auto& keys = host.identity.keys;
  const Timestamp pinned_at = keys.empty() ? Timestamp::max() : keys.front().first_seen_at;
  host.place_age = {pinned_at, host.account->credential.str(), host.cloud_id().str()};
  places_[place].emplace(host.place_age, host.id);
  host.place = std::move(place);
}

void ProbeHosts::leave_place(ProbeHost& host) {
  const auto at = places_.find(host.place);
  host.place.clear();
  if (at == places_.end()) return;
  at->second.erase(host.place_age);
  if (at->second.empty()) places_.erase(at);
}

const ProbeHost* ProbeHosts::holder_of_place(const ProbeHost& host) const {
  const auto at = places_.find(host.place);
  if (at == places_.end()) return nullptr;
  for (const auto& [age, id] : at->second) {
    if (id == host.id) return nullptr;
    const ProbeHost& other = hosts_.at(id);
    if (other.cloud_id() != host.cloud_id()) return &other;
  }
  return nullptr;
}

void ProbeHosts::queue_bootstrap(ProbeHost& host, TimePoint now) {
  if (!host.target || !host.target->key || !host.is_reachable.value_or(false) || host.is_bootstrapping) return;
  if (changed_key(host.identity) || host.identity.suspicion || host.pending() == nullptr) return;
  if (holder_of_place(host) != nullptr) return;
  queue(Lane::bootstrap).put(host.id, std::max(now, host.bootstrap_after));
}

void ProbeHosts::postpone_bootstrap(ProbeHost& host, TimePoint now) {
  if (host.bootstrap_failures == 0) host.bootstrap_window_ends = now + host.pace().first_window;
  host.bootstrap_after =
      due_after_failure(host.pace(), host.bootstrap_window_ends, ++host.bootstrap_failures, now, rng_);
  if (!host.is_probing) schedule(host, host.bootstrap_after, now);
}

ProbeHost& ProbeHosts::make(ProbeAccount& account, const CloudId& cloud_id) {
  ProbeHost& host = hosts_[++ids_];
  host.id = ids_;
  host.account = &account;
  host.version = ++versions_;
  account.hosts.emplace(cloud_id, host.id);
  return host;
}

void ProbeHosts::erase(ProbeHost& host) {
  const HostId id = host.id;
  leave_queues(id);
  leave_place(host);
  host.account->hosts.erase(host.cloud_id());
  hosts_.erase(id);
}

void ProbeHosts::leave_queues(HostId id) {
  for (DueQueue& queue : queues_) queue.erase(id);
}

void ProbeHosts::schedule(ProbeHost& host, TimePoint due, TimePoint now) {
  const bool is_new = !host.was_reachable && now <= host.window_ends;
  queue(is_new ? Lane::recheck : Lane::first).erase(host.id);
  queue(is_new ? Lane::first : Lane::recheck).put(host.id, due);
}

}  // namespace tally
