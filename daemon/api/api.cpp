#include "daemon/api/api.hpp"

#include <spdlog/spdlog.h>

#include "cloud/async.hpp"
#include "daemon/api/event_stream.hpp"
#include "daemon/api/page.hpp"
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

Response not_allowed() {
  Response response = problem(405, "only GET and HEAD are allowed here");
  response.allow = "GET, HEAD";
  return response;
}

Response without_parameters(const Request& request, Response response) {
  if (request.query.empty()) return response;
  return problem(400, "is no parameter of this resource", request.query.begin()->first);
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

}  // namespace

Api::Api(std::filesystem::path catalog, const CatalogWriter& writer, Clock& clock)
    : reader_(catalog), writer_(writer), clock_(clock) {}

Api::~Api() { readers_.join(); }

asio::awaitable<Response> Api::handle(Request request) {
  const Path& path = request.path;
  const bool is_health = path == Path{"-", "healthy"} || path == Path{"-", "ready"};
  const bool is_events = path == Path{"v1", "events"};
  if (!is_health && !is_events && !is_resource(path)) co_return problem(404, "there is nothing at this path");
  if (!is_read(request.method)) co_return not_allowed();
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

asio::awaitable<Response> Api::read(Request request) {
  co_return co_await run_on(readers_.get_executor(), [this, &request] {
    try {
      return read_resource(request, reader_);
    } catch (const StoreError& error) {
      spdlog::error("api: {}", error.what());
      return problem(503, "the catalog cannot be read now");
    }
  });
}

}  // namespace tally::api
