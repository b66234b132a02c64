// What is done to machines at FluidStack.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "providers/fluidstack/order.hpp"
#include "providers/guest/firewall_script.hpp"
#include "providers/guest/key_script.hpp"
#include "runtime/base64.hpp"
#include "tests/providers/fluidstack/site.hpp"

namespace tally::fluidstack_lifecycle_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

const std::string machines_url = fluidstack_east + "/instances";
const std::string made_id = "2fae53c3-c06e-542b-bac6-c4f673c306a4";

CreateRequest request() {
  CreateRequest asked;
  asked.ref_id = RefId("ref-1");
  asked.token = "token";
  asked.name = "box";
  asked.type = "h100-hgx-80gb.1x";
  asked.location = "us-east-1";
  asked.public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@here";
  asked.tags = {{"team", "research"}, {"empty", ""}};
  return asked;
}

/// A region that has no machine, and makes one of what is ordered.
struct Scene {
  Scene() {
    site.http.reply(machines_url, 200, "[]");
    site.http.on_change = [this](const FakeHttp::Sent& call) {
      if (call.url == machines_url) make(call.body);
    };
  }

  void make(const std::string& order) {
    json::object machine = json::parse(order).as_object();
    machine["id"] = made_id;
    machine["state"] = state;
    machine["ip"] = nullptr;
    machine["image"] = "ubuntu22.04";
    made = json::serialize(machine);
    site.http.reply("POST " + machines_url, 201, made);
    site.http.reply(machines_url, 200, "[" + made + "]");
    site.http.reply(machines_url + "/" + made_id, 200, made);
  }

  Result<Created> create(CreateRequest asked = request()) {
    return site.run(site->creates()->create(std::move(asked)));
  }
  /// How many orders were sent.
  std::size_t orders() {
    return static_cast<std::size_t>(std::count_if(site.http.sent.begin(), site.http.sent.end(), [](const auto& call) {
      return call.url == machines_url && call.method != "GET";
    }));
  }

  FluidstackSite site;
  std::string state = "creating";
  std::string made;
};

}  // namespace

TEST_CASE("a machine made at FluidStack is read back as it was asked for", "[providers]") {
  Scene scene;
  const auto created = scene.create();
  REQUIRE(created);
  CHECK(created->made.empty());
  CHECK(created->instance.status == LifecycleStatus::pending);
  const auto listed = scene.site.instances("us-east-1");
  REQUIRE(listed);
  REQUIRE(listed->rows.size() == 1);
  const auto one = scene.site.run(scene.site->instance(InstanceRef(CloudId(made_id), "us-east-1")));
  REQUIRE(one);
  CHECK(*one == *listed->rows[0]);
  CHECK(created->instance == *one);
  CHECK(one->ref_id == RefId("ref-1"));
  CHECK(one->cloud_cred_ref_id == CredentialRef("cred-fs-01"));
  CHECK(one->name == "box");
  CHECK(one->type == "h100-hgx-80gb.1x");
  CHECK(one->location == "us-east-1");
  CHECK(one->instance_type_id == InstanceTypeId("us-east-1-noSub-h100-hgx-80gb.1x"));
  CHECK(one->tags == request().tags);
}

TEST_CASE("an order at FluidStack is what was asked for", "[providers]") {
  CreateRequest asked = request();
  asked.is_spot = true;
  asked.image_id = "debian12";
  const auto order = fluidstack::order_of(asked, CredentialRef("prod"), "ubuntu");
  REQUIRE(order);
  const std::string script = *key_script(asked.public_key, "ubuntu") + *firewall_script({}, {22});
  CHECK(json::parse(*order) ==
        json::parse(R"({"name":"box","type":"h100-hgx-80gb.1x","image":"image://debian12","preemptible":true,
          "ephemeral":false,"filesystems":[],"userData":")" +
                    to_base64(script) +
                    R"(","tags":{"refID":"ref-1","cloudCredRefID":"prod","team":"research","empty":""}})"));
  asked = request();
  asked.name = "";
  const json::value plain = json::parse(*fluidstack::order_of(asked, CredentialRef("prod"), "ubuntu"));
  CHECK(plain.at("name") == "ref-1");
  CHECK(plain.at("image") == "image://ubuntu22.04");
  CHECK(plain.at("preemptible") == false);
  asked.image_id = "https://images.example/a";
  CHECK(json::parse(*fluidstack::order_of(asked, CredentialRef("prod"), "ubuntu")).at("image").as_string() ==
        json::string_view(asked.image_id));
}

TEST_CASE("key and firewall are set at a FluidStack machine's first start, before what its user has it run",
          "[providers]") {
  CreateRequest asked = request();
  asked.user_data_base64 = to_base64("#cloud-config\npackages: [jq]\n");
  asked.firewall.ingress = {{"", 443, 443, {"10.0.0.0/8"}}};
  const auto order = fluidstack::order_of(asked, CredentialRef("prod"), "ops");
  REQUIRE(order);
  const auto data = from_base64(json::parse(*order).at("userData").as_string());
  REQUIRE(data);
  CHECK(data->starts_with("Content-Type: multipart/mixed;"));
  CHECK_THAT(*data, Catch::Contains("user='ops'\nkey='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ'\n"));
  CHECK_THAT(*data, Catch::Contains("ufw allow in from 10.0.0.0/8 to any port 443"));
  CHECK_THAT(*data, Catch::Contains("Content-Type: text/cloud-config"));
}

TEST_CASE("nothing of a key or a user's name is a shell's to read", "[providers]") {
  for (const char* key : {"", "ssh-ed25519", "ssh-ed25519 AA'; reboot; '", "ssh-ed25519 $(id)", "a`b AAAA",
                          "ssh-ed25519 AAAA\nssh-rsa BBBB'"}) {
    INFO(key);
    const auto script = key_script(key, "ubuntu");
    if (script) CHECK(script->find('`') == std::string::npos);
    if (script) CHECK_THAT(*script, Catch::Contains("key='ssh-ed25519 AAAA'\n"));
  }
  CHECK_FALSE(key_script("ssh-ed25519 AAAA", "a'b"));
  CHECK_FALSE(key_script("ssh-ed25519 AAAA", "-x"));
  CHECK_FALSE(key_script("ssh-ed25519 AAAA", ""));
}

TEST_CASE("what FluidStack cannot do is refused by its parameter, before any call", "[providers]") {
  using Change = void (*)(CreateRequest&);
  const auto [change, kind, parameter] = GENERATE(table<Change, Errc, std::string>({
      {[](CreateRequest& r) { r.ref_id = RefId(); }, Errc::invalid_request, "ref_id"},
      {[](CreateRequest& r) { r.type = ""; }, Errc::invalid_request, "type"},
      {[](CreateRequest& r) { r.location = ""; }, Errc::invalid_request, "location"},
      {[](CreateRequest& r) { r.public_key = "x"; }, Errc::invalid_request, "public_key"},
      {[](CreateRequest& r) { r.tags["refID"] = "x"; }, Errc::invalid_request, "tags.refID"},
      {[](CreateRequest& r) { r.tags["cloudCredRefID"] = "x"; }, Errc::invalid_request, "tags.cloudCredRefID"},
      {[](CreateRequest& r) { r.tags["a b"] = "x"; }, Errc::invalid_request, "tags.a b"},
      {[](CreateRequest& r) { r.tags["-a"] = "x"; }, Errc::invalid_request, "tags.-a"},
      {[](CreateRequest& r) { r.tags[std::string(64, 'k')] = "x"; }, Errc::invalid_request,
       "tags." + std::string(64, 'k')},
      {[](CreateRequest& r) { r.user_data_base64 = "?"; }, Errc::invalid_request, "user_data_base64"},
      {[](CreateRequest& r) { r.user_data_base64 = to_base64("hello"); }, Errc::invalid_request, "user_data_base64"},
      {[](CreateRequest& r) { r.firewall.ingress = {{"", 0, 1, {}}}; }, Errc::invalid_request,
       "firewall_rules.ingress[0].from_port"},
      {[](CreateRequest& r) { r.key_pair_name = "k"; }, Errc::not_implemented, "key_pair_name"},
      {[](CreateRequest& r) { r.disk_size = Bytes(1); }, Errc::not_implemented, "disk_size_bytes"},
      {[](CreateRequest& r) { r.sub_location = "a"; }, Errc::not_implemented, "sub_location"},
      {[](CreateRequest& r) { r.environment["A"] = "x"; }, Errc::not_implemented, "environment"},
      {[](CreateRequest& r) { r.retire_in = std::chrono::hours(1); }, Errc::not_implemented, "retire_in_s"},
  }));
  Scene scene;
  CreateRequest asked = request();
  change(asked);
  const auto made = scene.create(asked);
  REQUIRE_FALSE(made);
  CAPTURE(to_text(made.error()));
  CHECK(made.error().kind == kind);
  CHECK(made.error().message.starts_with("`" + parameter + "` "));
  CHECK(made.error().certainty == Certainty::nothing_happened);
  CHECK(made.error().operation == "create instance");
  CHECK(made.error().provider == "fluidstack");
  CHECK(scene.site.http.sent.empty());
}

TEST_CASE("a machine that FluidStack makes without stock is ended, and there was none", "[providers]") {
  Scene scene;
  scene.state = "out-of-stock";
  scene.site.http.reply("DELETE /instances/" + made_id, 204, "");
  const auto created = scene.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::insufficient_resources);
  CHECK(created.error().certainty == Certainty::nothing_happened);
  CHECK(scene.site.http.sent.back().url == machines_url + "/" + made_id);
  CHECK(scene.site.http.sent.back().method != "GET");
}

TEST_CASE("a machine without stock that cannot be ended is not denied", "[providers]") {
  Scene scene;
  scene.state = "out-of-stock";
  scene.site.http.reply("DELETE /instances/" + made_id, 500, R"({"message":"internal server error"})");
  const auto created = scene.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::insufficient_resources);
  CHECK(created.error().certainty == Certainty::unknown);
  CHECK_THAT(created.error().message, Catch::Contains(made_id));
}

TEST_CASE("a FluidStack machine whose create was not answered is found by its RefID, and not made again",
          "[providers]") {
  const std::string body = GENERATE("", "<html>", "{", R"({"id":null})");
  Scene scene;
  scene.site.http.on_change = [&](const FakeHttp::Sent& call) {
    scene.make(call.body);
    scene.site.http.reply("POST " + machines_url, 201, body);
  };
  const auto created = scene.create();
  REQUIRE(created);
  CHECK(created->instance.cloud_id == CloudId(made_id));
  CHECK(scene.orders() == 1);
}

TEST_CASE("nothing is ordered at FluidStack while a machine there that nobody has read may be it", "[providers]") {
  Scene scene;
  const std::string good = R"({"id":"m-1","type":"t","state":"running"})";
  const auto [rows, orders] = GENERATE_COPY(table<std::string, std::size_t>({
      {R"([{"id":"m-2"}])", 0}, {R"([{"type":"t"}])", 0}, {R"([{"id":"m-1"}])", 1},  // which was read, and is another
  }));
  scene.site.http.reply(machines_url, 200, "[" + good + "]");
  REQUIRE(scene.site.instances("us-east-1"));
  scene.site.http.reply(machines_url, 200, rows);
  for (int pass = 0; pass < 2; ++pass) scene.site.instances("us-east-1");
  const auto created = scene.create();
  CHECK(scene.orders() == orders);
  CHECK(created.has_value() == (orders == 1));
  if (!created) CHECK(created.error().kind == Errc::service_unavailable);
  if (!created) CHECK(created.error().certainty == Certainty::nothing_happened);
}

TEST_CASE("what could not be read back is not ordered at FluidStack", "[providers]") {
  Scene scene;
  CreateRequest asked = request();
  asked.user_data_base64 = to_base64("#!" + std::string(limits::user_data - 2, 'x'));
  CHECK(fluidstack::order_of(asked, CredentialRef("prod"), "ubuntu"));
  std::string accents;
  while (accents.size() < 1000) accents += "é";
  for (int i = 0; i < 60; ++i) asked.tags["k" + std::to_string(i)] = accents;
  const auto made = scene.create(asked);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Errc::invalid_request);
  CHECK(made.error().message.starts_with("`tags` "));
  CHECK(scene.site.http.sent.empty());
}

TEST_CASE("a create at FluidStack of which nobody knows what came says so", "[providers]") {
  Scene scene;
  scene.site.http.on_change = {};
  scene.site.http.reply("POST " + machines_url, 502, "<html>");
  const auto created = scene.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::service_unavailable);
  CHECK(created.error().certainty == Certainty::unknown);
  CHECK(scene.orders() == 1);
}

TEST_CASE("nothing is ordered at FluidStack when a step before the order fails", "[providers]") {
  const std::string failing = GENERATE(fluidstack_management + "/regions", fluidstack_east + "/projects", machines_url);
  Scene scene;
  scene.site.http.reply(failing, 500, "");
  const auto created = scene.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::service_unavailable);
  CHECK(created.error().certainty == Certainty::nothing_happened);
  CHECK(scene.orders() == 0);
}

TEST_CASE("a create of a RefID that lives at FluidStack answers that machine, and of another one is a conflict",
          "[providers]") {
  Scene scene;
  REQUIRE(scene.create());
  const auto again = scene.create();
  REQUIRE(again);
  CHECK(again->instance.cloud_id == CloudId(made_id));
  CHECK(scene.orders() == 1);
  CreateRequest other = request();
  other.type = "h100-hgx-80gb.8x";
  const auto refused = scene.create(other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::conflict);
  CHECK(scene.orders() == 1);
}

TEST_CASE("terminating a FluidStack machine that is ending or gone succeeds", "[providers]") {
  FluidstackSite site;
  const InstanceRef machine(CloudId("m-1"), "us-east-1");
  const auto end = [&] { return site.run(site->terminates()->terminate(machine)); };
  site.http.reply("DELETE /instances/m-1", 204, "");
  CHECK(end());
  site.http.reply("DELETE /instances/m-1", 404, FluidstackSite::file("errors/404_instance.json"));
  CHECK(end());
  site.http.reply("DELETE /instances/m-1", 409, FluidstackSite::file("errors/409_state_conflict.json"));
  site.http.reply("/instances/m-1", 200, R"({"id":"m-1","type":"t","state":"deleting"})");
  CHECK(end());
  site.http.reply("/instances/m-1", 404, FluidstackSite::file("errors/404_instance.json"));
  CHECK(end());
  site.http.reply("/instances/m-1", 200, R"({"id":"m-1","type":"t","state":"running"})");
  const auto refused = end();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::conflict);
}

TEST_CASE("a project that is gone says nothing of a FluidStack machine", "[providers]") {
  FluidstackSite site;
  site.http.reply("DELETE /instances/m-1", 404, FluidstackSite::file("errors/404_project.json"));
  const auto ended = site.run(site->terminates()->terminate(InstanceRef(CloudId("m-1"), "us-east-1")));
  REQUIRE_FALSE(ended);
  CHECK_FALSE(ended.error().kind == Errc::instance_not_found);
}

TEST_CASE("a FluidStack machine that is what it should become was stopped, or started", "[providers]") {
  const auto [action, state, is_done] = GENERATE(table<std::string, std::string, bool>({
      {"stop", "stopped", true},
      {"stop", "stopping", true},
      {"stop", "running", false},
      {"stop", "error", false},
      {"start", "running", true},
      {"start", "starting", true},
      {"start", "stopped", false},
      {"start", "melting", false},
  }));
  FluidstackSite site;
  const InstanceRef machine(CloudId("m-1"), "us-east-1");
  const auto act = [&, what = action] {
    StopsStarts& can = *site->stops_starts();
    return site.run(what == "stop" ? can.stop(machine) : can.start(machine));
  };
  site.http.reply("POST /instances/m-1/actions/" + action, 202, "");
  CHECK(act());
  CHECK(site.http.sent.back().headers.contains("X-PROJECT-ID"));
  site.http.reply("POST /instances/m-1/actions/" + action, 409, FluidstackSite::file("errors/409_state_conflict.json"));
  site.http.reply("/instances/m-1", 200, R"({"id":"m-1","type":"t","state":")" + state + "\"}");
  const auto done = act();
  CHECK(done.has_value() == is_done);
  if (!done) CHECK(done.error().kind == Errc::conflict);
}

}  // namespace tally::fluidstack_lifecycle_test
