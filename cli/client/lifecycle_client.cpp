#include "cli/client/lifecycle_client.hpp"

#include <sysexits.h>

#include <boost/json/serialize.hpp>
#include <optional>
#include <thread>

#include "cli/show/note.hpp"

namespace tally::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds pause_between_tries{1};
constexpr int first_fault_of_daemon = 500;
constexpr int no_such_operation = 404;

/// What failed by a fault of the daemon's own may have been begun: only an error of a kind says what came of it.
bool is_certain(const ControlReply& reply) {
  return reply.status < first_fault_of_daemon || !reply.text("kind").empty();
}

/// Of an operation that is over: what its first answer would have been.
Outcome outcome_seen_in(ControlReply seen) {
  Outcome outcome;
  outcome.operation_id = text_of(seen.part("operation"), "id");
  outcome.is_open = is_under_way(seen);
  if (auto failure = failure_in(seen)) seen = std::move(*failure);
  outcome.reply = std::move(seen);
  return outcome;
}

/// "create started", and how its machine is doing.
std::string words_of(const ControlReply& seen) {
  const json::object* operation = seen.part("operation");
  const json::object* machine = seen.part("instance");
  std::string words = text_of(operation, "kind") + " " + text_of(operation, "state");
  if (machine != nullptr) words += ", " + text_of(machine, "cloud_id") + " " + text_of(machine, "status");
  return words;
}

Outcome refused(ControlReply reply) {
  Outcome outcome;
  outcome.operation_id = reply.text("operation_id");
  outcome.reply = std::move(reply);
  return outcome;
}

}  // namespace

std::string Outcome::of_machine(const char* column) const {
  const std::string seen = text_of(reply.part("instance"), column);
  return seen.empty() ? text_of(reply.part("operation"), column) : seen;
}

int Outcome::exit_code() const {
  if (is_open) return EX_TEMPFAIL;
  if (reply.is_ok()) return EX_OK;
  const std::string kind = reply.text("kind");
  if (!kind.empty()) return exit_code_for(kind);
  return reply.status >= first_fault_of_daemon ? EX_TEMPFAIL : 1;
}

Outcome problem_of(const std::string& kind, const std::string& detail, std::string operation_id) {
  Outcome outcome;
  outcome.reply = problem_reply(kind, detail, operation_id);
  outcome.operation_id = std::move(operation_id);
  return outcome;
}

int exit_code_for(std::string_view kind) {
  if (kind == "auth" || kind == "forbidden") return EX_NOPERM;
  const bool is_for_later = kind == "insufficient_resources" || kind == "rate_limited" || kind == "service_unavailable";
  return is_for_later ? EX_TEMPFAIL : 1;
}

int worse_of(int one, int other) {
  for (const int worst : {EX_NOPERM, 1, EX_TEMPFAIL}) {
    if (one == worst || other == worst) return worst;
  }
  return EX_OK;
}

Outcome LifecycleClient::carry_out(const Ask& ask) {
  const std::string body = ask.body.empty() ? std::string() : json::serialize(ask.body);
  std::string told;
  for (;;) {
    std::string fault;
    ControlReply reply;
    try {
      reply = send_to_daemon(socket_, ask.method, ask.target, body);
      has_met_daemon_ = true;
      if (!is_certain(reply)) fault = reply.detail();
    } catch (const NotAsked& error) {
      if (!has_met_daemon_) throw;
      fault = error.what();
    } catch (const StoreError& error) {
      has_met_daemon_ = true;
      if (!ask.is_repeatable) throw;
      fault = error.what();
    }
    if (fault.empty() || (!ask.is_repeatable && reply.status != 0)) {
      if (!reply.is_ok()) return refused(std::move(reply));
      const bool is_followed = reply.goes_on() && !ask.ends_accepted;
      Outcome outcome = outcome_seen_in(std::move(reply));
      if (!is_followed) outcome.is_open = false;
      return is_followed ? follow(outcome.operation_id) : outcome;
    }
    if (!following_.may_go_on()) {
      Outcome open = refused(std::move(reply));
      open.is_open = true;
      return open;
    }
    if (fault != told) following_.tell(fault + "; it is asked again");
    told = fault;
    std::this_thread::sleep_for(pause_between_tries);
  }
}

/// A daemon that does not answer has ended, or begins: the operation goes on at its next start.
Outcome LifecycleClient::follow(const std::string& operation_id) {
  Outcome last;
  last.is_open = true;
  last.operation_id = operation_id;
  following_.until_over([&] {
    Look look;
    look.subjects = {operation_id};
    try {
      ControlReply seen = send_to_daemon(socket_, "GET", "/v1/operations/" + operation_id, "");
      look.words = words_of(seen);
      look.subjects.push_back(text_of(seen.part("operation"), "cloud_id"));
      look.is_blind = !seen.is_ok();
      if (seen.is_ok()) {
        last = outcome_seen_in(std::move(seen));
      } else if (seen.status == no_such_operation) {
        last = refused(std::move(seen));
      }
      look.is_over = !last.is_open;
    } catch (const StoreError&) {
      look.is_blind = true;
    }
    return look;
  });
  return last;
}

}  // namespace tally::cli
