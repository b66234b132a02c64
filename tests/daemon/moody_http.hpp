// A vendor's API as one account sees it, in this process and on any clock: behind the tenant's budget, and as well as
// the test has it.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "cloud/budget.hpp"
#include "net/http_client.hpp"
#include "runtime/clock.hpp"

namespace tally::fakes {

/// Slow: each answer takes a while, and comes. Failing: it is a 500.
enum class Mood { well, silent, slow, failing, forbidden, throttled };
constexpr std::chrono::seconds slow_answer{8};

class MoodyHttp : public HttpClient {
 public:
  explicit MoodyHttp(const HttpContext& context)
      : clock_(context.clock), budget_(context.budget), on_attempt_(context.on_attempt) {}

  Task<Response> send(Request request) final {
    Draw draw;
    draw.lane = request.lane;
    draw.pool = request.pool;
    const Result<> may_go = co_await budget_.acquire(std::move(draw));
    if (!may_go) co_return tl::unexpected(may_go.error());
    HttpAttempt attempt;
    attempt.method = request.method;
    const TimePoint began = clock_.now();
    Result<Response> response = co_await respond(std::move(request));
    attempt.status = response ? response->status : 0;
    attempt.took = clock_.now() - began;
    on_attempt_(attempt);
    co_return response;
  }

 private:
  Task<Response> respond(Request request) {
    const Mood mood = receive(request);
    if (mood == Mood::silent) co_await clock_.sleep_until(TimePoint::max());
    if (mood == Mood::slow) co_await clock_.sleep_until(clock_.now() + slow_answer);
    if (mood == Mood::failing) {
      Response failure;
      failure.status = 500;
      co_return failure;
    }
    co_return co_await answer(std::move(request), mood);
  }

  /// A request has come: how it is answered.
  virtual Mood receive(const Request& request) = 0;
  /// Of a vendor that is well, forbids or throttles.
  virtual Task<Response> answer(Request request, Mood mood) = 0;

  Clock& clock_;
  Budget& budget_;
  std::function<void(const HttpAttempt&)> on_attempt_;
};

}  // namespace tally::fakes
