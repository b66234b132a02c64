#include "daemon/control.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "daemon/credential_check.hpp"
#include "providers/registry.hpp"
#include "runtime/eventual.hpp"
#include "runtime/guarded.hpp"

namespace tally {
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::chrono::seconds patience{8};  // HTTP clients commonly give up after ten

json::object document_of(const CheckStep& step) {
  json::object document;
  document["name"] = step.name;
  document["is_ok"] = !step.error.has_value();
  document["items"] = step.rows;
  document["duration_ms"] = step.took.count();
  document["error_kind"] = step.error ? json::value(to_string(step.error->kind)) : json::value();
  document["error"] = step.error ? json::value(to_text(*step.error)) : json::value();
  return document;
}

/// The document CredentialCheck.
json::object document_of(const CredentialConfig& config, Capabilities capabilities,
                         const std::vector<CheckStep>& steps) {
  json::object document;
  document["credential"] = config.credential.ref.str();
  document["provider"] = config.provider->provider_id;
  const TenantId tenant = find_provider(config.provider->name)->tenant_of(config.credential);
  document["tenant_id"] = tenant.empty() ? json::value() : json::value(tenant.str());
  document["is_accepted"] = std::none_of(steps.begin(), steps.end(), [](const CheckStep& step) { return step.error; });
  const bool is_read_only = config.is_read_only || config.is_removed;
  document["is_read_only"] = is_read_only;
  if (is_read_only) capabilities = reading_only(std::move(capabilities));
  document["capabilities"] = json::array(capabilities.begin(), capabilities.end());
  json::array checks;
  for (const CheckStep& step : steps) checks.push_back(document_of(step));
  document["checks"] = std::move(checks);
  return document;
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

/// The document SshProbe.
json::object document_of(const CredentialRef& credential, const ProbeOutcome& outcome) {
  const ProbeRecord& record = outcome.record;
  json::object document;
  document["credential"] = credential.str();
  document["cloud_id"] = record.cloud_id.str();
  document["at_ms"] = record.at.time_since_epoch().count();
  document["host"] = text_or_null(record.host);
  document["stage"] = record.stage;
  document["is_ok"] = record.is_ok ? 1 : 0;  // as the view has it
  document["error"] = text_or_null(record.error);
  document["total_ms"] = record.total.count();
  for (std::size_t stage = 0; stage < record.times.size(); ++stage) {
    const auto& time = record.times.at(stage);
    document[std::string(to_string(static_cast<SshStage>(stage))) + "_ms"] =
        time ? json::value(time->count()) : json::value();
  }
  document["key_type"] = outcome.host_key ? json::value(outcome.host_key->type) : json::value();
  document["fingerprint_sha256"] = outcome.host_key ? json::value(outcome.host_key->fingerprint) : json::value();
  document["server_version"] = text_or_null(outcome.server_version);
  return document;
}

}  // namespace

asio::awaitable<std::vector<std::string>> DaemonControl::reload() { return reloader_.reload(); }

Task<std::optional<json::object>> DaemonControl::check(CredentialRef credential) {
  std::shared_ptr<Session> session = sessions_.find(credential);
  if (session == nullptr) {
    Error error;
    error.kind = Errc::resource_not_found;
    error.message = "no credential of this ref is in force";
    co_return tl::unexpected(error);
  }
  // One at a time: each takes several requests of the tenant's budget, and more would only wait for one another.
  std::shared_ptr<Check> outcome = checks_[credential];
  if (outcome == nullptr) {
    outcome = std::make_shared<Check>(co_await asio::this_coro::executor);
    checks_[credential] = outcome;
    tasks_.spawn("check of " + credential.str(), run_check(std::move(session), outcome));
  }
  const std::optional<Result<json::object>> ended = co_await Check::wait(outcome, clock_, clock_.now() + patience);
  std::optional<json::object> document;
  if (ended) {
    if (!*ended) co_return tl::unexpected(ended->error());
    document = **ended;
  }
  co_return document;
}

/// Holds the session, so that a reload in the meantime does not end what is being asked.
asio::awaitable<void> DaemonControl::run_check(std::shared_ptr<Session> session, std::shared_ptr<Check> outcome) {
  const CredentialRef credential = session->config().credential.ref;
  const std::shared_ptr<void> end(nullptr, [this, &credential](void*) { checks_.erase(credential); });
  const std::exception_ptr failure = co_await failure_of(ask(*session, *outcome));
  if (!failure) co_return;
  Error error;
  error.operation = "check";
  error.message = words_of(failure);
  outcome->set(tl::unexpected(session->redactor().clean(std::move(error))));
}

asio::awaitable<void> DaemonControl::ask(Session& session, Check& outcome) {
  const CredentialConfig& config = session.config();
  std::vector<CheckStep> steps = co_await check_account(session.account(), config.provider->api_type, clock_);
  for (CheckStep& step : steps) {
    if (step.error) step.error = session.redactor().clean(std::move(*step.error));
  }
  outcome.set(document_of(config, session.account().capabilities(), steps));
}

Task<std::optional<json::object>> DaemonControl::probe(CredentialRef credential, CloudId instance) {
  const std::shared_ptr<Session> session = sessions_.find(credential);
  Error error;
  if (session == nullptr || !session->known().instances->rows.contains(instance)) {
    error.kind = Errc::instance_not_found;
    error.message = "no credential in force knows this instance";
    co_return tl::unexpected(error);
  }
  if (!session->config().ssh.is_probed) {
    error.kind = Errc::conflict;
    error.message = "instances of this credential are not probed: its configuration says so";
    co_return tl::unexpected(error);
  }
  Result<std::optional<ProbeOutcome>> outcome = co_await probes_.probe_now(credential, std::move(instance), patience);
  if (!outcome) {
    if (outcome.error().kind == Errc::instance_not_found)
      outcome.error().kind = Errc::conflict;  // it is known, but not there
    co_return tl::unexpected(outcome.error());
  }
  std::optional<json::object> document;
  if (const std::optional<ProbeOutcome>& ended = *outcome) document = document_of(credential, *ended);
  co_return document;
}

Task<void> DaemonControl::trust_host_key(CredentialRef credential, CloudId instance, std::string fingerprint) {
  return probes_.trust(std::move(credential), std::move(instance), std::move(fingerprint));
}

}  // namespace tally
