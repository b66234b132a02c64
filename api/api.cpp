#include "api/api.hpp"

#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "api/event_stream.hpp"
#include "api/page.hpp"
#include "runtime/guarded.hpp"
#include "runtime/run_on.hpp"
#include "store/error.hpp"
#include "store/resources.hpp"

namespace tally::api {
namespace asio = boost::asio;

namespace {

using Path = std::vector<std::string>;

bool is_read(const std::string& method) { return method == "GET" || method == "HEAD"; }

Response ok(const char* status) {
  Response response;
  response.body = std::string(R"({"status":")") + status + "\"}";
  return response;
}

Response not_allowed(const std::string& allowed) {
  Response response = problem(405, "only " + allowed + " is allowed here");
  response.allow = allowed;
  return response;
}

Response unknown_parameter(const std::string& name) { return problem(400, "is no parameter of this resource", name); }

Response without_parameters(const Request& request, Response response) {
  return request.query.empty() ? std::move(response) : unknown_parameter(request.query.begin()->first);
}

/// What the path names below /v1/, if it is a resource or one row of the instances.
Response read_resource(const Request& request, Reader& reader) {
  const Resource* resource = find_resource(request.path.at(1));
  if (request.path.size() == 2) return read_page(*resource, request, reader);
  return without_parameters(request, read_row(*resource, {request.path.begin() + 2, request.path.end()}, reader));
}

bool is_resource(const Path& path) {
  if (path.size() < 2 || path[0] != "v1" || find_resource(path[1]) == nullptr) return false;
  return path.size() == 2 || (path.size() == 4 && path[1] == "instances");
}

/// What the daemon does when asked by POST.
bool is_action(const Path& path) {
  if (path.empty() || path[0] != "v1") return false;
  if (path.size() == 2) return path[1] == "reload";
  if (path.size() == 4) return path[1] == "credentials" && path[3] == "check";
  return path.size() == 5 && path[1] == "instances" && (path[4] == "probe" || path[4] == "trust-host-key");
}

Response refusal(const Error& error) {
  const std::string detail = error.message.empty() ? std::string(to_string(error.kind)) : error.message;
  if (error.matches(Errc::resource_not_found)) return problem(404, detail);
  if (error.kind == Errc::internal) return problem(500, detail);
  return problem(error.kind == Errc::conflict ? 409 : 503, detail);
}

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

}  // namespace

Api::Api(const std::filesystem::path& catalog, const CatalogWriter& writer, Clock& clock, Control& control)
    : reader_(catalog), writer_(writer), clock_(clock), control_(control) {}

Api::~Api() { readers_.join(); }

asio::awaitable<Response> Api::handle(Request request) {
  Response response;
  const std::exception_ptr failure = co_await failure_of(answer(std::move(request), response));
  if (failure) response = answer_to(failure);
  co_return response;
}

asio::awaitable<void> Api::answer(Request request, Response& response) {
  response = co_await route(std::move(request));
}

asio::awaitable<Response> Api::route(Request request) {
  const Path& path = request.path;
  const bool is_health = path == Path{"-", "healthy"} || path == Path{"-", "ready"};
  const bool is_events = path == Path{"v1", "events"};
  if (is_action(path)) {
    if (request.method != "POST") co_return not_allowed("POST");
    co_return co_await act(std::move(request));
  }
  if (!is_health && !is_events && !is_resource(path)) co_return problem(404, "there is nothing at this path");
  if (!is_read(request.method)) co_return not_allowed("GET, HEAD");
  if (is_health) {
    if (const std::string failure = writer_.last_failure(); !failure.empty()) {
      co_return problem(503, "the catalog cannot be written: " + failure);
    }
    co_return without_parameters(request, ok(path[1] == "ready" ? "ready" : "healthy"));
  }
  if (is_events) {
    EventSource source{reader_, readers_.get_executor(), writer_, clock_};
    co_return co_await stream_events(std::move(source), std::move(request));
  }
  co_return co_await read(std::move(request));
}

asio::awaitable<Response> Api::act(Request request) {
  const Path& path = request.path;
  std::string fingerprint;
  if (path.back() == "trust-host-key") {
    if (!request.query.contains("fingerprint")) co_return problem(400, "is missing", "fingerprint");
    fingerprint = request.query.extract("fingerprint").mapped();
  }
  if (!request.query.empty()) co_return unknown_parameter(request.query.begin()->first);

  if (path.size() == 2) co_return co_await reload();
  const CredentialRef credential(path[2]);
  if (path.size() == 4) co_return co_await finish(control_.check(credential), "checking");
  const CloudId instance(path[3]);
  if (path[4] == "probe") co_return co_await finish(control_.probe(credential, instance), "probing");
  co_return co_await trust_host_key(credential, instance, fingerprint);
}

asio::awaitable<Response> Api::reload() {
  const std::vector<std::string> problems = co_await control_.reload();
  if (problems.empty()) co_return ok("reloaded");
  boost::json::object document = problem_document(409, "the configuration has problems; the one in force is kept");
  document["problems"] = boost::json::value_from(problems);
  co_return problem(409, document);
}

/// 200 with the document; 202 when there is none yet: the status says what goes on meanwhile.
asio::awaitable<Response> Api::finish(Task<std::optional<boost::json::object>> work, const char* meanwhile) {
  const Result<std::optional<boost::json::object>> document = co_await std::move(work);
  if (!document) co_return refusal(document.error());
  Response response = ok(meanwhile);
  if (const std::optional<boost::json::object>& ready = *document) {
    response.body = boost::json::serialize(*ready);
  } else {
    response.status = 202;
  }
  co_return response;
}

asio::awaitable<Response> Api::trust_host_key(CredentialRef credential, CloudId instance, std::string fingerprint) {
  const Result<void> trusted = co_await control_.trust_host_key(credential, instance, fingerprint);
  if (!trusted) co_return refusal(trusted.error());
  co_return ok("trusted");
}

asio::awaitable<Response> Api::read(Request request) {
  co_return co_await run_on(readers_.get_executor(), [this, &request] { return read_resource(request, reader_); });
}

}  // namespace tally::api
