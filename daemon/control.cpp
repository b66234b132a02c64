#include "daemon/control.hpp"

#include "daemon/credential_check.hpp"
#include "providers/registry.hpp"
#include "runtime/guarded.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::minutes longest_probe{5};  // it waits for its turn, too

Error refusal(Errc kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

asio::awaitable<void> ask(Session& session, Clock& clock, std::vector<api::CheckStep>& steps) {
  steps = co_await check_account(session.account(), session.config().provider->api_type, clock);
  for (api::CheckStep& step : steps) {
    if (step.error) step.error = session.redactor().clean(std::move(*step.error));
  }
}

api::SshContact contact_of(ProbeOutcome outcome) {
  api::SshContact contact;
  contact.record = std::move(outcome.record);
  if (outcome.host_key) {
    contact.key_type = outcome.host_key->type;
    contact.fingerprint = outcome.host_key->fingerprint;
  }
  contact.server_version = std::move(outcome.server_version);
  contact.boot_id = std::move(outcome.boot_id);
  return contact;
}

}  // namespace

asio::awaitable<std::vector<std::string>> DaemonControl::reload() { return reloader_.reload(); }

/// Holds the session, so that a reload in the meantime does not end what is being asked.
Task<api::CredentialCheck> DaemonControl::check(CredentialRef credential) {
  const std::shared_ptr<Session> session = sessions_.find(credential);
  if (session == nullptr) {
    co_return tl::unexpected(refusal(Errc::resource_not_found, "no credential of this ref is in force"));
  }
  const CredentialConfig& config = session->config();
  api::CredentialCheck check;
  const std::exception_ptr failure = co_await failure_of(ask(*session, clock_, check.steps));
  if (failure) {
    Error error = refusal(Errc::internal, words_of(failure));
    error.operation = "check";
    co_return tl::unexpected(session->redactor().clean(std::move(error)));
  }
  check.credential = credential;
  check.provider_id = config.provider->provider_id;
  check.tenant_id = find_provider(config.provider->name)->tenant_of(config.credential);
  check.is_read_only = config.forbids_changes();
  check.capabilities = session->capabilities();
  co_return check;
}

Task<api::SshContact> DaemonControl::probe(CredentialRef credential, CloudId instance) {
  const std::shared_ptr<Session> session = sessions_.find(credential);
  if (session == nullptr || session->known().instances->find(instance) == nullptr) {
    co_return tl::unexpected(refusal(Errc::instance_not_found, "no credential in force knows this instance"));
  }
  if (!session->config().ssh.is_probed) {
    co_return tl::unexpected(
        refusal(Errc::conflict, "instances of this credential are not probed: its configuration says so"));
  }
  Result<std::optional<ProbeOutcome>> outcome =
      co_await probes_.probe_now(credential, std::move(instance), longest_probe);
  if (!outcome) {
    Error& error = outcome.error();
    if (error.kind == Errc::instance_not_found) error.kind = Errc::conflict;  // it is known, but not there
    co_return tl::unexpected(error);
  }
  std::optional<ProbeOutcome>& told = *outcome;
  if (!told) co_return tl::unexpected(refusal(Errc::service_unavailable, "the probe has no outcome yet; it goes on"));
  api::SshContact contact = contact_of(std::move(*told));
  co_return contact;
}

Task<void> DaemonControl::trust_host_key(CredentialRef credential, CloudId instance, std::string fingerprint) {
  return probes_.trust(std::move(credential), std::move(instance), std::move(fingerprint));
}

}  // namespace tally
