// What an operator asks of the ProbeScheduler.
#include <memory>

#include "probing/probe_record.hpp"
#include "probing/probe_scheduler.hpp"
#include "runtime/eventual.hpp"

namespace tally {

Task<void> ProbeScheduler::trust(CredentialRef credential, CloudId cloud_id, std::string fingerprint) {
  ProbeHost* host = hosts_.find(credential, cloud_id);
  Error error;
  error.operation = "trust host key";
  if (host == nullptr) {
    error.kind = Errc::instance_not_found;
    error.message = "no such instance is known over SSH: " + cloud_id.str();
    co_return tl::unexpected(error);
  }
  std::optional<HostKeyRecord> key = changed_key(host->identity);
  if (!key) {
    error.kind = Errc::conflict;
    error.message = "no changed host key of it was seen";
    co_return tl::unexpected(error);
  }
  if (key->fingerprint != fingerprint) {
    error.kind = Errc::conflict;
    error.message = "the changed host key that was seen last is another: " + key->fingerprint;
    co_return tl::unexpected(error);
  }
  const HostId id = host->id;
  const HostKeyRecord before = host->identity.keys.front();
  SshChanges changes;
  changes.at = clock_.wall_now();
  for (const HostKeyRecord& known : host->identity.keys) {
    if (known != *key) changes.host_keys_removed.push_back(known);
  }
  key->state = HostKeyState::trusted;
  changes.host_keys.push_back(*key);
  changes.events.push_back(host_key_event("hostkey_pinned", *key, &before));
  if (!co_await try_commit(credential, cloud_id, std::move(changes))) {
    error.kind = Errc::internal;
    error.message = "nothing is trusted, the catalog cannot be written: " + last_trouble_;
    co_return tl::unexpected(error);
  }

  host = hosts_.find(id);
  if (host != nullptr) {
    host->identity = HostIdentity();
    host->identity.keys.push_back(*key);
    hosts_.begin_anew(*host, clock_.now());
    wake();
  }
  co_return Result<void>();
}

void ProbeScheduler::tell(HostId id, const Told& told) {
  const auto [begin, end] = asked_.equal_range(id);
  for (auto at = begin; at != end; ++at) at->second->set(told);
}

Task<std::optional<ProbeOutcome>> ProbeScheduler::probe_now(CredentialRef credential, CloudId cloud_id,
                                                            std::chrono::milliseconds patience) {
  ProbeHost* const host = hosts_.find(credential, cloud_id);
  Error error;
  error.operation = "probe";
  if (host == nullptr) {
    error.kind = Errc::instance_not_found;
    error.message = "no running instance with an address is known as " + cloud_id.str();
    co_return tl::unexpected(error);
  }
  if (!host->target) {
    error.kind = Errc::conflict;
    error.message = "it is not running, or has no address that could be reached";
    co_return tl::unexpected(error);
  }
  const auto asked = std::make_shared<Eventual<Told>>(loop_);
  const std::shared_ptr<void> leave(nullptr,
                                    [this, place = asked_.emplace(host->id, asked)](void*) { asked_.erase(place); });
  hosts_.hurry(*host, clock_.now());
  wake();
  const std::optional<Told> told = co_await Eventual<Told>::wait(asked, clock_, clock_.now() + patience);
  if (!told) co_return std::nullopt;
  if (const auto* const failure = std::get_if<Error>(&*told)) co_return tl::unexpected(*failure);
  co_return std::get<ProbeOutcome>(*told);
}

}  // namespace tally
