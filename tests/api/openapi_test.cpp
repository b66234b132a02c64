// The document that describes the control API, against the table that serves it; and that what it does not describe is
// found. What is answered in all other tests is held against it, too (openapi_exchange.hpp).
#include <boost/json/object.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <regex>
#include <set>

#include "api/problems.hpp"
#include "api/routes.hpp"
#include "runtime/ascii.hpp"
#include "tests/api/api_site.hpp"
#include "tests/api/openapi_document.hpp"
#include "tests/api/openapi_exchange.hpp"

namespace tally::openapi_test {
using namespace tally::api_tests;

namespace {

using Names = std::set<std::string>;
using Operations = std::map<std::string, DescribedPart>;  // by "GET /v1/offers"

Operations described_operations() {
  Operations all;
  for (const auto& [path, methods] : openapi_document().find({"paths"})->members()) {
    for (const auto& [method, operation] : methods.members()) all[ascii::upper(method) + " " + path] = operation;
  }
  return all;
}

std::string name_of(const api::Route& route) { return route.method + " " + route.path; }

/// "query limit", "path credential"
Names parameters_of(const DescribedPart& operation) {
  Names names;
  const auto list = operation.find({"parameters"});
  if (!list) return names;
  for (const auto& [number, parameter] : list->members()) {
    const auto text = [&each = parameter](const char* key) {
      return std::string(each.find({key})->value->as_string());
    };
    names.insert(text("in") + " " + text("name"));
  }
  names.erase("header Last-Event-ID");
  return names;
}

Names parameters_of(const api::Route& route) {
  Names names;
  for (const std::string& name : route.parameters) names.insert("query " + name);
  const std::regex braces(R"(\{(\w+)\})");
  const std::sregex_iterator end;
  for (std::sregex_iterator at(route.path.begin(), route.path.end(), braces); at != end; ++at) {
    names.insert("path " + (*at)[1].str());
  }
  return names;
}

/// Whether it is answered by what the provider or the lifecycle service says, which may be any kind of error.
bool is_lifecycle_call(const api::Route& route) {
  if (!route.path.starts_with("/v1/instances") || route.path.ends_with("/trust-host-key")) return false;
  return route.is_action || route.path.ends_with("/firewall-rules");
}

Names statuses_of_errors() {
  Names statuses;
  for (int kind = 0; kind <= static_cast<int>(Errc::internal); ++kind) {
    Error error;
    error.kind = static_cast<Errc>(kind);
    statuses.insert(std::to_string(api::problem_of(error).status));
  }
  return statuses;
}

/// What the API answers by what a route is, before or beside its handler.
Names statuses_of(const api::Route& route) {
  Names statuses = {"200", "400", "405", "500", "503"};
  const bool is_followed = route.path.ends_with("/probe") || route.path.ends_with("/check");
  const bool is_changing = is_lifecycle_call(route) && route.is_action;
  if (route.is_action) statuses.insert("403");
  if (route.path.find('{') != std::string::npos) statuses.insert("404");
  if (route.method != "GET") statuses.insert("413");
  if (is_followed || is_changing) statuses.insert("202");
  if (is_lifecycle_call(route)) statuses.merge(statuses_of_errors());
  return statuses;
}

/// Each schema that is not within another, by where it is.
std::map<std::string, DescribedPart> schemas_below(const DescribedPart& part) {
  std::map<std::string, DescribedPart> all;
  for (const auto& [key, member] : part.members()) {
    if (key == "schema") {
      all[member.place] = member;
    } else {
      all.merge(schemas_below(member));
    }
  }
  return all;
}

api::Request request_for(const std::string& method, const std::string& target, const std::string& body = "") {
  api::Request request;
  request.method = method;
  request.path = {"v1", target};
  request.body = body;
  request.peer.pid = 1;
  return request;
}

std::string fault_of(const api::Request& request, int status, const std::string& body) {
  api::Response response;
  response.status = status;
  response.body = body;
  if (status >= 400) response.content_type = "application/problem+json";
  return fault_of_exchange(request, response);
}

}  // namespace

TEST_CASE("each route and its parameters are described, and nothing else is", "[api]") {
  const Site site;
  Operations described = described_operations();
  REQUIRE(site.routes().all().size() > 15);
  for (const api::Route& route : site.routes().all()) {
    CAPTURE(name_of(route));
    REQUIRE(described.contains(name_of(route)));
    CHECK(parameters_of(described.at(name_of(route))) == parameters_of(route));
    described.erase(name_of(route));
  }
  for (const auto& [name, operation] : described) FAIL_CHECK(name << " is described and not served");
}

TEST_CASE("each status that a route answers for what it is is described", "[api]") {
  const Site site;
  const Operations described = described_operations();
  for (const api::Route& route : site.routes().all()) {
    for (const std::string& status : statuses_of(route)) {
      CAPTURE(name_of(route), status);
      CHECK(described.at(name_of(route)).find({"responses", status}));
    }
  }
}

TEST_CASE("each error that is described is a problem document", "[api]") {
  const DescribedPart problem = *openapi_document().find({"components", "schemas", "Problem"});
  for (const auto& [name, operation] : described_operations()) {
    for (const auto& [status, answer] : operation.find({"responses"})->members()) {
      if (status < "400") continue;
      CAPTURE(name, status);
      const auto schema = answer.find({"content", "application/problem+json", "schema"});
      REQUIRE(schema);
      CHECK(schema->place == problem.place);
    }
  }
}

TEST_CASE("each schema of the document is one", "[api]") {
  auto schemas = schemas_below(openapi_document());
  for (const auto& [name, schema] : openapi_document().find({"components", "schemas"})->members()) {
    schemas[schema.place] = schema;
  }
  CHECK(schemas.size() > 50);
  for (const auto& [place, schema] : schemas) {
    CAPTURE(place);
    CHECK_NOTHROW(check_schema(schema));
  }
}

TEST_CASE("an answer that is not as it is described is found", "[api]") {
  const api::Request reload = request_for("POST", "reload");
  const std::string problem = R"({"type": "about:blank", "title": "t", "status": 409, "detail": "d"})";
  CHECK(fault_of(reload, 200, R"({"status": "reloaded"})").empty());
  CHECK(fault_of(reload, 409, problem).empty());
  CHECK_FALSE(fault_of(reload, 200, R"({"status": "done"})").empty());
  CHECK_FALSE(fault_of(reload, 200, R"({"status": "reloaded", "more": 1})").empty());
  CHECK_FALSE(fault_of(reload, 200, "{}").empty());
  CHECK_FALSE(fault_of(reload, 200, "reloaded").empty());
  CHECK_FALSE(fault_of(reload, 204, "").empty());
  CHECK_FALSE(fault_of(reload, 410, problem).empty());
  CHECK_FALSE(fault_of(reload, 405, problem).empty());  // without Allow
  CHECK_FALSE(fault_of(request_for("GET", "credentials"), 200, R"({"items": [{}], "next": null})").empty());
  CHECK(fault_of(request_for("GET", "nothing"), 409, problem).empty());
  CHECK_FALSE(fault_of(request_for("GET", "nothing"), 404, problem).empty());  // of another status than its own
  CHECK_FALSE(fault_of(request_for("GET", "nothing"), 200, "{}").empty());
}

TEST_CASE("a request that is taken and not described is found, and so is an event", "[api]") {
  api::Request check = request_for("POST", "credentials", R"({"wait_s": 8})");
  check.path = {"v1", "credentials", "cred", "check"};
  const std::string answer =
      R"({"credential": "c", "provider": "p", "tenant_id": null, "is_accepted": true, "is_read_only": false,
          "capabilities": [], "checks": []})";
  CHECK(fault_of(check, 200, answer).empty());
  for (const char* body : {R"({"wait_s": 9})", R"({"wait": 1})", "[]", "{"}) {
    check.body = body;
    CHECK_FALSE(fault_of(check, 200, answer).empty());
  }
  CHECK(fault_of_events(": nothing new\n\n").empty());
  CHECK_FALSE(fault_of_events("id: 1\nevent: x\ndata: {}\n\n").empty());
  CHECK_FALSE(fault_of_events("id: 1\nevent: x\n\n").empty());
  CHECK_FALSE(fault_of_events(": nothing").empty());
}

}  // namespace tally::openapi_test
