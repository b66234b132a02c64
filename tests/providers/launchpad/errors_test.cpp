// What each refusal of Launchpad's means to each call. The API describes no errors: the bodies follow Django REST
// framework, and are not confirmed.
#include <catch2/catch.hpp>

#include "tests/providers/launchpad/site.hpp"
#include "tests/providers/refusals.hpp"

namespace tally::launchpad_errors_test {
using namespace tally::fakes;

namespace {

const std::string id = "468ac2eb-763e-55fb-852c-66571fbc5e67";

std::vector<RefusalCase> cases() {
  constexpr auto nothing = Certainty::nothing_happened;
  constexpr auto unknown = Certainty::unknown;
  constexpr auto invalid = Errc::invalid_request;
  constexpr auto no_stock = Errc::insufficient_resources;
  constexpr auto absent = Errc::service_unavailable;
  constexpr auto gone = Errc::resource_not_found;
  constexpr auto limited = Errc::rate_limited;
  return {
      {"error_400_no_capacity.json", 400, no_stock, no_stock, no_stock, no_stock, no_stock, nothing},
      {"error_400_no_capacity.json", 503, no_stock, no_stock, no_stock, no_stock, no_stock, nothing},
      {"error_400_validation.json", 400, invalid, invalid, invalid, invalid, invalid, nothing},
      {"error_400_already_destroying.json", 400, Errc::conflict, Errc::conflict, Errc::conflict, std::nullopt,
       Errc::conflict, nothing},
      {"error_401.json", 401, Errc::auth, Errc::auth, Errc::auth, Errc::auth, Errc::auth, nothing},
      {"error_403.json", 403, Errc::forbidden, Errc::forbidden, Errc::forbidden, Errc::forbidden, Errc::forbidden,
       nothing},
      {"error_404_deployment.json", 404, gone, Errc::instance_not_found, gone, std::nullopt, Errc::instance_not_found,
       nothing},
      {"error_404_invalid_page.json", 404, absent, absent, absent, absent, absent, unknown},
      {"error_502.html", 404, absent, absent, absent, absent, absent, unknown},
      {"error_429.json", 429, limited, limited, limited, limited, limited, nothing},
      {"error_502.html", 502, absent, absent, absent, absent, absent, unknown},
      {"error_503_health.json", 503, absent, absent, absent, absent, absent, unknown},
  };
}

CreateRequest order() {
  CreateRequest order;
  order.ref_id = RefId("job-7");
  order.token = "token";
  order.type = "dmz.h100x1.pcie";
  order.location = "pdx";
  order.public_key = "ssh-ed25519 AAAA";
  return order;
}

}  // namespace

TEST_CASE("each refusal of Launchpad's means to each call what it should", "[providers]") {
  for (const RefusalCase& each : cases()) {
    INFO(each.file << " " << each.status);
    LaunchpadSite site({{"stop_start", true}});
    const InstanceRef machine(CloudId(id), "pdx");
    const RefusedCalls calls{order(), machine, "/" + id + "/" + launchpad_urls::expand, Scope(),
                             launchpad_urls::list + "1"};
    check_refusal(site, each, LaunchpadSite::file(each.file), calls);
  }
}

TEST_CASE("a field's errors at Launchpad are told with the field", "[providers]") {
  LaunchpadSite site;
  site.http.reply("POST " + launchpad_urls::deployments, 400, LaunchpadSite::file("error_400_validation.json"));
  const auto created = site.run(site->creates()->create(order()));
  REQUIRE_FALSE(created);
  CHECK(
      created.error().message ==
      "`requester_email`: Enter a valid email address.; `gpu_count`: Ensure this value is less than or equal to 512.");
}

TEST_CASE("a bad request at Launchpad is refused in its words, however deep they stand", "[providers]") {
  const auto [body, message] = GENERATE(table<std::string, std::string>({
      {R"({"ip_allowlist":{"0":["Enter a valid IPv4 address."]}})", "`ip_allowlist.0`: Enter a valid IPv4 address."},
      {R"({"nodes":[{},{"size":["Too large.","Odd."]}]})", "`nodes.size`: Too large.; `nodes.size`: Odd."},
      {R"([{},{"non_field_errors":["No."]}])", "No."},
      {R"({"tags":{"a":{"non_field_errors":["No."]}},"code":"invalid"})", "`tags.a`: No."},
      {R"({"error":"Workshop is closed."})", "Workshop is closed."},
      {R"({"detail":"Bad request.","x":{"y":["z"]}})", "Bad request."},
      {R"({"error":{"message":"Workshop is closed.","code":7}})", "`error.message`: Workshop is closed."},
  }));
  CAPTURE(body);
  LaunchpadSite site;
  site.http.reply("POST " + launchpad_urls::deployments, 400, body);
  const auto created = site.run(site->creates()->create(order()));
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::invalid_request);
  CHECK(created.error().certainty == Certainty::nothing_happened);
  CHECK(created.error().message == message);
}

TEST_CASE("what is no word of Launchpad's about the request refuses nothing", "[providers]") {
  const auto [status, body] = GENERATE(table<int, std::string>({
      {400, R"({"message":"no Route matched with those values"})"},
      {400, R"({"x":{},"y":[[],{}],"code":7})"},
      {400, "{}"},
      {404, R"({"error":"Deployment not found."})"},
      {409, R"({"x":{"y":["z"]}})"},
      {502, R"({"x":{"y":["z"]}})"},
  }));
  CAPTURE(status, body);
  LaunchpadSite site;
  site.http.reply("POST " + launchpad_urls::deployments, status, body);
  const auto created = site.run(site->creates()->create(order()));
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::service_unavailable);
  CHECK(created.error().certainty == Certainty::unknown);
}

TEST_CASE("of a bad request at Launchpad that goes on for ever the beginning is told", "[providers]") {
  LaunchpadSite site;
  const auto refused = [&site](const std::string& body) {
    site.http.reply("POST " + launchpad_urls::deployments, 400, body);
    const auto created = site.run(site->creates()->create(order()));
    REQUIRE_FALSE(created);
    return created.error();
  };
  std::string deep = R"(["lost"])";
  for (int i = 0; i < 20; ++i) deep = R"({"f":)" + deep + "}";
  CHECK(refused(R"({"a":["told"],"b":)" + deep + "}").message == "`a`: told");
  std::string many;
  for (int i = 0; i < 5000; ++i) many += (i == 0 ? "" : ",") + std::string(R"(["word"])");
  const Error error = refused(R"({"a":[)" + many + "]}");
  CHECK(error.kind == Errc::invalid_request);
  CHECK(error.message.starts_with("`a`: word; `a`: word"));
}

TEST_CASE("Launchpad's phrases say what they say wherever they stand", "[providers]") {
  const auto [body, kind, code] = GENERATE(table<std::string, Errc, std::string>({
      {R"({"error":"There is no available capacity in pdx"})", Errc::insufficient_resources, "no_capacity"},
      {R"({"errors":{"gpu":[{"message":"No available capacity"}]}})", Errc::insufficient_resources, "no_capacity"},
      {R"({"detail":"Bad request.","request_id":["Deployment with this request_id already exists."]})", Errc::conflict,
       "request_id_exists"},
      {R"({"detail":"Bad request.","code":"already exists"})", Errc::invalid_request, ""},
  }));
  INFO(body);
  LaunchpadSite site;
  site.http.reply("POST " + launchpad_urls::deployments, 400, body);
  site.http.reply(launchpad_urls::by_request_id("job-7"), 200, R"({"count":0,"next":null,"results":[]})");
  const auto created = site.run(site->creates()->create(order()));
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == kind);
  CHECK(created.error().code == code);
  site.http.reply("DELETE /" + id + "/", 400,
                  R"({"non_field_errors":["Deployment is already being destroyed"],"code":"invalid"})");
  CHECK(site.run(site->terminates()->terminate(InstanceRef(CloudId(id), ""))));
}

TEST_CASE("a 404 that speaks of no deployment is none of Launchpad's deaths", "[providers]") {
  const auto [body, kind] = GENERATE(table<std::string, Errc>({
      {"", Errc::service_unavailable},
      {"{}", Errc::service_unavailable},
      {R"({"message":"No Deployment matches the given query."})", Errc::service_unavailable},
      {R"({"detail":"Not found."})", Errc::resource_not_found},
      {"<html>No Deployment matches the given query.</html>", Errc::service_unavailable},
  }));
  LaunchpadSite site;
  site.http.reply("/" + id + "/", 404, body);
  site.http.reply("/" + id + "/" + launchpad_urls::expand, 404, body);
  const InstanceRef machine(CloudId(id), "");
  const auto read = site.run(site->instance(machine));
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == kind);
  const auto ended = site.run(site->terminates()->terminate(machine));
  REQUIRE_FALSE(ended);
  CHECK(ended.error().kind == kind);
}

TEST_CASE("no call about a Launchpad machine is made without its ID", "[providers]") {
  LaunchpadSite site({{"stop_start", true}});
  const InstanceRef nobody;
  const auto check = [](const auto& outcome) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == Errc::invalid_request);
    CHECK(outcome.error().certainty == Certainty::nothing_happened);
  };
  check(site.run(site->instance(nobody)));
  check(site.run(site->terminates()->terminate(nobody)));
  check(site.run(site->stops_starts()->stop(nobody)));
  CHECK(site.http.sent.empty());
}

}  // namespace tally::launchpad_errors_test
