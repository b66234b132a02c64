// What the face of the imaginary provider does on the wire (its documentation is in simcloud/faces/template.cpp).
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "tests/simcloud/cloud_site.hpp"

namespace tally::template_face_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

const std::string instances = "/regions/us-east-1/instances";

class Template : public CloudSite {
 public:
  Template() : CloudSite("template") {
    stock("gpu_1x_a10", "us-east-1");
    stock("gpu_1x_l40s", "us-east-1");
  }
  static json::object request() {
    const json::object rule{{"direction", "ingress"}, {"from_port", 80}, {"to_port", 81}, {"range", "10.0.0.0/8"}};
    return {{"type", "gpu_1x_a10"},
            {"name", "train"},
            {"public_key", "ssh-ed25519 AAAA"},
            {"tags", json::object{{"team", "ml"}}},
            {"firewall_rules", json::array{rule}}};
  }
  WireAnswer create(const std::string& token, const json::object& body = request()) {
    return ask("POST", instances, body, "Idempotency-Key: " + token + "\r\n");
  }
  WireAnswer act(const std::string& id, const std::string& what, const json::object& body = {}) {
    return post(instances + "/" + id + "/" + what, body);
  }
  std::string status(const std::string& id) { return text(get(instances + "/" + id).body, "status"); }
};

std::string code(const WireAnswer& answer) { return text(answer.body.at("error"), "code"); }

}  // namespace

TEST_CASE("one token makes one instance, whatever is asked again", "[simcloud]") {
  Template cloud;
  const WireAnswer first = cloud.create("t-1");
  CHECK(first.status == 201);
  const WireAnswer again = cloud.create("t-1");
  CHECK(again.status == 200);
  CHECK(text(again.body, "id") == text(first.body, "id"));
  CHECK(cloud.create("t-2").status == 201);
  json::object other = Template::request();
  other["name"] = "other";
  CHECK(code(cloud.create("t-1", other)) == "token_reused");
  cloud.ask("DELETE", instances + "/" + text(first.body, "id"));
  cloud.step(4);
  CHECK(code(cloud.create("t-1")) == "token_reused");
}

TEST_CASE("an instance of the imaginary provider goes through every state", "[simcloud]") {
  Template cloud;
  const std::string id = text(cloud.create("t").body, "id");
  CHECK(cloud.status(id) == "pending");
  CHECK(code(cloud.act(id, "stop")) == "wrong_state");
  cloud.step(3);
  CHECK(cloud.status(id) == "running");
  const std::string address = text(cloud.get(instances + "/" + id).body, "public_ip");
  CHECK(code(cloud.act(id, "change-type", {{"type", "gpu_1x_l40s"}})) == "wrong_state");
  CHECK(cloud.act(id, "reboot").status == 202);
  CHECK(cloud.act(id, "stop").status == 202);
  CHECK(cloud.status(id) == "stopping");
  cloud.step(2);
  CHECK(cloud.status(id) == "stopped");
  CHECK(text(cloud.act(id, "change-type", {{"type", "gpu_1x_l40s"}}).body, "type") == "gpu_1x_l40s");
  CHECK(cloud.act(id, "start").status == 202);
  cloud.step(3);
  CHECK(cloud.status(id) == "running");
  CHECK(text(cloud.get(instances + "/" + id).body, "public_ip") == address);
  CHECK(cloud.ask("DELETE", instances + "/" + id).status == 202);
  CHECK(cloud.status(id) == "terminating");
  CHECK(code(cloud.act(id, "start")) == "instance_not_found");
  cloud.step(2);
  CHECK(cloud.status(id) == "terminated");
  cloud.step(2);
  CHECK(code(cloud.get(instances + "/" + id)) == "instance_not_found");
}

TEST_CASE("an instance is found in its own region only", "[simcloud]") {
  Template cloud;
  const std::string id = text(cloud.create("t").body, "id");
  CHECK(code(cloud.get("/regions/us-west-1/instances/" + id)) == "instance_not_found");
  CHECK(code(cloud.get("/regions/nowhere/instances")) == "region_not_found");
  CHECK(code(cloud.get("/regions/nowhere/instances/" + id)) == "region_not_found");
  CHECK(code(cloud.ask("DELETE", "/regions/nowhere/instances/" + id)) == "region_not_found");
}

TEST_CASE("a disk grows, tags are replaced, and rules come and go", "[simcloud]") {
  Template cloud;
  const std::string id = text(cloud.create("t").body, "id");
  const std::string path = instances + "/" + id;
  CHECK(cloud.act(id, "resize", {{"disk_gib", 4'000}}).body.at("disk_gib").as_int64() == 4'000);
  CHECK(code(cloud.act(id, "resize", {{"disk_gib", 10}})) == "invalid_request");
  const WireAnswer tagged = cloud.ask("PUT", path + "/tags", {{"tags", json::object{{"team", "ml"}}}});
  CHECK(json::serialize(tagged.body.at("tags")) == R"({"team":"ml"})");
  CHECK(code(cloud.ask("PUT", path + "/tags", {{"tags", json::object{{"team", 1}}}})) == "invalid_request");

  const json::object rule{{"direction", "egress"}, {"from_port", 443}, {"to_port", 443}, {"range", "0.0.0.0/0"}};
  const WireAnswer added = cloud.act(id, "firewall-rules", rule);
  CHECK(added.status == 201);
  CHECK(code(cloud.act(id, "firewall-rules", rule)) == "duplicate_rule");
  CHECK(cloud.get(path + "/firewall-rules").body.at("firewall_rules").as_array().size() == 2);
  const std::string one = path + "/firewall-rules/" + text(added.body, "id");
  CHECK(cloud.ask("DELETE", one).status == 204);
  CHECK(code(cloud.ask("DELETE", one)) == "rule_not_found");
}

TEST_CASE("pages by cursor hold every row once", "[simcloud]") {
  Template cloud;
  const std::string limit = GENERATE("1", "7", "200");
  std::set<std::string> names;
  std::size_t rows = 0;
  std::string cursor;
  do {
    const WireAnswer page = cloud.get("/regions/us-east-1/types?limit=" + limit + cursor);
    REQUIRE(page.status == 200);
    for (const json::value& type : page.body.at("types").as_array()) names.insert(text(type, "name"));
    rows += page.body.at("types").as_array().size();
    cursor = page.body.at("next").is_null() ? "" : "&cursor=" + text(page.body, "next");
  } while (!cursor.empty());
  CHECK(names.size() == rows);
  CHECK(rows == 24);
  CHECK(code(cloud.get("/regions?cursor=zz")) == "invalid_request");
  CHECK(code(cloud.get("/regions?limit=0")) == "invalid_request");
}

TEST_CASE("the imaginary provider says its quotas, images and regions", "[simcloud]") {
  Template cloud;
  const json::value quota = cloud.get("/quotas").body.at("quotas").at(0);
  cloud.create("t");
  CHECK(cloud.get("/quotas").body.at("quotas").at(0).at("current").as_int64() == quota.at("current").as_int64() + 1);
  CHECK(cloud.get("/images").body.at("images").as_array().size() == 4);
  const json::value regions = cloud.get("/regions").body;
  for (const json::value& region : regions.at("regions").as_array()) {
    if (text(region, "name") == "europe-central-1") CHECK(text(region, "country") == "DE");
  }
}

TEST_CASE("what the imaginary provider does not know it refuses in its own envelope", "[simcloud]") {
  Template cloud;
  CHECK(code(cloud.get("/nothing")) == "path_not_found");
  CHECK(code(cloud.post("/regions")) == "method_not_allowed");
  json::object body = Template::request();
  body["image"] = "none";
  CHECK(code(cloud.create("t", body)) == "image_not_found");
  const WireAnswer nameless = cloud.create("t", {{"type", "gpu_1x_a10"}});
  CHECK(text(nameless.body.at("error"), "field") == "name");
}

}  // namespace tally::template_face_test
