// What is done to machines at Launchpad.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "providers/launchpad/allow_list.hpp"
#include "providers/launchpad/order.hpp"
#include "tests/providers/launchpad/site.hpp"

namespace tally::launchpad_lifecycle_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

const std::string made_id = "5399ef47-bacc-5dbc-a7d4-a1f9893c1295";

CreateRequest request() {
  CreateRequest asked;
  asked.ref_id = RefId("ref-new");
  asked.token = "token";
  asked.name = "gpu-new";
  asked.type = "dmz.h100x1.pcie";
  asked.location = "pdx";
  asked.public_key = "ssh-ed25519 AAAA me@here";
  asked.tags = {{"team", "ml"}};
  return asked;
}

std::string page_of(const std::string& rows) {
  return R"({"count":)" + std::string(rows.empty() ? "0" : "1") + R"(,"next":null,"results":[)" + rows + "]}";
}

/// Makes a deployment of what is ordered, unless its request ID is taken.
struct Scene {
  explicit Scene(GivenOptions options = {}) : site(std::move(options)) {
    site.http.on_change = [this](const FakeHttp::Sent& call) {
      if (call.url.ends_with(launchpad_urls::deployments)) take(json::parse(call.body).as_object());
    };
  }

  void take(json::object order) {
    ++orders;
    const std::string request_id(order.at("request_id").as_string());
    if (is_taken) {
      site.http.reply("POST " + launchpad_urls::deployments, 400,
                      LaunchpadSite::file("error_400_request_id_exists.json"));
      return;
    }
    is_taken = true;
    json::object made = json::parse(LaunchpadSite::file("deployment_create_201.json")).as_object();
    for (const char* key : {"tags", "region", "request_id", "ip_allowlist"}) made[key] = order.at(key);
    if (is_unplaced) made["region"] = nullptr;
    machine = json::serialize(made);
    site.http.reply("POST " + launchpad_urls::deployments, 201, answer.value_or(machine));
    site.http.reply(launchpad_urls::by_request_id(request_id), 200, page_of(machine));
    site.http.reply("/" + made_id + "/" + launchpad_urls::expand, 200, machine);
    site.rent(machine);
  }

  Result<Created> create(CreateRequest asked = request()) {
    return site.run(site->creates()->create(std::move(asked)));
  }

  LaunchpadSite site;
  bool is_taken = false;
  bool is_unplaced = false;           // what is made has no region yet
  std::optional<std::string> answer;  // in the place of the deployment
  std::string machine;
  int orders = 0;
};

launchpad::Product h100() {
  launchpad::Product product;
  product.cloud = "dmz";
  product.family = product.model = "H100";
  product.gpus = 1;
  product.memory_gb = 80;
  product.connection = "pcie";
  return product;
}

launchpad::Settings settings() {
  launchpad::Settings settings;
  settings.org_name = settings.requester_name = "tally";
  settings.requester_email = "ops@example.com";
  settings.experience_ids = {{"default", "e-default"}, {"nebius", "e-nebius"}, {"dmz.gh200.sxm", "e-arm"}};
  settings.control_addresses = {"203.0.113.7"};
  return settings;
}

FirewallRules from(std::vector<std::string> ranges) {
  FirewallRules rules;
  rules.ingress = {{"", 1, 65535, std::move(ranges)}};
  return rules;
}

}  // namespace

TEST_CASE("a machine made at Launchpad is read back as it was asked for", "[providers]") {
  Scene scene;
  const auto created = scene.create();
  REQUIRE(created);
  CHECK(created->made.empty());
  CHECK(created->instance.status == LifecycleStatus::pending);
  const auto listed = scene.site.run(scene.site->instances({}));
  REQUIRE(listed);
  REQUIRE(listed->rows.size() == 1);
  const auto one = scene.site.run(scene.site->instance(InstanceRef(CloudId(made_id), "")));
  REQUIRE(one);
  CHECK(*one == *listed->rows[0]);
  CHECK(created->instance == *one);
  CHECK(one->ref_id == RefId("ref-new"));
  CHECK(one->cloud_cred_ref_id == CredentialRef("cred-lp-1"));
  CHECK(one->name == "gpu-new");
  CHECK(one->type == "dmz.h100x1.pcie");
  CHECK(one->location == "pdx");
  CHECK(one->instance_type_id == InstanceTypeId("pdx-noSub-dmz.h100x1.pcie"));
  CHECK(one->tags == request().tags);
}

TEST_CASE("an order at Launchpad is what was asked for", "[providers]") {
  const Timestamp now(std::chrono::sys_days(std::chrono::year(2026) / 9 / 1));
  CreateRequest asked = request();
  asked.tags.clear();
  const auto order = launchpad::order_of(asked, h100(), CredentialRef("cred-lp-1"), settings(), now);
  REQUIRE(order);
  json::object expected = json::parse(LaunchpadSite::file("deployment_create_request.json")).as_object();
  expected["public_key"] = asked.public_key;
  expected["experience_id"] = "e-default";
  expected["ip_allowlist"] = json::array();
  expected["tags"].as_object()["InstanceType"] = "dmz.h100x1.pcie";
  CHECK(json::parse(*order) == json::value(expected));

  asked.generation = 2;
  asked.retire_in = std::chrono::hours(8);
  asked.firewall = from({"192.0.2.1/32"});
  launchpad::Product product = h100();
  product.workshop = "january-training";
  const json::value more = json::parse(*launchpad::order_of(asked, product, CredentialRef("c"), settings(), now));
  CHECK(more.at("request_id") == "ref-new.2");
  CHECK(more.at("tags").at("RefID") == "ref-new");
  CHECK(more.at("expires_at") == "2026-09-01T08:15:00.000Z");
  CHECK(more.at("workshop") == true);
  CHECK(more.at("workshop_id") == "january-training");
  CHECK(more.at("ip_allowlist") == json::parse(R"(["192.0.2.1","203.0.113.7"])"));
}

TEST_CASE("the experience of a Launchpad machine is the most exact that is configured", "[providers]") {
  const auto experience = [](const launchpad::Product& product, const launchpad::Settings& of) {
    const auto order = launchpad::order_of(request(), product, CredentialRef("c"), of, Timestamp());
    return order ? std::string(json::parse(*order).at("experience_id").as_string()) : order.error().message;
  };
  launchpad::Product product = h100();
  CHECK(experience(product, settings()) == "e-default");
  product.cloud = "nebius";
  CHECK(experience(product, settings()) == "e-nebius");
  product.cloud = "dmz";
  product.family = "GH200";
  product.connection = "sxm";
  CHECK(experience(product, settings()) == "e-arm");
  CHECK(experience(product, launchpad::Settings()).starts_with("`experience_ids` "));
}

TEST_CASE("the smaller of two sizes is ordered at Launchpad by its model", "[providers]") {
  launchpad::Product product = h100();
  product.family = "A100";
  product.model = "A100-40GB";
  product.memory_gb = 40;
  CHECK(launchpad::ordered_gpu(product) == "a100-40gb");
  product.model = "A100-80GB";
  product.memory_gb = 80;
  CHECK(launchpad::ordered_gpu(product) == "a100");
}

TEST_CASE("only single addresses can be let in at Launchpad, and the caller is told of all else", "[providers]") {
  const auto list = [](const FirewallRules& rules) { return launchpad::allow_list_of(rules, settings()); };
  CHECK(list({})->empty());
  CHECK(list(from({"192.0.2.1/32", "192.0.2.1", "2001:db8:0::1/128"})).value() ==
        std::vector<std::string>{"192.0.2.1", "2001:db8::1", "203.0.113.7"});
  struct Case {
    FirewallRules rules;
    Errc kind;
    std::string parameter;
  };
  FirewallRules one_port;
  one_port.ingress = {{"", 22, 22, {"192.0.2.1/32"}}};
  FirewallRules no_port;
  no_port.ingress = {{"", 0, 22, {"192.0.2.1/32"}}};
  FirewallRules out;
  out.egress = {{"", 1, 65535, {"192.0.2.1/32"}}};
  const std::vector<Case> cases = {
      {one_port, Errc::not_implemented, "firewall_rules.ingress[0]"},
      {no_port, Errc::invalid_request, "firewall_rules.ingress[0].from_port"},
      {out, Errc::not_implemented, "firewall_rules.egress"},
      {from({}), Errc::not_implemented, "firewall_rules.ingress[0].ip_ranges"},
      {from({"192.0.2.0/24"}), Errc::not_implemented, "firewall_rules.ingress[0].ip_ranges"},
      {from({"192.0.2.1/32", "::/0"}), Errc::not_implemented, "firewall_rules.ingress[0].ip_ranges"},
      {from({"here"}), Errc::invalid_request, "firewall_rules.ingress[0].ip_ranges"},
      {from({"192.0.2.1/33"}), Errc::invalid_request, "firewall_rules.ingress[0].ip_ranges"},
      {from({"192.0.2.1/"}), Errc::invalid_request, "firewall_rules.ingress[0].ip_ranges"},
  };
  for (const Case& each : cases) {
    INFO(each.parameter);
    const auto refused = list(each.rules);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == each.kind);
    CHECK(refused.error().message.starts_with("`" + each.parameter + "` "));
  }
  launchpad::Settings lax = settings();
  lax.allows_unenforceable_firewall = true;
  FirewallRules mixed = from({"192.0.2.0/24", "198.51.100.9"});
  mixed.egress = out.egress;
  CHECK(launchpad::allow_list_of(mixed, lax).value() == std::vector<std::string>{"198.51.100.9", "203.0.113.7"});
  launchpad::Settings blind = settings();
  blind.control_addresses.clear();
  const auto locked_out = launchpad::allow_list_of(from({"192.0.2.1"}), blind);
  REQUIRE_FALSE(locked_out);
  CHECK_THAT(locked_out.error().message, Catch::Contains("`control_addresses`"));
  CHECK(launchpad::allow_list_of({}, blind)->empty());
}

TEST_CASE("what Launchpad cannot do is refused by its parameter, and nothing is ordered", "[providers]") {
  using Change = void (*)(CreateRequest&);
  const auto [change, kind, parameter] = GENERATE(table<Change, Errc, std::string>({
      {[](CreateRequest& r) { r.ref_id = RefId(); }, Errc::invalid_request, "ref_id"},
      {[](CreateRequest& r) { r.type = "dmz.h900x1.pcie"; }, Errc::invalid_request, "type"},
      {[](CreateRequest& r) { r.location = "nowhere-1"; }, Errc::invalid_request, "location"},
      {[](CreateRequest& r) { r.public_key = ""; }, Errc::invalid_request, "public_key"},
      {[](CreateRequest& r) { r.tags["RefID"] = "x"; }, Errc::invalid_request, "tags.RefID"},
      {[](CreateRequest& r) { r.tags["InstanceType"] = "x"; }, Errc::invalid_request, "tags.InstanceType"},
      {[](CreateRequest& r) { r.user_data_base64 = "IyEK"; }, Errc::not_implemented, "user_data_base64"},
      {[](CreateRequest& r) { r.image_id = "i"; }, Errc::not_implemented, "image_id"},
      {[](CreateRequest& r) { r.is_spot = true; }, Errc::not_implemented, "is_spot"},
      {[](CreateRequest& r) { r.key_pair_name = "k"; }, Errc::not_implemented, "key_pair_name"},
      {[](CreateRequest& r) { r.firewall.ingress = {{"", 22, 22, {}}}; }, Errc::not_implemented,
       "firewall_rules.ingress[0]"},
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
  CHECK(scene.orders == 0);
}

TEST_CASE("an order at Launchpad needs to say who orders", "[providers]") {
  const std::string option = GENERATE("org_name", "requester_name", "requester_email");
  GivenOptions options;
  options.emplace(option, std::string());
  Scene scene(std::move(options));
  const auto made = scene.create();
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Errc::invalid_request);
  CHECK(made.error().message.starts_with("`" + option + "` "));
  CHECK(scene.orders == 0);
}

TEST_CASE("a repeated create at Launchpad answers the machine that there is", "[providers]") {
  Scene scene;
  REQUIRE(scene.create());
  const auto again = scene.create();
  REQUIRE(again);
  CHECK(again->instance.cloud_id == CloudId(made_id));
  CHECK(scene.orders == 2);
}

TEST_CASE("a Launchpad machine whose create was not answered is found by its request ID", "[providers]") {
  Scene scene;
  scene.answer = GENERATE("", "<html>", "{", R"({"id":null})");
  const auto created = scene.create();
  REQUIRE(created);
  CHECK(created->instance.cloud_id == CloudId(made_id));
  CHECK(created->instance.ref_id == RefId("ref-new"));
}

TEST_CASE("a Launchpad machine that has no region yet is the one that was ordered, where it was ordered",
          "[providers]") {
  Scene scene;
  scene.is_unplaced = true;
  if (GENERATE(false, true)) scene.answer = "<html>";
  const auto created = scene.create();
  REQUIRE(created);
  CHECK(created->instance.cloud_id == CloudId(made_id));
  CHECK(created->instance.location == "pdx");
  CHECK(created->instance.instance_type_id == InstanceTypeId("pdx-noSub-dmz.h100x1.pcie"));
}

TEST_CASE("a request ID that another machine has at Launchpad is a conflict", "[providers]") {
  const auto [part, other] = GENERATE(table<std::string, std::string>({
      {R"("CloudCredRefID":"cred-lp-1")", R"("CloudCredRefID":"cred-lp-2")"},
      {R"("RefID":"ref-new")", R"("RefID":"ref-old")"},
      {R"("InstanceType":"dmz.h100x1.pcie")", R"("InstanceType":"dmz.h100x8.sxm")"},
      {R"("region":"pdx")", R"("region":"iad")"},
      {R"("state":"waiting")", R"("state":"destroying")"},
      {R"("state":"waiting")", R"("state":"destroyed")"},
  }));
  INFO(other);
  Scene scene;
  REQUIRE(scene.create());
  REQUIRE(scene.machine.find(part) != std::string::npos);
  std::string changed = scene.machine;
  changed.replace(changed.find(part), part.size(), other);
  scene.site.http.reply(launchpad_urls::by_request_id("ref-new"), 200, page_of(changed));
  const auto refused = scene.create();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::conflict);
  CHECK(refused.error().certainty == Certainty::nothing_happened);
}

TEST_CASE("a create at Launchpad of which nobody knows what came says so", "[providers]") {
  Scene scene;
  const bool is_taken = GENERATE(true, false);
  scene.site.http.on_change = {};
  const std::string taken = LaunchpadSite::file("error_400_request_id_exists.json");
  scene.site.http.reply("POST " + launchpad_urls::deployments, is_taken ? 400 : 502, is_taken ? taken : "<html>");
  scene.site.http.reply(launchpad_urls::by_request_id("ref-new"), is_taken ? 503 : 200, page_of(""));
  const auto created = scene.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::service_unavailable);
  CHECK(created.error().certainty == Certainty::unknown);
}

TEST_CASE("nothing is ordered at Launchpad when its catalog cannot be read", "[providers]") {
  Scene scene;
  scene.site.http.reply(launchpad_urls::types + "2", 500, "");
  const auto created = scene.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::service_unavailable);
  CHECK(created.error().certainty == Certainty::nothing_happened);
  CHECK(scene.orders == 0);
}

TEST_CASE("terminating a Launchpad machine that is ending or gone succeeds", "[providers]") {
  LaunchpadSite site;
  const auto end = [&] { return site.run(site->terminates()->terminate(InstanceRef(CloudId("d-1"), ""))); };
  site.http.reply("DELETE /d-1/", 200, LaunchpadSite::file("deployment_delete_200.json"));
  CHECK(end());
  site.http.reply("DELETE /d-1/", 204, "");
  CHECK(end());
  site.http.reply("DELETE /d-1/", 404, LaunchpadSite::file("error_404_deployment.json"));
  CHECK(end());
  site.http.reply("DELETE /d-1/", 400, LaunchpadSite::file("error_400_already_destroying.json"));
  CHECK(end());
  site.http.reply("DELETE /d-1/", 403, LaunchpadSite::file("error_403.json"));
  CHECK_FALSE(end());
}

TEST_CASE("what could not be read back is not ordered at Launchpad", "[providers]") {
  CreateRequest asked = request();
  asked.tags.clear();
  for (std::size_t i = 0; i < limits::tags_per_instance - 4; ++i) asked.tags["k" + std::to_string(i)] = "v";
  CHECK_FALSE(launchpad::find_refusal(asked, settings()));
  asked.tags["one more"] = "v";
  const auto refusal = launchpad::find_refusal(asked, settings());
  REQUIRE(refusal);
  CHECK(refusal->message.starts_with("`tags` "));
  std::string accents;
  while (accents.size() < 1000) accents += "é";
  asked.tags.clear();
  for (int i = 0; i < 80; ++i) asked.tags["k" + std::to_string(i)] = accents;
  const auto order = launchpad::order_of(asked, h100(), CredentialRef("c"), settings(), Timestamp());
  REQUIRE_FALSE(order);
  CHECK(order.error().kind == Errc::invalid_request);
  CHECK(order.error().message.starts_with("`tags` "));
}

TEST_CASE("a Launchpad machine is stopped and started by tasks", "[providers]") {
  LaunchpadSite site({{"stop_start", true}});
  site.http.reply("POST /d-1/tasks/", 201, LaunchpadSite::file("task_stop_201.json"));
  const InstanceRef machine(CloudId("d-1"), "");
  CHECK(site.run(site->stops_starts()->stop(machine)));
  CHECK(site.http.sent.back().body == R"({"action":"stop_instances","deployment":"d-1"})");
  CHECK(site.run(site->stops_starts()->start(machine)));
  CHECK(site.http.sent.back().body == R"({"action":"start_instances","deployment":"d-1"})");
}

TEST_CASE("Launchpad is told when a machine retires, a quarter of an hour later, or never", "[providers]") {
  LaunchpadSite site;
  site.http.reply("PATCH /d-1/", 200, LaunchpadSite::file("task_stop_201.json"));
  const InstanceRef machine(CloudId("d-1"), "");
  const Timestamp retire_at{std::chrono::sys_days(std::chrono::year(2026) / 9 / 1) + std::chrono::hours(8)};
  CHECK(site.run(site->sets_end()->set_end(machine, retire_at)));
  CHECK(site.http.sent.back().body == R"({"expires_at":"2026-09-01T08:15:00.000Z"})");
  CHECK(site.run(site->sets_end()->set_end(machine, std::nullopt)));
  CHECK(site.http.sent.back().body == R"({"expires_at":null})");
}

}  // namespace tally::launchpad_lifecycle_test
