// Faults of calls that change something: whether the thing was done, and which call they hit.
#include "simcloud/faults.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "simcloud/simcloud.hpp"
#include "tests/simcloud/cloud_site.hpp"

namespace tally::faults_test {
using namespace tally::fakes;
using namespace tally::simcloud;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

const std::string instances = "/regions/us-east-1/instances";

class Template : public CloudSite {
 public:
  Template() : CloudSite("template") { stock("gpu_1x_a10", "us-east-1"); }
  WireAnswer create() {
    return post(instances, {{"type", "gpu_1x_a10"}, {"name", "n"}, {"public_key", "ssh-ed25519 AAAA"}});
  }
  std::size_t ordered() {
    std::size_t count = 0;
    const json::value state = truth();
    for (const json::value& row : state.at("instances").as_array()) {
      if (row.at("is_ordered").as_bool()) ++count;
    }
    return count;
  }
};

}  // namespace

TEST_CASE("an answer is lost after the thing was done, or before", "[simcloud]") {
  Template cloud;
  const bool is_done = GENERATE(true, false);
  cloud.control("fault", {{"kind", "reset"}, {"operation", "launch"}, {"done", is_done}});
  CHECK(cloud.create().status == 0);
  CHECK(cloud.ordered() == (is_done ? 1 : 0));
}

TEST_CASE("an error is answered although the thing was done, or because it was not", "[simcloud]") {
  Template cloud;
  const bool is_done = GENERATE(true, false);
  cloud.control("fault", {{"kind", "status"}, {"status", 502}, {"operation", "launch"}, {"done", is_done}});
  CHECK(cloud.create().status == 502);
  CHECK(cloud.ordered() == (is_done ? 1 : 0));
}

TEST_CASE("the n-th call of an operation fails, and no call of another", "[simcloud]") {
  Template cloud;
  cloud.control("fault", {{"kind", "status"}, {"operation", "launch"}, {"skip", 1}});
  CHECK(cloud.create().status == 201);
  CHECK(cloud.get(instances).status == 200);
  CHECK(cloud.create().status == 503);
  CHECK(cloud.create().status == 201);
}

TEST_CASE("a fault makes what is in stock sold out, and what is allowed too much", "[simcloud]") {
  Template cloud;
  const auto [kind, status, code] = GENERATE(table<std::string, int, std::string>(
      {{"out_of_stock", 503, "out_of_stock"}, {"out_of_quota", 403, "quota_exceeded"}}));
  cloud.control("fault", {{"kind", kind}, {"operation", "launch"}});
  const WireAnswer answer = cloud.create();
  CHECK(answer.status == status);
  CHECK(text(answer.body.at("error"), "code") == code);
  CHECK(cloud.create().status == 201);
}

TEST_CASE("a list that lags behind lacks what was ordered", "[simcloud]") {
  const std::string provider = GENERATE("template", "lambda", "shadeform");
  const bool is_lambda = provider == "lambda";
  CloudSite cloud(provider);
  cloud.stock("gpu_1x_h100_sxm5", "us-east-1");
  const std::string path = provider == "template" ? instances : "/instances";
  std::string id;
  if (provider == "template") {
    id = text(cloud.post(path, {{"type", "gpu_1x_h100_sxm5"}, {"name", "n"}, {"public_key", "k"}}).body, "id");
  } else if (is_lambda) {
    cloud.post("/ssh-keys", {{"name", "k"}, {"public_key", "ssh-ed25519 AAAA"}});
    const json::object request{
        {"region_name", "us-east-1"}, {"instance_type_name", "gpu_1x_h100_sxm5"}, {"ssh_key_names", json::array{"k"}}};
    const json::value answer = cloud.post("/instance-operations/launch", request).body;
    id = std::string(answer.at("data").at("instance_ids").at(0).as_string());
  } else {
    const json::object request{{"cloud", "massedcompute"},
                               {"region", "us-east-1"},
                               {"shade_instance_type", "H100_sxm5"},
                               {"shade_cloud", true},
                               {"name", "n"}};
    id = text(cloud.post("/instances/create", request).body, "id");
  }
  REQUIRE_FALSE(id.empty());
  const auto is_in_list = [&] { return json::serialize(cloud.get(path).body).find(id) != std::string::npos; };
  CHECK(is_in_list());
  cloud.control("fault", {{"kind", "lagging_list"}});
  CHECK_FALSE(is_in_list());
  CHECK(is_in_list());
}

TEST_CASE("a fault of an operation leaves the others of its path alone", "[simcloud]") {
  Faults faults;
  Fault fault;
  fault.operation = "launch";
  fault.path = "/instances";
  faults.add(fault);
  CHECK(faults.take("/v1/instances", "list-instances").empty());
  CHECK(faults.take("/v1/machines", "launch").empty());
  CHECK(faults.take("/v1/instances", "launch").size() == 1);
}

TEST_CASE("a launch is accepted and fails later for want of resources", "[simcloud]") {
  Template cloud;
  cloud.control("fault", {{"kind", "fails_later"}});
  const std::string id = text(cloud.create().body, "id");
  CHECK(text(cloud.get(instances + "/" + id).body, "status") == "pending");
  cloud.step();
  const json::value row = cloud.get(instances + "/" + id).body;
  CHECK(text(row, "status") == "failed");
  CHECK(text(row, "status_message") == "out_of_stock");
}

TEST_CASE("a machine that is unseen is there all the same, and comes to be seen", "[simcloud]") {
  Template cloud;
  cloud.control("fault", {{"kind", "unseen"}, {"steps", 2}});
  const std::string id = text(cloud.create().body, "id");
  REQUIRE_FALSE(id.empty());
  const auto is_listed = [&] { return json::serialize(cloud.get(instances).body).find(id) != std::string::npos; };
  CHECK_FALSE(is_listed());
  CHECK(cloud.get(instances + "/" + id).status == 404);
  CHECK(cloud.ask("DELETE", instances + "/" + id).status == 404);
  CHECK(cloud.ordered() == 1);
  cloud.step(2);
  CHECK(is_listed());
  CHECK(cloud.ask("DELETE", instances + "/" + id).status == 202);
}

TEST_CASE("a launch that makes two machines tells both where the vendor's answer has room for them", "[simcloud]") {
  Template one;
  one.control("fault", {{"kind", "two_ids"}});
  CHECK(one.create().status == 201);
  CHECK(one.ordered() == 2);
  CloudSite lambda("lambda");
  lambda.stock("gpu_1x_a10", "us-east-1");
  lambda.post("/ssh-keys", {{"name", "k"}, {"public_key", "ssh-ed25519 AAAA"}});
  lambda.control("fault", {{"kind", "two_ids"}});
  const json::object request{
      {"region_name", "us-east-1"}, {"instance_type_name", "gpu_1x_a10"}, {"ssh_key_names", json::array{"k"}}};
  const WireAnswer answer = lambda.post("/instance-operations/launch", request);
  CHECK(answer.body.at("data").at("instance_ids").as_array().size() == 2);
}

TEST_CASE("a key name is taken by somebody who came first", "[simcloud]") {
  const auto [provider, path, list] = GENERATE(table<std::string, std::string, std::string>(
      {{"lambda", "/ssh-keys", "/ssh-keys"}, {"shadeform", "/sshkeys/add", "/sshkeys"}}));
  CloudSite cloud(provider);
  cloud.control("fault", {{"kind", "key_name_taken"}, {"operation", "add-key"}});
  const WireAnswer answer = cloud.post(path, {{"name", "k"}, {"public_key", "ssh-ed25519 AAAA me"}});
  CHECK(answer.status >= 400);
  CHECK(json::serialize(answer.body).find("must be unique") != std::string::npos);
  CHECK(json::serialize(cloud.get(list).body).find("somebody") != std::string::npos);
}

TEST_CASE("a terminate is accepted, and the machine takes long to end", "[simcloud]") {
  Template cloud;
  const std::string id = text(cloud.create().body, "id");
  cloud.control("fault", {{"kind", "slow_terminate"}, {"steps", 10}});
  CHECK(cloud.ask("DELETE", instances + "/" + id).status == 202);
  cloud.step(11);
  CHECK(text(cloud.get(instances + "/" + id).body, "status") == "terminating");
  cloud.step();
  CHECK(text(cloud.get(instances + "/" + id).body, "status") == "terminated");
}

TEST_CASE("who is turned away is told so in the vendor's words, and when to come again", "[simcloud]") {
  Template cloud;
  cloud.control("fault", {{"kind", "unauthorized"}});
  const WireAnswer refused = cloud.get(instances);
  CHECK(refused.status == 401);
  CHECK(text(refused.body.at("error"), "code") == "unauthorized");
  cloud.control("fault", {{"kind", "rate_limit"}, {"retry_after", "7"}});
  CHECK(cloud.get(instances).status == 429);
  CHECK(cloud.get(instances).status == 200);
}

TEST_CASE("faults can be in force from the start on", "[simcloud]") {
  Options options;
  options.provider = "template";
  options.faults = {read_fault(R"({"kind":"status","operation":"list-instances","status":500})")};
  CloudSite cloud(options);
  CHECK(cloud.get(instances).status == 500);
  CHECK(cloud.get(instances).status == 200);
}

TEST_CASE("what is no fault is refused with the reason", "[simcloud]") {
  const auto [given, why] =
      GENERATE(table<std::string, std::string>({{R"({"kind":"flood"})", "unknown kind of fault: flood"},
                                                {R"({"kind":"reset","dnoe":true})", "a fault has no \"dnoe\""},
                                                {R"({"kind":7})", ""},
                                                {R"([])", ""},
                                                {R"({)", ""}}));
  if (why.empty()) {
    CHECK_THROWS_AS(read_fault(given), std::invalid_argument);
  } else {
    CHECK_THROWS_WITH(read_fault(given), why);
  }
}

TEST_CASE("a cloud that is gone while a request is under way touches nothing of it later", "[simcloud]") {
  asio::io_context loop;
  asio::ip::tcp::socket client(loop);
  {
    SimCloud cloud(loop, {});
    const std::string port = cloud.endpoint().substr(std::string("http://127.0.0.1:").size());
    client.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(port))});
    loop.run_one();  // it is accepted
    loop.poll();
    asio::write(client, asio::buffer(std::string("GET /control/truth HTTP/1.1\r\n\r\n")));
  }
  loop.run();
  boost::system::error_code failure;
  std::string answer(1, ' ');
  asio::read(client, asio::buffer(answer), failure);
  CHECK(failure);
}

}  // namespace tally::faults_test
