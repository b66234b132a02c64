#include "api/api.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value_from.hpp>
#include <iterator>

#include "api/documents.hpp"
#include "api/event_stream.hpp"
#include "api/fields.hpp"
#include "api/operators.hpp"
#include "api/page.hpp"
#include "api/problems.hpp"
#include "api/service_discovery.hpp"
#include "runtime/guarded.hpp"
#include "runtime/number.hpp"
#include "runtime/run_on.hpp"
#include "store/error.hpp"

namespace tally::api {
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

Response ok(const std::string& status) { return answer_with(json::object{{"status", status}}); }

/// The answer to a request that ended in an exception, which the log is told.
Response answer_to(const std::exception_ptr& failure) {
  const std::string words = words_of(failure);
  spdlog::error("api: {}", words);
  try {
    std::rethrow_exception(failure);
  } catch (const StoreError&) {
    return problem(503, "the catalog cannot be used now: " + words);
  } catch (...) {
    return problem(500, "tallyd failed at this, by a fault of its own: " + words);
  }
}

/// The query's `wait_s`, 0 when there is none; nothing when it is no wait.
std::optional<std::chrono::seconds> wait_in(const Request& request) {
  const auto at = request.query.find("wait_s");
  if (at == request.query.end()) return std::chrono::seconds(0);
  const auto seconds = parse_number<std::int64_t>(at->second);
  if (!seconds || *seconds < 0 || *seconds > longest_wait.count()) return std::nullopt;
  return std::chrono::seconds(*seconds);
}

Jobs::Work document_of_check(Task<CredentialCheck> check) {
  const Result<CredentialCheck> checked = co_await std::move(check);
  if (!checked) co_return tl::unexpected(checked.error());
  json::object document = document_of(*checked);
  co_return document;
}

Jobs::Work document_of_probe(CredentialRef credential, Task<SshContact> probe) {
  const Result<SshContact> probed = co_await std::move(probe);
  if (!probed) co_return tl::unexpected(probed.error());
  json::object document = document_of(credential, *probed);
  co_return document;
}

std::vector<Route> public_ones(const std::vector<Route>& routes) {
  std::vector<Route> all;
  std::copy_if(routes.begin(), routes.end(), std::back_inserter(all), [](const Route& each) { return each.is_public; });
  return all;
}

}  // namespace

Api::Api(const std::filesystem::path& catalog, CatalogWriter& writer, Clock& clock, Tasks& tasks, Control& control,
         Metrics& metrics, int sd_port, lifecycle::Lifecycle* lifecycle)
    : reader_(catalog),
      writer_(writer),
      clock_(clock),
      control_(control),
      jobs_(writer, clock, tasks),
      lifecycle_calls_(lifecycle == nullptr ? std::nullopt
                                            : std::optional<LifecycleCalls>(std::in_place, *lifecycle, reader_,
                                                                            readers_.get_executor())),
      routes_(make_routes()),
      public_routes_(public_ones(routes_.all())),
      sd_port_(sd_port),
      scrape_(catalog, reader_, readers_.get_executor(), metrics, clock) {}

Api::~Api() { readers_.join(); }

std::vector<Route> Api::make_routes() {
  constexpr bool is_action = true;
  constexpr bool is_public = true;
  const std::string instance = "/v1/instances/{credential}/{cloud_id}";
  std::vector<Route> routes = {
      {"GET", "/-/healthy", {}, false, [this](const Call&) { return health("healthy"); }, is_public},
      {"GET", "/-/ready", {}, false, [this](const Call&) { return health("ready"); }, is_public},
      {"GET", "/metrics", {}, false, [this](const Call&) { return metrics(); }, is_public},
      {"GET", "/sd/prometheus", {}, false, [this](const Call&) { return service_discovery(); }, is_public},
      {"GET", "/v1/events", event_parameters(), false, [this](Call call) { return stream(std::move(call)); }},
      {"GET", instance, {}, false, [this](Call call) { return show_instance(std::move(call)); }},
      {"GET", "/v1/operations/{id}", {"wait_s"}, false, [this](Call call) { return show_operation(std::move(call)); }},
      {"POST", "/v1/credentials/{credential}/check", {}, false, [this](Call call) { return check(std::move(call)); }},
      {"POST", instance + "/probe", {}, false, [this](Call call) { return probe(std::move(call)); }},
      {"POST",
       instance + "/trust-host-key",
       {"fingerprint"},
       is_action,
       [this](Call call) { return trust_host_key(std::move(call)); }},
      {"POST",
       "/v1/notify/{name}/test",
       {},
       is_action,
       [this](Call call) { return test_notification(std::move(call)); }},
      {"POST", "/v1/reload", {}, is_action, [this](const Call&) { return reload(); }},
  };
  for (const Resource& resource : resources()) {
    routes.push_back({"GET", "/v1/" + std::string(resource.name), parameters_of(resource), false,
                      [this, &resource](Call call) { return list(resource, std::move(call.request)); }});
  }
  if (lifecycle_calls_) {
    std::vector<Route> more = lifecycle_calls_->routes();
    std::move(more.begin(), more.end(), std::back_inserter(routes));
  }
  return routes;
}

asio::awaitable<Response> Api::handle(Request request) { return answer_by(routes_, std::move(request)); }

asio::awaitable<Response> Api::answer_by(const Routes& routes, Request request) {
  Response response;
  const std::exception_ptr failure = co_await failure_of(answer(routes, std::move(request), response));
  if (failure) response = answer_to(failure);
  co_return response;
}

asio::awaitable<Response> Api::handle_public(Request request, const PublicHosts& hosts) {
  if (!hosts.contain(request.host)) co_return problem(421, "this is no host that tallyd answers as; see [http] hosts");
  co_return co_await answer_by(public_routes_, std::move(request));
}

asio::awaitable<void> Api::answer(const Routes& routes, Request request, Response& response) {
  Routes::Found found = routes.find(request);
  if (found.refusal) {
    response = std::move(*found.refusal);
    co_return;
  }
  const std::optional<UserGroup> operators = control_.operator_group();
  if (found.route->is_action && !may_act(request.peer, geteuid(), operators)) {
    response = may_not_act(operators);
    co_return;
  }
  if (auto refused = refusal_of_parameters(*found.route, request)) {
    response = std::move(*refused);
    co_return;
  }
  Call call{std::move(request), std::move(found.names)};
  response = co_await found.route->handle(std::move(call));
}

asio::awaitable<Response> Api::health(std::string status) {
  const std::string failure = writer_.last_failure();
  co_return failure.empty() ? ok(status) : problem(503, "the catalog cannot be written: " + failure);
}

asio::awaitable<Response> Api::metrics() {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = co_await scrape_.text();
  co_return response;
}

/// 503, never an empty list, while it is not known what runs: Prometheus keeps the targets that it has then.
asio::awaitable<Response> Api::service_discovery() {
  co_return co_await run_on(readers_.get_executor(), [this] {
    const std::string unlisted = credential_not_listed_yet(reader_);
    if (!unlisted.empty()) return problem(503, "the instances of " + unlisted + " have not been listed yet");
    return answer_with(prometheus_targets(reader_, sd_port_));
  });
}

asio::awaitable<Response> Api::list(const Resource& resource, Request request) {
  co_return co_await run_on(readers_.get_executor(), [&] { return read_page(resource, request, reader_); });
}

asio::awaitable<Response> Api::show_instance(Call call) {
  const auto row = co_await run_on(readers_.get_executor(), [&] { return find_row("instances", call.names, reader_); });
  co_return row ? answer_with(*row) : problem(404, "the catalog has no such row");
}

asio::awaitable<Response> Api::show_operation(Call call) {
  const auto wait = wait_in(call.request);
  if (!wait) co_return problem(400, fmt::format("must be a whole number from 0 to {}", longest_wait.count()), "wait_s");
  const std::string id = call.names.front();
  const std::shared_ptr<const Job> job = co_await jobs_.find(id, *wait);
  if (job == nullptr && lifecycle_calls_) {
    if (auto shown = co_await lifecycle_calls_->show(id, *wait)) co_return std::move(*shown);
  }
  auto document = co_await run_on(readers_.get_executor(), [&]() -> std::optional<json::object> {
    auto row = job ? std::optional(job->row()) : find_row("operations", {id}, reader_);
    if (!row) return std::nullopt;
    return operation_document(std::move(*row), reader_);
  });
  if (!document) co_return problem(404, "there is no such operation, or it is long over");
  if (job) (*document)["result"] = job->result.empty() ? json::value() : json::value(job->result);
  co_return answer_with(*document);
}

asio::awaitable<Response> Api::stream(Call call) {
  EventSource source{reader_, readers_.get_executor(), writer_, clock_};
  co_return co_await stream_events(std::move(source), std::move(call.request));
}

asio::awaitable<Response> Api::reload() {
  const std::vector<std::string> problems = co_await control_.reload();
  if (problems.empty()) co_return ok("reloaded");
  json::object document = problem_document(409, "the configuration has problems; the one in force is kept");
  document["problems"] = json::value_from(problems);
  co_return problem(409, document);
}

asio::awaitable<Response> Api::check(Call call) {
  const CredentialRef credential(call.names.at(0));
  JobKey about{"check", credential, {}};
  co_return co_await carry_out(std::move(about), document_of_check(control_.check(credential)),
                               std::move(call.request.body));
}

asio::awaitable<Response> Api::probe(Call call) {
  const CredentialRef credential(call.names.at(0));
  const CloudId instance(call.names.at(1));
  JobKey about{"probe", credential, instance};
  co_return co_await carry_out(std::move(about), document_of_probe(credential, control_.probe(credential, instance)),
                               std::move(call.request.body));
}

/// 200 with what came of it; 202 with where it can be followed when it takes longer than the client wants to wait.
asio::awaitable<Response> Api::carry_out(JobKey about, Jobs::Work work, std::string body) {
  Fields fields(body);
  const std::int64_t wait_s = fields.whole("wait_s", 0, longest_wait.count()).value_or(longest_wait.count());
  if (auto refused = fields.refusal()) co_return std::move(*refused);
  const std::shared_ptr<const Job> job =
      co_await jobs_.carry_out(std::move(about), std::move(work), std::chrono::seconds(wait_s));
  if (job->failure) std::rethrow_exception(job->failure);
  if (const std::optional<Error>& error = job->error) co_return problem_of(*error);
  if (job->finished_at) co_return answer_with(job->result);
  json::object document;
  document["status"] = job->about.kind == "check" ? "checking" : "probing";
  document["operation"] = job->row();
  Response response = answer_with(document, 202);
  response.location = "/v1/operations/" + job->id;
  co_return response;
}

asio::awaitable<Response> Api::trust_host_key(Call call) {
  const auto fingerprint = call.request.query.find("fingerprint");
  if (fingerprint == call.request.query.end()) co_return problem(400, "is missing", "fingerprint");
  const Result<void> trusted =
      co_await control_.trust_host_key(CredentialRef(call.names.at(0)), CloudId(call.names.at(1)), fingerprint->second);
  co_return trusted ? ok("trusted") : problem_of(trusted.error());
}

asio::awaitable<Response> Api::test_notification(Call call) {
  const Result<std::int64_t> delivered = co_await control_.test_notification(call.names.at(0));
  if (!delivered) co_return problem_of(delivered.error());
  json::object document;
  document["status"] = "delivered";
  document["delivery"] = *delivered;
  co_return answer_with(document);
}

}  // namespace tally::api
