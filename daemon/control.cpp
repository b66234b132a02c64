#include "daemon/control.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "daemon/credential_check.hpp"
#include "providers/registry.hpp"

namespace tally {
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

json::object document_of(const CheckStep& step) {
  json::object document;
  document["name"] = step.name;
  document["is_ok"] = !step.error.has_value();
  document["items"] = step.items;
  document["duration_ms"] = step.took.count();
  document["error_kind"] = step.error ? json::value(to_string(step.error->kind)) : json::value();
  document["error"] = step.error ? json::value(to_text(*step.error)) : json::value();
  return document;
}

}  // namespace

asio::awaitable<std::vector<std::string>> DaemonControl::reload() { return reloader_.reload(); }

asio::awaitable<std::optional<json::object>> DaemonControl::check(CredentialRef credential) {
  // Shared, so that a reload in the meantime does not end what is being asked.
  const std::shared_ptr<Session> session = sessions_.find(credential);
  if (session == nullptr) co_return std::nullopt;
  const CredentialConfig& config = session->config();
  std::vector<CheckStep> steps = co_await check_account(session->account(), config.provider->api_type, clock_);
  for (CheckStep& step : steps) {
    if (step.error) step.error = session->redactor().clean(std::move(*step.error));
  }
  json::object document;
  document["credential"] = credential.str();
  document["provider"] = config.provider->provider_id;
  const TenantId tenant = find_provider(config.provider->name)->tenant_of(config.credential);
  document["tenant_id"] = tenant.empty() ? json::value() : json::value(tenant.str());
  document["is_accepted"] = std::none_of(steps.begin(), steps.end(), [](const CheckStep& step) { return step.error; });
  document["is_read_only"] = config.is_read_only || config.is_removed;
  json::array capabilities;
  for (const std::string_view name : config.provider->capabilities) capabilities.emplace_back(name);
  document["capabilities"] = std::move(capabilities);
  json::array checks;
  for (const CheckStep& step : steps) checks.push_back(document_of(step));
  document["checks"] = std::move(checks);
  co_return document;
}

Task<json::object> DaemonControl::probe(CredentialRef, CloudId) { co_return tl::unexpected(Error()); }

Task<void> DaemonControl::trust_host_key(CredentialRef, CloudId) { co_return tl::unexpected(Error()); }

}  // namespace tally
