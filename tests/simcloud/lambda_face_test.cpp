// What Lambda's face does on the wire.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "tests/simcloud/cloud_site.hpp"

namespace tally::lambda_face_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

constexpr const char* type = "gpu_1x_h100_sxm5";
constexpr const char* region = "us-east-1";

class Lambda : public CloudSite {
 public:
  Lambda() : CloudSite("lambda") {
    stock(type, region);
    key_id = text(post("/ssh-keys", {{"name", "ref-1"}, {"public_key", "ssh-ed25519 AAAA me"}}).body.at("data"), "id");
  }

  static json::object request() {
    return {{"region_name", region},
            {"instance_type_name", type},
            {"ssh_key_names", json::array{"ref-1"}},
            {"name", "prod--2026-08-20-20-53-39Z-00"}};
  }
  WireAnswer launch(const json::object& body) { return post("/instance-operations/launch", body); }
  std::string launched() {
    const WireAnswer answer = launch(request());
    return std::string(answer.body.at("data").at("instance_ids").at(0).as_string());
  }
  json::value instance(const std::string& id) { return get("/instances/" + id).body.at("data"); }
  WireAnswer operate(const std::string& what, const std::string& id) {
    return post("/instance-operations/" + what, {{"instance_ids", json::array{id}}});
  }
  std::string key_id;
};

std::string code(const WireAnswer& answer) { return text(answer.body.at("error"), "code"); }

}  // namespace

TEST_CASE("a launched Lambda instance boots, runs, restarts and ends as it is told", "[simcloud]") {
  Lambda cloud;
  const std::string id = cloud.launched();
  CHECK(text(cloud.instance(id), "status") == "booting");
  CHECK(text(cloud.instance(id), "name") == "prod--2026-08-20-20-53-39Z-00");
  CHECK(cloud.instance(id).at("ssh_key_names").at(0).as_string() == "ref-1");
  CHECK(cloud.operate("restart", id).status == 409);
  cloud.step(3);
  CHECK(text(cloud.instance(id), "status") == "active");
  CHECK_FALSE(text(cloud.instance(id), "ip").empty());
  CHECK(cloud.operate("restart", id).body.at("data").at("restarted_instances").at(0).at("id").as_string() == id);
  cloud.step(200);
  CHECK(text(cloud.instance(id), "status") == "active");
  CHECK(cloud.operate("terminate", id).status == 200);
  CHECK(cloud.operate("terminate", id).status == 200);
  CHECK(text(cloud.instance(id), "status") == "terminating");
  cloud.step(4);
  CHECK(cloud.get("/instances/" + id).status == 404);
  CHECK(code(cloud.operate("terminate", id)) == "global/object-does-not-exist");
}

TEST_CASE("a launch that Lambda refuses says why in its words and launches nothing", "[simcloud]") {
  Lambda cloud;
  const auto with = [](const char* field, const json::value& value) {
    json::object body = Lambda::request();
    body[field] = value;
    return body;
  };
  const std::size_t before = cloud.truth().at("instances").as_array().size();
  const auto [body, status, expected] = GENERATE_COPY(table<json::object, int, std::string>({
      {with("region_name", "us-nowhere-1"), 400, "global/invalid-parameters"},
      {with("instance_type_name", "gpu_9x"), 400, "global/invalid-parameters"},
      {with("ssh_key_names", json::array{"other"}), 404, "global/object-does-not-exist"},
      {with("ssh_key_names", json::array{}), 400, "global/invalid-parameters"},
      {with("image", json::object{{"id", "none"}}), 400, "global/object-does-not-exist"},
      {with("file_system_names", json::array{"none"}), 404, "global/object-does-not-exist"},
      {with("firewall_rulesets", json::array{json::object{{"id", "none"}}}), 404, "global/object-does-not-exist"},
      {with("tags", json::array{json::object{{"key", "Team"}, {"value", "x"}}}), 400, "global/invalid-parameters"},
  }));
  const WireAnswer answer = cloud.launch(body);
  CAPTURE(json::serialize(body), json::serialize(answer.body));
  CHECK(answer.status == status);
  CHECK(code(answer) == expected);
  CHECK(cloud.truth().at("instances").as_array().size() == before);
}

TEST_CASE("a type that is sold out, and more than the quota, cannot be launched", "[simcloud]") {
  Lambda cloud;
  cloud.control("stock", {{"type", type}, {"region", region}, {"available", false}});
  CHECK(code(cloud.launch(Lambda::request())) == "instance-operations/launch/insufficient-capacity");
  cloud.stock(type, region);
  cloud.control("quota", {{"gpus", 0}});
  CHECK(code(cloud.launch(Lambda::request())) == "global/quota-exceeded");
}

TEST_CASE("keys, file systems and rulesets stay as long as an instance uses them", "[simcloud]") {
  Lambda cloud;
  const auto add = [&cloud](const char* path, const json::object& body) {
    return text(cloud.post(path, body).body.at("data"), "id");
  };
  const std::string disk = add("/filesystems", {{"name", "data"}, {"region", region}});
  const json::object rule{
      {"protocol", "tcp"}, {"port_range", json::array{22, 22}}, {"source_network", "0.0.0.0/0"}, {"description", ""}};
  const std::string rules =
      add("/firewall-rulesets", {{"name", "r"}, {"region", region}, {"rules", json::array{rule}}});
  json::object body = Lambda::request();
  body["file_system_names"] = json::array{"data"};
  body["firewall_rulesets"] = json::array{json::object{{"id", rules}}};
  const std::string id(cloud.launch(body).body.at("data").at("instance_ids").at(0).as_string());

  CHECK(cloud.get("/firewall-rulesets/" + rules).body.at("data").at("instance_ids").at(0).as_string() == id);
  CHECK(cloud.instance(id).at("firewall_rulesets").at(0).at("id").as_string() == rules);
  CHECK(code(cloud.ask("DELETE", "/ssh-keys/" + cloud.key_id)) == "ssh-keys/key-in-use");
  CHECK(code(cloud.ask("DELETE", "/filesystems/" + disk)) == "filesystems/filesystem-in-use");
  CHECK(code(cloud.ask("DELETE", "/firewall-rulesets/" + rules)) == "firewall-rulesets/firewall-ruleset-in-use");
  cloud.operate("terminate", id);
  for (const std::string& path : {"/ssh-keys/" + cloud.key_id, "/filesystems/" + disk, "/firewall-rulesets/" + rules}) {
    CHECK(cloud.ask("DELETE", path).status == 200);
    CHECK(cloud.ask("DELETE", path).status == 404);
  }
}

TEST_CASE("the rules of a Lambda ruleset are replaced, and the global ones as well", "[simcloud]") {
  Lambda cloud;
  const json::object icmp{{"protocol", "icmp"}, {"source_network", "0.0.0.0/0"}, {"description", "ping"}};
  const std::string id = text(
      cloud.post("/firewall-rulesets", {{"name", "r"}, {"region", region}, {"rules", json::array{}}}).body.at("data"),
      "id");
  const json::object change{{"rules", json::array{icmp}}};
  CHECK(cloud.ask("PATCH", "/firewall-rulesets/" + id, change).body.at("data").at("rules").at(0) == icmp);
  CHECK(cloud.ask("PATCH", "/firewall-rulesets/global", change).status == 200);
  CHECK(cloud.get("/firewall-rules").body.at("data").at(0) == icmp);
}

TEST_CASE("a key's name is taken once", "[simcloud]") {
  Lambda cloud;
  const WireAnswer answer = cloud.post("/ssh-keys", {{"name", "ref-1"}, {"public_key", "ssh-ed25519 BBBB"}});
  CHECK(answer.status == 400);
  CHECK(json::serialize(answer.body).find("name must be unique") != std::string::npos);
}

}  // namespace tally::lambda_face_test
