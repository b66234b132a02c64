// What a refusal of a vendor's means to each call of an account that can be created at, stopped and started.
#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "cloud/create_request.hpp"
#include "cloud/instance_ref.hpp"
#include "cloud/scope.hpp"
#include "net/http.hpp"

namespace tally::fakes {

struct RefusalCase {
  std::string file;
  int status;
  Errc list;  // instances
  Errc get;
  Errc create;
  std::optional<Errc> terminate;  // nothing: it is done
  Errc stop;                      // and start
  Certainty certainty;            // of the changes
};

/// What is asked for, and where the site's vendor is asked for it.
struct RefusedCalls {
  CreateRequest order;
  InstanceRef machine;
  std::string machine_path;
  Scope scope;
  std::string list_path;
};

/// Has the site's vendor answer every call with that body. The site: `http`, `run(task)` and `->` to the account.
template <class Site>
void check_refusal(Site& site, const RefusalCase& each, const std::string& body, const RefusedCalls& calls) {
  Response refusal;
  refusal.status = each.status;
  refusal.body = body;
  site.http.answer_changes(refusal);
  const auto check = [&each](const auto& outcome, std::optional<Errc> kind) {
    REQUIRE(outcome.has_value() == !kind);
    if (!kind) return;
    CHECK(outcome.error().kind == *kind);
    CHECK(outcome.error().status == each.status);
  };
  const auto created = site.run(site->creates()->create(calls.order));
  check(created, each.create);
  CHECK(created.error().certainty == each.certainty);
  site.http.reply(calls.machine_path, each.status, body);
  const auto ended = site.run(site->terminates()->terminate(calls.machine));
  check(ended, each.terminate);
  if (!ended) CHECK(ended.error().certainty == each.certainty);
  const auto stopped = site.run(site->stops_starts()->stop(calls.machine));
  check(stopped, each.stop);
  CHECK(stopped.error().certainty == each.certainty);
  check(site.run(site->stops_starts()->start(calls.machine)), each.stop);
  check(site.run(site->instance(calls.machine)), each.get);
  site.http.reply(calls.list_path, each.status, body);
  check(site.run(site->instances(calls.scope)), each.list);
}

}  // namespace tally::fakes
