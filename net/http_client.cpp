#include "net/http_client.hpp"

#include <algorithm>
#include <utility>

#include "cloud/late.hpp"
#include "net/authorizer.hpp"
#include "net/connection.hpp"
#include "net/idle_connections.hpp"
#include "net/retry_after.hpp"
#include "runtime/deadline.hpp"
#include "runtime/run_on.hpp"

namespace tally {
using std::chrono::milliseconds;

namespace {

constexpr int most_retries = 2;
constexpr milliseconds first_retry{500};
constexpr milliseconds shortest_pause{1000};  // after a 429, whatever the vendor says

using Answered = tl::expected<WireResponse, WireFailure>;

bool is_transient(int status) { return status == 500 || (status >= 502 && status <= 504); }

/// What is asked for again and again at one place waits in one lane: the pages of a listing, too.
std::string lane_of(const Request& request, const HttpUrl& url) {
  return request.lane.empty() ? url.origin() + url.target.substr(0, url.target.find('?')) : request.lane;
}

/// The waits that the vendor names, each as it wrote it.
std::vector<std::string_view> waits_in(const WireResponse& answer) {
  std::vector<std::string_view> waits = answer.headers.all("Retry-After");
  if (answer.status == 429 && waits.empty()) waits = answer.headers.all("X-RateLimit-Reset");
  return waits;
}

/// What came of one attempt.
struct Tried {
  Result<Response> answer;
  std::vector<Header> authorization;  // of its authorizer
  bool may_repeat = false;            // another one may do good, and can do no harm
  bool may_be_done = false;           // what was asked, for all that is known
};

class PooledHttpClient final : public HttpClient {
 public:
  explicit PooledHttpClient(HttpContext context) : context_(std::move(context)), idle_(context_.clock) {}

  Task<Response> send(Request request) override {
    Result<OutgoingRequest> message = outgoing(request);
    if (!message) co_return tl::unexpected(std::move(message.error()));
    Draw draw;
    draw.priority = request.priority;
    draw.lane = lane_of(request, message->url);
    draw.pool = request.pool;
    TimePoint deadline = context_.clock.now() + request.timeout;
    if (request.priority == Priority::lifecycle) draw.deadline = deadline;
    const Result<> turn = co_await context_.budget.acquire(draw);
    if (!turn) co_return tl::unexpected(turn.error());
    // For a sync the time begins now: waiting for the budget is not the call's fault.
    if (request.priority == Priority::sync) deadline = context_.clock.now() + request.timeout;
    draw.deadline = deadline;

    bool is_refreshed = false;
    bool may_be_done = false;  // by an attempt that is being repeated
    const auto outcome = [&may_be_done](Tried& made) {
      if (made.answer) made.answer->may_be_done = may_be_done;
      if (!made.answer && may_be_done) made.answer.error().certainty = Certainty::unknown;
      return std::move(made.answer);
    };
    for (int retries = 0;;) {
      const TimePoint began = context_.clock.now();
      Tried made = co_await attempt(call_of(request, *message), &request, deadline);
      if (made.answer) note_limits(*made.answer, request.pool);
      tell_of(request.method, made.answer, began);
      milliseconds wait{0};
      const bool is_refused = request.authorizer != nullptr && made.answer && made.answer->status == 401;
      if (is_refused && !is_refreshed && request.authorizer->refresh_after_401(made.authorization)) {
        is_refreshed = true;
      } else if (made.may_repeat && retries < most_retries) {
        wait = context_.rng.below(first_retry * (1 << retries));
        if (made.answer) wait = std::max(wait, made.answer->retry_after.value_or(wait));
        ++retries;
      } else {
        co_return outcome(made);
      }
      const TimePoint next = context_.clock.now() + wait;
      if (next >= deadline) co_return outcome(made);
      co_await context_.clock.sleep_until(next);
      const Result<> again = co_await context_.budget.acquire(draw);
      if (!again) co_return outcome(made);
      may_be_done = may_be_done || made.may_be_done;
    }
  }

 private:
  std::shared_ptr<Call> call_of(const Request& request, OutgoingRequest message) const {
    auto call = std::make_shared<Call>();
    call->request = std::move(message);
    call->proxy = context_.proxies.for_url(call->request.url);
    call->body_limit = request.body_limit;
    call->bodies = context_.bodies;
    return call;
  }

  /// The request outlives the attempt.
  boost::asio::awaitable<Tried> attempt(std::shared_ptr<Call> call, const Request* request, TimePoint deadline) {
    const Repeat repeat = repeat_of(*request);
    Tried made;
    if (request->authorizer != nullptr) {
      Result<std::vector<Header>> headers = co_await authorize(call, *request->authorizer, deadline);
      if (headers) made.authorization = *headers;
      Result<> set = headers ? set_headers(call->request, std::move(*headers)) : tl::unexpected(headers.error());
      if (!set) {
        set.error().certainty = Certainty::nothing_happened;
        made.answer = tl::unexpected(std::move(set.error()));
        co_return made;
      }
    }
    std::optional<Answered> answered =
        co_await with_deadline<Answered>(context_.clock, deadline, exchange(call, repeat));
    if (!answered) answered = tl::unexpected(WireFailure{call->progress->at + ": no answer in time"});
    if (*answered) {
      made.answer = co_await response_of(std::move(**answered), call);
    } else {
      made.answer = tl::unexpected(failure(std::move(answered->error().message)));
    }
    if (made.answer) {
      const bool is_open = is_transient(made.answer->status) && !(request->is_word && request->is_word(*made.answer));
      made.may_repeat = repeat != Repeat::never && is_open;
      made.may_be_done = repeat != Repeat::safe && made.may_repeat;
    } else {
      const bool is_certain = repeat == Repeat::safe || !call->progress->is_sent;
      if (is_certain) made.answer.error().certainty = Certainty::nothing_happened;
      const bool is_lasting = *answered || answered->error().is_lasting;
      made.may_repeat = !is_lasting && (is_certain || repeat != Repeat::never);
      made.may_be_done = !is_certain;
    }
    co_return made;
  }

  Task<std::vector<Header>> authorize(const std::shared_ptr<const Call>& call, Authorizer& authorizer,
                                      TimePoint deadline) {
    const std::shared_ptr<const OutgoingRequest> request(call, &call->request);
    return with_deadline(context_.clock, deadline, "authorize the request", authorizer.authorize(request));
  }

  /// On an idle connection only what just reads: such a connection may have died unnoticed, and what was sent there has
  /// perhaps been done.
  boost::asio::awaitable<Answered> exchange(std::shared_ptr<const Call> call, Repeat repeat) {
    if (context_.transport) co_return co_await context_.transport->exchange(call);
    const HttpUrl& url = call->request.url;
    if (repeat == Repeat::safe) {
      while (std::unique_ptr<HttpConnection> idle = idle_.take(url)) {
        Answered answer = co_await idle->exchange(call);
        if (answer && idle->is_reusable()) idle_.keep(url, std::move(idle));
        if (answer || !answer.error().is_before_answer) co_return answer;
      }
    }
    auto connection = co_await open_connection(call, context_.trust->current());
    if (!connection) co_return tl::unexpected(std::move(connection.error()));
    Answered answer = co_await (*connection)->exchange(call);
    if (answer && (*connection)->is_reusable()) idle_.keep(url, std::move(*connection));
    co_return answer;
  }

  Task<Response> response_of(WireResponse answer, std::shared_ptr<const Call> call) {
    const std::string& host = call->request.url.host;
    if (answer.status >= 300 && answer.status < 400 && answer.headers.find("Location")) {
      Error redirected = failure(host + " redirects elsewhere; redirects are not followed");
      redirected.kind = Errc::invalid_request;
      redirected.status = answer.status;
      constexpr int see_other = 303;  // it has been done, and is to be seen elsewhere
      if (answer.status != see_other) redirected.certainty = Certainty::nothing_happened;
      co_return tl::unexpected(std::move(redirected));
    }
    const std::size_t most = answer.body.is_beginning ? limits::error_body : call->body_limit;
    const auto decode = [&answer, most] {
      WorkLimit limit;
      return text_of(answer.body, most, limit);
    };
    tl::expected<std::string, std::string> text;
    if (answer.body.is_text()) {
      text = decode();
    } else {
      text = co_await run_on(context_.workers, decode);
    }
    if (!text) co_return tl::unexpected(failure(host + ": receive: " + text.error()));
    Response response;
    response.status = answer.status;
    response.retry_after = wait_asked_for(answer);
    response.body = std::move(*text);
    response.headers = std::move(answer.headers);
    response.share = std::move(answer.body.share);
    co_return response;
  }

  static Error failure(std::string message) {
    Error error;
    error.kind = Errc::service_unavailable;
    error.message = std::move(message);
    return error;
  }

  /// Dates are the server's: so is the time that they are compared with.
  std::optional<milliseconds> wait_asked_for(const WireResponse& answer) const {
    std::optional<milliseconds> longest;
    for (const std::string_view value : waits_in(answer)) {
      const auto date = parse_http_date(answer.headers.find("Date").value_or(""));
      longest = std::max(longest, parse_retry_after(value, date.value_or(context_.clock.wall_now())));
    }
    return longest;
  }

  /// Of an answer that a cache kept, nothing: its date is that of the first time.
  static std::optional<Timestamp> date_of(const Headers& headers) {
    if (headers.find("Age")) return std::nullopt;
    return parse_http_date(headers.find("Date").value_or(""));
  }

  static bool is_limit(const Response& response) {
    return response.status == 429 || (response.retry_after && response.status == 503);
  }

  void tell_of(Method method, const Result<Response>& answer, TimePoint began) const {
    if (!context_.on_attempt) return;
    HttpAttempt made;
    made.method = method;
    made.status = answer ? answer->status : answer.error().status;
    made.is_throttled = answer && is_limit(*answer);
    made.took = context_.clock.now() - began;
    if (answer) made.date = date_of(answer->headers);
    context_.on_attempt(made);
  }

  /// A vendor's word about its limits holds for the whole tenant, or for what it counts by itself.
  void note_limits(const Response& response, const std::string& pool) {
    if (!is_limit(response)) return;
    const milliseconds pause = std::max(shortest_pause, response.retry_after.value_or(shortest_pause));
    context_.budget.pause_until(context_.clock.now() + pause, pool);
  }

  const HttpContext context_;
  IdleConnections idle_;
};

}  // namespace

Repeat repeat_of(const Request& request) {
  if (request.repeat) return *request.repeat;
  switch (request.method) {
    case Method::get: return Repeat::safe;
    case Method::put:
    case Method::delete_: return Repeat::idempotent;
    case Method::post:
    case Method::patch: break;
  }
  return Repeat::never;
}

std::unique_ptr<HttpClient> make_http_client(HttpContext context) {
  return std::make_unique<PooledHttpClient>(std::move(context));
}

}  // namespace tally
