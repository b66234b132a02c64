#include "cli/client/create_run.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <boost/json/value_to.hpp>
#include <thread>
#include <utility>

#include "store/plain_json.hpp"
#include "store/row_json.hpp"

namespace tally::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds look_for_offers_every{1};
constexpr std::chrono::minutes rest_after_failure{3};  // as long as the daemon holds what it could not have
constexpr std::chrono::seconds time_to_clean_up{60};   // from a machine's end to the end of its create
constexpr int ok = 200;

/// The first row of a query as the API would answer it.
std::optional<json::object> first_row(Reader& reader, const std::string& sql, const std::vector<SqlValue>& parameters) {
  const Reader::Rows rows = reader.query(sql, parameters);
  if (rows.rows.empty()) return std::nullopt;
  return row_json(rows.columns, rows.rows.front());
}

bool has_come_to_nothing(Reader& reader, const std::string& operation_id) {
  const std::string sql = "SELECT 1 FROM operations WHERE id = ? AND state IN ('cleaned_up', 'failed')";
  return !reader.query(sql, {operation_id}).rows.empty();
}

}  // namespace

bool may_try_next(const Outcome& outcome) {
  if (outcome.is_open || outcome.reply.is_ok()) return false;
  const std::string kind = outcome.reply.text("kind");
  return !kind.empty() && kind != "conflict" && kind != "invalid_request";
}

std::string CreateRun::ref_id() const { return json::value_to<std::string>(plan_.body.at("ref_id")); }

std::optional<Outcome> CreateRun::of_earlier() {
  Reader reader = open_();
  const auto machine = first_row(reader,
                                 "SELECT * FROM instances WHERE ref_id = ? AND is_ours = 1 AND is_ended = 0 "
                                 "AND status NOT IN ('terminating', 'terminated', 'failed') LIMIT 1",
                                 {ref_id()});
  const auto operation = first_row(reader,
                                   "SELECT * FROM operations WHERE ref_id = ? AND kind = 'create' "
                                   "ORDER BY state IN ('started', 'unknown') DESC, created_at_ms DESC LIMIT 1",
                                   {ref_id()});
  if (operation) {
    const auto state = json::value_to<std::string>(operation->at("state"));
    const auto id = json::value_to<std::string>(operation->at("id"));
    if (state == "started" || state == "unknown") {
      client_.following().tell("the create of this RefID goes on as operation " + id);
      return await_goal(client_.follow(id));
    }
  }
  if (!machine) return std::nullopt;
  Outcome made;
  made.reply.status = ok;
  json::object document;
  document["instance"] = *machine;
  document["operation"] = operation ? json::value(*operation) : json::value();
  made.reply.body = std::move(document);
  client_.following().tell("a machine lives under this RefID: " + made.of_machine("type"));
  if (operation) made.operation_id = json::value_to<std::string>(operation->at("id"));
  return await_goal(std::move(made));
}

Outcome CreateRun::of_one(json::object body) {
  Ask ask{"POST", "/v1/instances", std::move(body), true, false};
  return await_goal(client_.carry_out(ask));
}

std::optional<Offer> CreateRun::next_offer(const OfferWish& wish, Outcome& last) {
  const auto is_resting = [this](const Offer& offer) {
    return std::any_of(tried_.begin(), tried_.end(), [&offer](const auto& tried) {
      return tried.first.credential == offer.credential && tried.first.instance_type_id == offer.instance_type_id &&
             std::chrono::steady_clock::now() < tried.second + rest_after_failure;
    });
  };
  for (bool is_waiting = false;;) {
    Reader reader = open_();
    if (const auto fault = fault_of_credential(reader, wish)) {
      last = problem_of(fault->kind, fault->detail, "");
      return std::nullopt;
    }
    for (const Offer& offer : find_offers(reader, wish)) {
      if (!is_resting(offer)) return offer;
    }
    if (std::chrono::steady_clock::now() >= plan_.offers_until) return std::nullopt;
    if (!std::exchange(is_waiting, true))
      client_.following().tell("no offer that fits can be had now: waiting for one");
    std::this_thread::sleep_for(look_for_offers_every);
  }
}

Outcome CreateRun::of_cheapest(const OfferWish& wish, const std::function<bool(const Offer& offer)>& consent) {
  if (auto earlier = of_earlier()) {
    if (!may_try_next(*earlier)) return std::move(*earlier);
    client_.following().tell(earlier->reply.detail());
  }
  Outcome last =
      problem_of("insufficient_resources", fmt::format("no offer of {} that fits can be had now", wish.gpu), "");
  while (const std::optional<Offer> offer = next_offer(wish, last)) {
    if (tried_.empty() && !consent(*offer)) return problem_of("conflict", "nothing is made", "");
    json::object body = plan_.body;
    body["credential"] = offer->credential;
    body["type"] = offer->type;
    body["location"] = offer->location;
    if (wish.max_price) body["max_price"] = plain_decimal(*wish.max_price) + " " + offer->currency;
    last = of_one(std::move(body));
    if (!may_try_next(last)) return last;
    client_.following().tell(title_of(*offer) + ": " + last.reply.detail());
    if (!await_ends()) {
      last.is_open = true;
      return last;
    }
    tried_.emplace_back(*offer, std::chrono::steady_clock::now());
  }
  return last;
}

/// A machine that ends before it ran makes its create `cleaned_up`: then another one may be tried.
Outcome CreateRun::await_goal(Outcome made) {
  if (!plan_.wait || !made.is_done()) return made;
  const auto is_over = [&](Reader& reader, const Sight& sight) {
    return sight.is_reached || sight.is_lost || has_come_to_nothing(reader, made.operation_id);
  };
  const Sight sight = watch(client_.following(), open_, made.of_machine("credential"), made.of_machine("cloud_id"),
                            *plan_.wait, made.operation_id, is_over);
  if (sight.is_lost) await_clean_up(made.operation_id);
  Outcome after = made.operation_id.empty() ? made : client_.follow(made.operation_id);
  if (!after.is_done()) return after;
  if (sight.is_reached) return after;
  if (sight.is_lost) return problem_of("conflict", "the machine has ended: " + sight.words, made.operation_id);
  after.is_open = true;
  return after;
}

/// A machine that failed late is being ended when its create is over, and has the RefID until it is gone. False: the
/// time is up.
bool CreateRun::await_ends() {
  const auto look = [&] {
    Look seen;
    seen.words = "waiting for the end of the machine that failed";
    seen.is_blind = true;  // which operation ends it is nobody's news
    Reader reader = open_();
    seen.is_over = reader
                       .query(
                           "SELECT 1 FROM operations WHERE kind = 'terminate' AND ref_id = ? AND finished_at_ms IS "
                           "NULL",
                           {ref_id()})
                       .rows.empty();
    return seen;
  };
  return client_.following().until_over(look, std::chrono::steady_clock::time_point::max());
}

/// The machine's end is seen a moment before the create's.
void CreateRun::await_clean_up(const std::string& operation_id) {
  const auto look = [&] {
    Look seen;
    seen.subjects = {operation_id};
    Reader reader = open_();
    seen.is_over = has_come_to_nothing(reader, operation_id);
    return seen;
  };
  client_.following().until_over(look, std::chrono::steady_clock::now() + time_to_clean_up);
}

}  // namespace tally::cli
