// The document that describes the control API, against the table that serves it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "api/routes.hpp"
#include "tests/api/api_site.hpp"

namespace tally::openapi_test {
using namespace tally::api_tests;

namespace {

using Parameters = std::set<std::string>;             // "query limit", "path credential"
using Described = std::map<std::string, Parameters>;  // by "GET /v1/offers"

/// Of the document's indentation: two spaces a path, four a method, eight its parameters.
Described read_document() {
  std::ifstream in(std::string(TALLY_TESTS_DIR) + "/../docs/openapi.yaml");
  REQUIRE(in);
  const std::regex path_line(R"(^  (/[^:]*):$)");
  const std::regex method_line(R"(^    (get|post|put|patch|delete):$)");
  const std::regex reference(R"re(^        - \{ \$ref: "#/components/parameters/(\w+)" \}$)re");
  const std::regex whole(R"(^        - \{ name: ([\w-]+), in: (\w+).*$)");
  const std::regex name_line(R"(^        - name: ([\w-]+)$)");
  const std::regex in_line(R"(^          in: (\w+)$)");
  Described described;
  std::string path;
  std::string name;
  Parameters* parameters = nullptr;
  for (std::string line; std::getline(in, line) && line != "components:";) {
    std::smatch found;
    if (std::regex_match(line, found, path_line)) {
      path = found[1];
    } else if (std::regex_match(line, found, method_line)) {
      std::string method = found[1];
      std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return std::toupper(c); });
      parameters = &described[method + " " + path];
    } else if (std::regex_match(line, found, reference)) {
      parameters->insert("query " + found[1].str());
    } else if (std::regex_match(line, found, whole)) {
      parameters->insert(found[2].str() + " " + found[1].str());
    } else if (std::regex_match(line, found, name_line)) {
      name = found[1];
    } else if (std::regex_match(line, found, in_line)) {
      parameters->insert(found[1].str() + " " + name);
    }
  }
  for (auto& [operation, named] : described) named.erase("header Last-Event-ID");
  return described;
}

Described read_routes(const api::Routes& routes) {
  Described served;
  for (const api::Route& route : routes.all()) {
    Parameters& parameters = served[route.method + " " + route.path];
    for (const std::string& name : route.parameters) parameters.insert("query " + name);
    const std::regex braces(R"(\{(\w+)\})");
    const std::sregex_iterator end;
    for (std::sregex_iterator at(route.path.begin(), route.path.end(), braces); at != end; ++at) {
      parameters.insert("path " + (*at)[1].str());
    }
  }
  return served;
}

}  // namespace

TEST_CASE("each route and its parameters are described, and nothing else is", "[api]") {
  const Site site;
  const Described described = read_document();
  const Described served = read_routes(site.routes());
  REQUIRE(served.size() > 15);
  for (const auto& [operation, parameters] : served) {
    CAPTURE(operation);
    REQUIRE(described.contains(operation));
    CHECK(described.at(operation) == parameters);
  }
  for (const auto& [operation, parameters] : described) {
    CAPTURE(operation);
    CHECK(served.contains(operation));
  }
}

}  // namespace tally::openapi_test
