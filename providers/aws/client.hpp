// Asks AWS's services for one credential, each in its region: what comes is read on a worker, and every error says what
// was being done and how sure it is. Loop thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "net/http.hpp"
#include "providers/aws/dialect.hpp"
#include "providers/aws/endpoints.hpp"
#include "providers/aws/query.hpp"
#include "providers/aws/signer.hpp"
#include "providers/provider.hpp"
#include "providers/rest/operation.hpp"
#include "providers/rest/page_walk.hpp"
#include "runtime/run_on.hpp"

namespace tally::aws {

/// One request to one service.
struct Call {
  Service service = Service::ec2;
  std::string region;
  std::string action;  // which has a pool of the budget in the region
  std::string target;  // of a service that speaks JSON; "": the body is a query
  std::string body;
  Repeat repeat = Repeat::safe;  // anything else goes before all polls
  std::string imagined{};        // see Request
};

/// A query that only reads, of EC2.
Call reading(const std::string& region, const Query& query);
/// One that changes something. `repeat`: see Request.
Call changing(const std::string& region, const Query& query, Repeat repeat);
/// `{…}` to a service that speaks JSON; the target is "AmazonSSM.GetParameter".
Call asking_json(Service service, const std::string& region, std::string target, std::string body);

/// What all pages of a list may be together. No page is kept: where its reader bounds what it keeps, their bytes do not
/// matter, and large accounts have many.
enum class Bounded { by_bytes, by_reader };

class Client {
 public:
  /// The context outlives the client.
  Client(const AccountContext& context, AccessKey key, EndpointOverride endpoints);

  /// Any 2xx. A request that was refused for its date is sent again once, dated by the vendor's clock, if that is far
  /// from ours; from then on all are. A region that an account must enable, and has not, answers as if the key were
  /// wrong: that is `forbidden`, and the region is closed for an hour. Who asks too fast has the action's pool
  /// paused, twice as long each time.
  Task<Response> send(Operation operation, Call call);

  /// As send(), where the answer says no more than that it was done.
  Task<> perform(Operation operation, Call call);

  /// The error of what is not even asked.
  [[nodiscard]] Error refusal(Operation operation, Errc kind, std::string message) const;

  /// Sends, and reads the answer: `read(std::string body, WorkLimit)` answers a Result, on a worker.
  template <class Read, class Outcome = std::invoke_result_t<Read&, std::string, WorkLimit>>
  boost::asio::awaitable<Outcome> ask(Operation operation, Call call, Read read) {
    const bool only_reads = call.repeat == Repeat::safe;
    Result<Response> answer = co_await send(operation, std::move(call));
    if (!answer) co_return tl::unexpected(answer.error());
    Outcome result = co_await run_on(context_.workers,
                                     [&] { return read(std::move(answer->body), WorkLimit(context_.longest_work)); });
    if (!result) co_return tl::unexpected(unread(dialect(), operation, only_reads, result.error()));
    co_return result;
  }

  /// Gets all pages of a list of EC2's, one after the other: `read(std::string body, WorkLimit)` takes each, on a
  /// worker, and answers the next one's token as a Result of an optional. Error: a page that was there already, more
  /// of them than anybody has, or, unless the reader bounds them, too many bytes (see PageWalk).
  template <class Read>
  Task<> ask_pages(Operation operation, std::string region, Query query, Read read, Bounded by = Bounded::by_bytes) {
    PageWalk walk("");
    for (;;) {
      Result<Response> answer = co_await send(operation, reading(region, query));
      if (!answer) co_return tl::unexpected(answer.error());
      const std::size_t size = by == Bounded::by_bytes ? answer->body.size() : 0;
      Result<std::optional<std::string>> next = co_await run_on(
          context_.workers, [&] { return read(std::move(answer->body), WorkLimit(context_.longest_work)); });
      if (next) next = walk.go_on(std::move(*next), size);
      if (!next) co_return tl::unexpected(unread(dialect(), operation, true, next.error()));
      std::optional<std::string>& token = *next;
      if (!token) co_return Result<>();
      query.set("NextToken", std::move(*token));
    }
  }

  /// What DescribeRegions says of it, before what the table does.
  void note_opt_in(const std::string& region, bool needs_opt_in) { needs_opt_in_[region] = needs_opt_in; }
  /// It refused this account a short while ago.
  [[nodiscard]] bool is_closed(const std::string& region) const;
  /// In words for a person: "this machine's clock is 20 min ahead of AWS's"; nothing when it is about right.
  [[nodiscard]] std::optional<std::string> clock_fault() const;

 private:
  Signer& signer_for(const Call& call);
  Request request_of(Operation operation, const Call& call);
  void note_date(const Response& answer);
  bool adopt_date(const Error& refusal, const Response& answer);
  void slow_down(const std::string& pool, Error& refusal);
  [[nodiscard]] bool needs_opt_in(const std::string& region) const;
  void explain(const Call& call, Error& refusal);

  const AccountContext& context_;
  const AccessKey key_;
  const EndpointOverride endpoints_;
  ClockOffset offset_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Signer>> signers_;  // by region and service
  std::map<std::string, std::chrono::milliseconds> pauses_;                         // by pool
  std::map<std::string, bool> needs_opt_in_;
  std::map<std::string, TimePoint> closed_until_;
};

}  // namespace tally::aws
