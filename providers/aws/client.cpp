#include "providers/aws/client.hpp"

#include <algorithm>

#include "net/retry_after.hpp"
#include "providers/aws/dialect.hpp"
#include "providers/aws/rates.hpp"

namespace tally::aws {
namespace {

constexpr std::chrono::minutes skew_that_refuses{4};  // AWS allows five
constexpr std::chrono::seconds skew_that_is_told{60};
constexpr std::chrono::seconds first_pause{1};
constexpr std::chrono::seconds longest_pause{60};
constexpr std::chrono::hours closed_for{1};
constexpr std::size_t page_limit = std::size_t{32} << 20U;  // of one answer; all pages: see PageWalk

Call call_of(const std::string& region, const Query& query, Repeat repeat) {
  Call call;
  call.region = region;
  call.action = query.action();
  call.body = query.body();
  call.repeat = repeat;
  return call;
}

/// What is asked once for the whole account tells of the key.
bool tells_of_region(const Call& call) { return call.service == Service::ec2 && call.action != "DescribeRegions"; }

}  // namespace

Call reading(const std::string& region, const Query& query) { return call_of(region, query, Repeat::safe); }

Call changing(const std::string& region, const Query& query, Repeat repeat) { return call_of(region, query, repeat); }

Call asking_json(Service service, const std::string& region, std::string target, std::string body) {
  Call call;
  call.service = service;
  call.region = region;
  call.action = target.substr(target.find('.') + 1);
  call.target = std::move(target);
  call.body = std::move(body);
  return call;
}

Client::Client(const AccountContext& context, AccessKey key, EndpointOverride endpoints)
    : context_(context), key_(std::move(key)), endpoints_(std::move(endpoints)) {}

Signer& Client::signer_for(const Call& call) {
  SigningScope scope{call.region, std::string(signing_name(call.service))};
  std::unique_ptr<Signer>& signer = signers_[{scope.region, scope.service}];
  if (!signer) signer = std::make_unique<Signer>(key_, std::move(scope), context_.clock, offset_);
  return *signer;
}

Request Client::request_of(Operation operation, const Call& call) {
  Request request;
  request.method = Method::post;
  request.url = url_of(call.service, call.region, endpoints_);
  request.content_type = call.target.empty() ? "application/x-www-form-urlencoded; charset=utf-8"  //
                                             : "application/x-amz-json-1.1";
  request.headers.push_back({"Accept", Secret(std::string("*/*"))});
  if (!call.target.empty()) request.headers.push_back({"X-Amz-Target", Secret(call.target)});
  request.body = Secret(call.body);
  request.repeat = call.repeat;
  request.imagined = call.imagined;
  request.priority = call.repeat == Repeat::safe ? Priority::sync : Priority::lifecycle;
  request.pool = request.lane = pool_of(call.action, call.region);
  request.body_limit = page_limit;
  request.authorizer = &signer_for(call);
  request.is_word = [this, operation](const Response& answer) {
    return error_of(dialect(), operation, answer, context_.redactor).certainty == Certainty::nothing_happened;
  };
  return request;
}

Task<Response> Client::send(Operation operation, Call call) {
  const bool only_reads = call.repeat == Repeat::safe;
  bool is_redated = false;
  for (;;) {
    Request request = request_of(operation, call);
    const std::string pool = request.pool;
    Result<Response> answer = co_await context_.http.send(std::move(request));
    if (!answer) co_return tl::unexpected(unread(dialect(), operation, only_reads, answer.error()));
    note_date(*answer);
    if (answer->status / 100 == 2) {
      pauses_.erase(pool);
      co_return answer;
    }
    Error refusal =
        co_await run_on(context_.workers, [&] { return error_of(dialect(), operation, *answer, context_.redactor); });
    if (!is_redated && adopt_date(refusal, *answer)) {
      is_redated = true;
      continue;
    }
    if (refusal.kind == Errc::rate_limited) slow_down(pool, refusal);
    explain(call, refusal);
    if (answer->may_be_done) refusal.certainty = Certainty::unknown;
    if (only_reads) refusal.certainty = Certainty::nothing_happened;
    co_return tl::unexpected(std::move(refusal));
  }
}

Task<> Client::perform(Operation operation, Call call) {
  call.imagined = "done";  // nobody reads it
  const Result<Response> answer = co_await send(operation, std::move(call));
  if (!answer) co_return tl::unexpected(answer.error());
  co_return Result<>();
}

Error Client::refusal(Operation operation, Errc kind, std::string message) const {
  return unasked(dialect(), operation, kind, std::move(message));
}

void Client::note_date(const Response& answer) {
  const auto header = answer.headers.find("Date");
  const auto date = header ? parse_http_date(*header) : std::nullopt;
  if (date) offset_.known = *date - context_.clock.wall_now();
}

/// Whether the request can be had through by the vendor's clock: only where it was refused, and that clock is another
/// one than it was dated by.
bool Client::adopt_date(const Error& refusal, const Response& answer) {
  if (!may_mean_skew(refusal.code) || !answer.headers.find("Date") || !offset_.known) return false;
  if (std::chrono::abs(*offset_.known - offset_.applied) <= skew_that_refuses) return false;
  offset_.applied = *offset_.known;
  return true;
}

std::optional<std::string> Client::clock_fault() const {
  if (!offset_.known || std::chrono::abs(*offset_.known) <= skew_that_is_told) return std::nullopt;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::abs(*offset_.known)).count();
  return "this machine's clock is " + std::to_string(seconds) + " s " +
         (offset_.known->count() > 0 ? "behind" : "ahead of") + " AWS's";
}

/// All who share the account draw on the vendor's bucket: the next ones wait as well.
void Client::slow_down(const std::string& pool, Error& refusal) {
  if (refusal.code == "VolumeModificationRateExceeded") return;
  std::chrono::milliseconds& pause = pauses_[pool];
  pause = std::clamp<std::chrono::milliseconds>(pause * 2, first_pause, longest_pause);
  const auto wait = std::max(pause, refusal.retry_after.value_or(pause));
  refusal.retry_after = wait;
  context_.budget.pause_until(context_.clock.now() + wait, pool);
}

bool Client::needs_opt_in(const std::string& region) const {
  const auto learned = needs_opt_in_.find(region);
  if (learned != needs_opt_in_.end()) return learned->second;
  const RegionFacts* facts = find_region(region);
  return facts != nullptr && facts->needs_opt_in;
}

void Client::explain(const Call& call, Error& refusal) {
  if (tells_of_region(call) && needs_opt_in(call.region) && may_mean_closed_region(refusal)) {
    refusal.kind = Errc::forbidden;
    refusal.advice = "the region " + call.region + " may not be enabled for this account";
    closed_until_[call.region] = context_.clock.now() + closed_for;
  }
  const auto fault = clock_fault();
  if (!refusal.advice.empty()) return;
  if (fault && may_mean_skew(refusal.code)) {
    refusal.advice = *fault + ": set it right";
  } else if (refusal.code == "RequestExpired" && !key_.session_token.empty()) {
    refusal.advice = new_session_advice;  // EC2's word for a session that is over
  }
}

bool Client::is_closed(const std::string& region) const {
  const auto at = closed_until_.find(region);
  return at != closed_until_.end() && context_.clock.now() < at->second;
}

}  // namespace tally::aws
