// What goes on for longer than one answer takes.
#include <catch2/catch.hpp>
#include <thread>

#include "cli/client/control_client.hpp"
#include "tests/api/api_site.hpp"

namespace tally::operations_test {
using namespace tally::api_tests;

namespace {

const std::string at_once = R"({"wait_s": 0})";

struct Subject {
  std::string path;
  std::string meanwhile;
};

Subject any_subject() {
  return GENERATE(values<Subject>(
      {{"/v1/credentials/cred/check", "checking"}, {"/v1/instances/cred/i%2F1%20%C3%A9/probe", "probing"}}));
}

}  // namespace

TEST_CASE("a check or a probe that takes long can be followed to its end", "[api]") {
  Site site;
  const Subject subject = any_subject();
  site.control().is_held_ = true;
  const HttpAnswer late = get(site, subject.path, "POST", at_once);
  CHECK(late.status == 202);
  CHECK(late.body.at("status").as_string() == subject.meanwhile);
  const std::string location = late.header("Location");
  const HttpAnswer meanwhile = get(site, location);
  REQUIRE(meanwhile.status == 200);
  CHECK(meanwhile.body.at("operation").at("state").as_string() == "started");
  CHECK(meanwhile.body.at("operation") == late.body.at("operation"));
  CHECK(meanwhile.body.at("result").is_null());

  site.release();
  const HttpAnswer over = get(site, location + "?wait_s=8");
  CHECK(over.body.at("operation").at("state").as_string() == "succeeded");
  CHECK(over.body.at("operation").at("finished_at_ms").is_int64());
  CHECK(over.body.at("result").at("credential").as_string() == "cred");
  const bool is_probe = subject.meanwhile == "probing";
  CHECK(over.body.at("instance").is_null() != is_probe);
  if (is_probe) CHECK(over.body.at("instance").at("cloud_id").as_string() == "i/1 é");
}

TEST_CASE("the same that goes on is joined, not begun again", "[api]") {
  Site site;
  const Subject subject = any_subject();
  site.control().is_held_ = true;
  const HttpAnswer first = get(site, subject.path, "POST", at_once);
  const HttpAnswer second = get(site, subject.path, "POST", at_once);
  CHECK(first.header("Location") == second.header("Location"));
  CHECK(site.control().begun_ == 1);
  site.release();
  get(site, first.header("Location") + "?wait_s=8");
  CHECK(get(site, subject.path, "POST").status == 200);
  CHECK(site.control().begun_ == 2);
}

TEST_CASE("an operation that fails says so to who follows it", "[api]") {
  Site site;
  site.control().is_held_ = true;
  Error refusal;
  refusal.kind = Errc::conflict;
  refusal.message = "it does not run";
  refusal.advice = "start it first";
  site.control().refusal_ = refusal;
  const std::string location = get(site, any_subject().path, "POST", at_once).header("Location");
  site.release();
  const HttpAnswer over = get(site, location + "?wait_s=8");
  CHECK(over.body.at("operation").at("state").as_string() == "failed");
  CHECK(over.body.at("operation").at("error_kind").as_string() == "conflict");
  CHECK(over.body.at("operation").at("error").as_string() == "it does not run; start it first");
  CHECK(over.body.at("result").is_null());
}

TEST_CASE("the event stream tells of operations that somebody follows, of others not", "[api]") {
  Site site;
  CHECK(get(site, "/v1/instances/cred/i-1/probe", "POST").status == 200);
  site.control().is_held_ = true;
  const HttpAnswer late = get(site, "/v1/instances/cred/i-1/probe", "POST", at_once);
  const std::string id(late.body.at("operation").at("id").as_string());
  site.release();
  Client stream(site.socket());
  stream.send("GET /v1/events?after=30&subject_id=" + id + " HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string told = stream.read_until("operation_finished");
  CHECK(told.find("event: operation_started") < told.find("event: operation_finished"));
  CHECK(told.find("id: 31\nevent: operation_started") != std::string::npos);
  CHECK(stream.read_until("\"new\":\"succeeded\"").find("probe of i-1") != std::string::npos);
}

TEST_CASE("what is refused at once is answered, however little the client waits", "[api]") {
  const Site site;
  CHECK(get(site, "/v1/credentials/other/check", "POST", at_once).status == 404);
}

TEST_CASE("an operation that nobody knows is not found", "[api]") {
  const Site site;
  CHECK(get(site, "/v1/operations/none").status == 404);
  CHECK(get(site, "/v1/operations/none?wait_s=9").status == 400);
  CHECK(get(site, "/v1/operations/none?wait_s=").body.at("parameter").as_string() == "wait_s");
}

TEST_CASE("a field of a body that is wrong is named", "[api]") {
  const Site site;
  const auto [body, word] = GENERATE(table<std::string, std::string>({{R"({"wait_s": "8"})", "wait_s"},
                                                                      {R"({"wait_s": 9})", "wait_s"},
                                                                      {R"({"wait_s": -1})", "wait_s"},
                                                                      {R"({"wait": 1})", "\"wait\""},
                                                                      {R"([1])", "JSON object"},
                                                                      {R"({"wait_s":)", "JSON object"}}));
  const HttpAnswer answer = get(site, any_subject().path, "POST", body);
  CAPTURE(body, json::serialize(answer.body));
  CHECK(answer.status == 400);
  CHECK(std::string(answer.body.at("detail").as_string()).find(word) != std::string::npos);
}

TEST_CASE("a body may leave out what it says, or say null", "[api]") {
  const Site site;
  CHECK(get(site, any_subject().path, "POST", GENERATE("", "{}", R"({"wait_s": null})")).status == 200);
}

TEST_CASE("tallyctl follows what goes on to its result, or its error", "[api]") {
  Site site;
  const bool is_refused = GENERATE(false, true);
  Error refusal;
  refusal.kind = Errc::conflict;
  refusal.message = "it does not run";
  if (is_refused) site.control().refusal_ = refusal;
  site.control().is_held_ = true;
  const std::string path = "/v1/instances/cred/i-1/probe";
  const std::string location = get(site, path, "POST", at_once).header("Location");
  std::thread later([&site, &location] {
    get(site, location);
    site.release();
  });
  const cli::ControlReply reply = cli::follow(site.socket(), location);
  later.join();
  CHECK(reply.is_ok() != is_refused);
  if (is_refused) {
    CHECK(reply.detail() == "it does not run");
  } else {
    CHECK(reply.body.at("cloud_id").as_string() == "i-1");
  }
}

}  // namespace tally::operations_test
