#include "api/lifecycle_calls.hpp"

#include <boost/json/array.hpp>
#include <stdexcept>

#include "api/documents.hpp"
#include "api/page.hpp"
#include "api/problems.hpp"
#include "runtime/run_on.hpp"

namespace tally::api {
namespace asio = boost::asio;
namespace json = boost::json;
using lifecycle::Checked;

namespace {

lifecycle::Machine machine_in(const Call& call) {
  const auto location = call.request.query.find("location");
  return {CredentialRef(call.names.at(0)), CloudId(call.names.at(1)),
          location == call.request.query.end() ? std::string() : location->second};
}

bool came_to_nothing(OperationState state) {
  return state == OperationState::failed || state == OperationState::cleaned_up;
}

int status_for(const lifecycle::Progress& progress) {
  if (!is_over(progress.operation.state)) return 202;
  return progress.operation.kind == OperationKind::create && !progress.was_over ? 201 : 200;
}

json::object plan_document(const std::vector<PlannedRequest>& requests) {
  json::object document;
  json::array& all = document["requests"].emplace_array();
  for (const PlannedRequest& request : requests) {
    json::object& each = all.emplace_back(json::object()).get_object();
    each["method"] = request.method;
    each["target"] = request.target;
    json::object& headers = each["headers"].emplace_object();
    for (const auto& [name, value] : request.headers) headers[name] = value;
    each["body"] = request.body;
  }
  return document;
}

}  // namespace

json::object operation_document(json::object row, Reader& reader) {
  json::object document;
  document["instance"] = nullptr;
  if (row.at("cloud_id").is_string()) {
    const auto text = [&row](const char* column) { return std::string(row.at(column).as_string()); };
    auto instance = find_row("instances", {text("credential"), text("cloud_id")}, reader);
    if (instance) document["instance"] = std::move(*instance);
  }
  document["operation"] = std::move(row);
  return document;
}

std::vector<Route> LifecycleCalls::routes() {
  constexpr bool is_action = true;
  const std::string machine = "/v1/instances/{credential}/{cloud_id}";
  std::vector<Route> routes = {
      {"POST", "/v1/instances", {}, is_action, [this](Call call) { return create(std::move(call)); }},
      {"GET", machine + "/firewall-rules", {}, false, [this](Call call) { return list_rules(std::move(call)); }},
  };
  const auto add = [&](const char* method, const std::string& path, ReadBody read,
                       std::vector<std::string> parameters = {}) {
    routes.push_back({method, machine + path, std::move(parameters), is_action,
                      [this, read](Call call) { return act(std::move(call), read); }});
  };
  add("DELETE", "", terminate_in, {"location"});
  add("POST", "/stop", stop_in);
  add("POST", "/start", start_in);
  add("POST", "/reboot", reboot_in);
  add("POST", "/resize", resize_in);
  add("POST", "/tags", tags_in);
  add("POST", "/change-type", change_type_in);
  add("POST", "/firewall-rules", new_rules_in);
  add("DELETE", "/firewall-rules", revoked_rules_in);
  add("POST", "/retire", retirement_in);
  return routes;
}

asio::awaitable<Response> LifecycleCalls::create(Call call) {
  Fields fields(call.request.body);
  CreateBody body = create_in(fields);
  if (auto refused = fields.refusal()) co_return std::move(*refused);
  if (body.is_dry_run) co_return co_await plan(std::move(body.create));
  lifecycle::Request request(std::move(body.create));
  co_return co_await carry_out(std::move(request));
}

asio::awaitable<Response> LifecycleCalls::plan(lifecycle::Create create) {
  const auto planned = co_await lifecycle_.plan(std::move(create));
  co_return planned ? answer_with(plan_document(*planned)) : problem_of(planned.error());
}

asio::awaitable<Response> LifecycleCalls::act(Call call, ReadBody read) {
  Fields fields(call.request.body);
  lifecycle::Request request = read(machine_in(call), fields);
  if (auto refused = fields.refusal()) co_return std::move(*refused);
  co_return co_await carry_out(std::move(request));
}

asio::awaitable<Response> LifecycleCalls::list_rules(Call call) {
  const Checked<FirewallRules> rules = co_await lifecycle_.firewall_rules(machine_in(call));
  co_return rules ? answer_with(document_of(*rules)) : problem_of(rules.error());
}

asio::awaitable<Response> LifecycleCalls::carry_out(lifecycle::Request request) {
  const Checked<lifecycle::Progress> progress = co_await lifecycle_.carry_out(std::move(request), longest_wait);
  if (!progress) co_return problem_of(progress.error());
  if (came_to_nothing(progress->operation.state)) co_return problem_of(*progress);
  Response response = answer_with(co_await document_of_progress(*progress), status_for(*progress));
  if (response.status == 202) response.location = "/v1/operations/" + progress->operation.id;
  co_return response;
}

asio::awaitable<std::optional<Response>> LifecycleCalls::show(std::string id, std::chrono::milliseconds patience) {
  const std::optional<lifecycle::Progress> progress = co_await lifecycle_.find(std::move(id), patience);
  if (!progress) co_return std::nullopt;
  co_return answer_with(co_await document_of_progress(*progress));
}

/// The row is read anew: it says what the journal says.
asio::awaitable<json::object> LifecycleCalls::document_of_progress(lifecycle::Progress progress) {
  const OperationRecord& operation = progress.operation;
  json::object document = co_await run_on(readers_, [&] {
    auto row = find_row("operations", {operation.id}, reader_);
    if (!row) throw std::runtime_error("the journal has no operation " + operation.id);
    return operation_document(std::move(*row), reader_);
  });
  const bool has_rules = operation.kind == OperationKind::add_firewall_rules && is_over(operation.state) &&
                         !came_to_nothing(operation.state);
  if (has_rules) document["firewall_rules"] = document_of(progress.rules);
  co_return document;
}

}  // namespace tally::api
