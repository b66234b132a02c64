#include "net/http_client.hpp"

#include <algorithm>
#include <map>

#include "net/connection.hpp"
#include "net/retry_after.hpp"
#include "net/url.hpp"

namespace tally {
using std::chrono::milliseconds;

namespace {

constexpr std::size_t idle_per_origin = 4;
constexpr std::chrono::seconds idle_for{45};  // servers commonly close after 60
constexpr int most_retries = 2;
constexpr milliseconds first_retry{500};
constexpr milliseconds shortest_pause{1000};  // after a 429, whatever the vendor says

Error wire_error(const Request& request, std::string message) {
  Error error;
  error.kind = Errc::service_unavailable;
  error.message = std::move(message);
  if (request.method == Method::get) error.certainty = Certainty::nothing_happened;
  return error;
}

bool is_transient(int status) { return status == 500 || (status >= 502 && status <= 504); }

/// What is asked for again and again at one place waits in one lane: the pages of a listing, too.
std::string lane_of(const HttpUrl& url) { return url.origin() + url.target.substr(0, url.target.find('?')); }

/// A header that could smuggle in another one, or the request's end.
bool is_broken(const Header& header) {
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  const std::string_view value = header.value.reveal();
  return std::any_of(header.name.begin(), header.name.end(), is_control) ||
         std::any_of(value.begin(), value.end(), is_control);
}

class PooledHttpClient final : public HttpClient {
 public:
  PooledHttpClient(std::shared_ptr<TlsTrust> trust, Budget& budget, Clock& clock, Rng& rng, ProxyRules proxies)
      : trust_(std::move(trust)), budget_(budget), clock_(clock), rng_(rng), proxies_(std::move(proxies)) {}

  Task<Response> send(Request request) override {
    Result<HttpUrl> url = parse_http_url(request.url);
    if (url && std::any_of(request.headers.begin(), request.headers.end(), is_broken)) {
      Error refused;
      refused.kind = Errc::invalid_request;
      refused.message = "a header holds a control character";
      refused.certainty = Certainty::nothing_happened;
      co_return tl::unexpected(std::move(refused));
    }
    if (!url) co_return tl::unexpected(url.error());

    const bool is_safe = request.method == Method::get;
    const std::string lane = request.lane.empty() ? lane_of(*url) : request.lane;
    // Before the time runs: waiting for the budget is not the call's fault.
    co_await budget_.acquire(request.priority, lane);
    auto call = std::make_shared<Call>();
    call->deadline = std::chrono::steady_clock::now() + request.timeout;
    call->url = std::move(*url);
    call->proxy = proxies_.for_url(call->url);
    call->request = std::move(request);
    for (int retries = 0;; ++retries) {
      if (retries > 0) co_await budget_.acquire(call->request.priority, lane);
      Result<Response> answer = co_await attempt(call);
      if (answer) note_limits(*answer);
      const bool is_over = !is_safe || retries == most_retries || (answer && !is_transient(answer->status)) ||
                           (!answer && answer.error().kind != Errc::service_unavailable);
      if (is_over) co_return answer;
      milliseconds wait = rng_.below(first_retry * (1 << retries));
      if (answer) wait = std::max(wait, answer->retry_after.value_or(wait));
      if (std::chrono::steady_clock::now() + wait >= call->deadline) co_return answer;
      co_await clock_.sleep_until(clock_.now() + wait);
    }
  }

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    TimePoint since;
  };

  /// One attempt: on an idle connection when the call is safe to repeat, for a connection may have died unnoticed.
  Task<Response> attempt(std::shared_ptr<const Call> call) {
    if (call->request.method == Method::get) {
      while (std::unique_ptr<Connection> idle = take_idle(call->url)) {
        auto answer = co_await idle->exchange(call);
        if (answer) co_return finish(*call, std::move(idle), std::move(*answer));
        if (!answer.error().is_before_answer || std::chrono::steady_clock::now() >= call->deadline) {
          co_return tl::unexpected(wire_error(call->request, answer.error().message));
        }
      }
    }
    auto connection = co_await open_connection(call, trust_->current());
    if (!connection) {
      Error unsent = wire_error(call->request, connection.error().message);
      unsent.certainty = Certainty::nothing_happened;
      co_return tl::unexpected(std::move(unsent));
    }
    auto answer = co_await (*connection)->exchange(call);
    if (!answer) co_return tl::unexpected(wire_error(call->request, answer.error().message));
    co_return finish(*call, std::move(*connection), std::move(*answer));
  }

  Result<Response> finish(const Call& call, std::unique_ptr<Connection> connection, WireResponse answer) {
    if (connection->is_reusable()) keep(call.url, std::move(connection));
    if (answer.status >= 300 && answer.status < 400 && answer.has_location) {
      Error redirected = wire_error(call.request, call.url.host + " redirects elsewhere; redirects are not followed");
      redirected.kind = Errc::invalid_request;
      redirected.status = answer.status;
      redirected.certainty = Certainty::nothing_happened;
      return tl::unexpected(std::move(redirected));
    }
    Response response;
    response.status = answer.status;
    response.body = std::move(answer.body);
    response.content_type = std::move(answer.content_type);
    response.retry_after = wait_asked_for(answer);
    return response;
  }

  /// Dates are the server's: so is the time that they are compared with.
  std::optional<milliseconds> wait_asked_for(const WireResponse& answer) const {
    std::optional<milliseconds> longest;
    for (const std::string& value : answer.retry_after) {
      const Timestamp now = parse_http_date(answer.date).value_or(clock_.wall_now());
      longest = std::max(longest, parse_retry_after(value, now));
    }
    return longest;
  }

  /// A vendor's word about its limits holds for the whole tenant.
  void note_limits(const Response& response) {
    const bool is_limited = response.status == 429;
    if (!is_limited && !(response.retry_after && response.status == 503)) return;
    budget_.pause_until(clock_.now() + std::max(shortest_pause, response.retry_after.value_or(shortest_pause)));
  }

  std::unique_ptr<Connection> take_idle(const HttpUrl& url) {
    std::vector<Idle>& idle = idle_[url.origin()];
    while (!idle.empty()) {
      Idle last = std::move(idle.back());
      idle.pop_back();
      if (clock_.now() - last.since < idle_for) return std::move(last.connection);
    }
    return nullptr;
  }

  void keep(const HttpUrl& url, std::unique_ptr<Connection> connection) {
    std::vector<Idle>& idle = idle_[url.origin()];
    if (idle.size() >= idle_per_origin) idle.erase(idle.begin());
    idle.push_back({std::move(connection), clock_.now()});
  }

  std::shared_ptr<TlsTrust> trust_;
  Budget& budget_;
  Clock& clock_;
  Rng& rng_;
  const ProxyRules proxies_;
  std::map<std::string, std::vector<Idle>> idle_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(std::shared_ptr<TlsTrust> trust, Budget& budget, Clock& clock, Rng& rng,
                                             ProxyRules proxies) {
  return std::make_unique<PooledHttpClient>(std::move(trust), budget, clock, rng, std::move(proxies));
}

}  // namespace tally
