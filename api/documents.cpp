#include "api/documents.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "store/plain_json.hpp"

namespace tally::api {
namespace json = boost::json;
namespace {

constexpr std::array<const char*, 7> stage_times = {"dns_ms",      "tcp_ms",  "banner_ms", "kex_ms",
                                                    "host_key_ms", "auth_ms", "exec_ms"};
static_assert(stage_times.size() == std::tuple_size_v<decltype(ProbeRecord::times)>);

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

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

json::array rows_of(const std::vector<FirewallRule>& rules) {
  json::array all;
  for (const FirewallRule& rule : rules) {
    json::object& each = all.emplace_back(json::object()).get_object();
    each["id"] = rule.id;
    each["from_port"] = rule.from_port;
    each["to_port"] = rule.to_port;
    each["ip_ranges"] = json::array(rule.ip_ranges.begin(), rule.ip_ranges.end());
  }
  return all;
}

}  // namespace

json::object document_of(const CredentialCheck& check) {
  const auto& steps = check.steps;
  json::object document;
  document["credential"] = check.credential.str();
  document["provider"] = check.provider_id;
  document["tenant_id"] = text_or_null(check.tenant_id.str());
  document["is_accepted"] = std::none_of(steps.begin(), steps.end(), [](const CheckStep& step) { return step.error; });
  document["is_read_only"] = check.is_read_only;
  document["capabilities"] = json::array(check.capabilities.begin(), check.capabilities.end());
  json::array checks;
  for (const CheckStep& step : steps) checks.push_back(document_of(step));
  document["checks"] = std::move(checks);
  return document;
}

json::object document_of(const CredentialRef& credential, const SshContact& contact) {
  const ProbeRecord& record = contact.record;
  json::object document;
  document["credential"] = credential.str();
  document["cloud_id"] = record.cloud_id.str();
  document["at_ms"] = record.at.time_since_epoch().count();
  document["host"] = text_or_null(record.host);
  document["stage"] = record.stage;
  document["is_ok"] = record.is_ok ? 1 : 0;  // as the view has it
  document["error"] = text_or_null(record.error);
  document["total_ms"] = record.total.count();
  for (std::size_t stage = 0; stage < stage_times.size(); ++stage) {
    const auto& time = record.times.at(stage);
    document[stage_times.at(stage)] = time ? json::value(time->count()) : json::value();
  }
  document["key_type"] = text_or_null(contact.key_type);
  document["fingerprint_sha256"] = text_or_null(contact.fingerprint);
  document["server_version"] = text_or_null(contact.server_version);
  document["boot_id"] = text_or_null(contact.boot_id);
  return document;
}

json::object document_of(const FirewallRules& rules) {
  json::object document;
  document["ingress"] = rows_of(rules.ingress);
  document["egress"] = rows_of(rules.egress);
  return document;
}

Response answer_with(const json::value& document, int status) {
  Response response;
  response.status = status;
  response.body = plain_json(document);
  return response;
}

}  // namespace tally::api
