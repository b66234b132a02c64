// What is done to machines at Verda: what is asked, in which order, and what is left when a step fails.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::verda_lifecycle_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

const std::string key_id = "356d2f12-190d-5bf9-83d3-9f25a74a229c";
const std::string script_id = "f222db1b-0f5e-5991-858e-1011de2e5645";
const std::string new_id = "69f31d93-03d3-5257-b762-07d1008ef06e";
const std::string running_id = "481872c4-c020-52f7-a585-271ec5e0cabc";
const std::string scripts_of_new = "/scripts?name=brev-firewall-ref-new-0a1b2c3d4e5f&pageSize=100";

/// An account at a Verda that has neither keys nor scripts, and makes the machine that was recorded.
class Scene {
 public:
  Scene() {
    http.reply("GET /ssh-keys", 200, "[]");
    http.reply(scripts_of_new, 200, "[]");
    http.reply("POST /instances", 202, account.file("instance_create_202.txt"));
    http.reply("/instances/" + new_id, 200, account.file("instance_created_ordered.json"));
    http.reply("DELETE /ssh-keys/" + key_id, 200, "");
    http.reply("DELETE /scripts/" + script_id, 200, "");
    http.reply("PUT /instances", 202, account.file("action_202.json"));
    list("[]");
  }

  /// What GET /instances answers.
  void list(const std::string& body) { http.reply("GET /instances", 200, body); }

  CreateRequest request() const {
    CreateRequest asked;
    asked.ref_id = RefId("ref-new");
    asked.token = "0a1b2c3d4e5f60718293";
    asked.name = "gpu new!";
    asked.type = "1A100.22V";
    asked.location = "FIN-01";
    asked.disk_size = Bytes(std::int64_t{100} * (1 << 30) - 1);
    asked.public_key = std::string(json::parse(account.file("ssh_key_create_request.json")).at("key").as_string());
    return asked;
  }
  Result<Created> create(const CreateRequest& asked) { return account.run(account->creates()->create(asked)); }

  /// "POST /ssh-keys", without what only reads.
  std::vector<std::string> changes() const {
    std::vector<std::string> all;
    for (const auto& call : http.sent) {
      if (call.method != "GET" && !call.url.ends_with("/token"))
        all.push_back(call.method + " " + call.url.substr(call.url.find("/v1") + 3));
    }
    return all;
  }
  json::value body_of(const std::string& change) const {
    for (std::size_t i = http.sent.size(); i-- > 0;) {
      const auto& call = http.sent[i];
      if (call.method + " " + call.url.substr(call.url.find("/v1") + 3) == change) return json::parse(call.body);
    }
    throw std::runtime_error("nobody asked for " + change);
  }
  json::value sheet(const std::string& file) const { return json::parse(account.file(file)); }

  RecordedAccount account{*find_provider("verda")};
  FakeHttp& http = account.http;
  const InstanceRef running{CloudId(running_id), "FIN-01"};
};

std::string refused_by(const Scene& scene) { return scene.account.file("errors/error_402.json"); }

}  // namespace

TEST_CASE("a create at Verda asks what its documentation says, with our tags", "[providers]") {
  Scene scene;
  const auto made = scene.create(scene.request());
  REQUIRE(made);
  CHECK(made->instance.cloud_id == CloudId(new_id));
  CHECK(made->instance.ref_id == RefId("ref-new"));
  CHECK(made->instance.cloud_cred_ref_id == CredentialRef("cred-vd-1"));
  CHECK(made->instance.status == LifecycleStatus::pending);
  CHECK(made->made == std::vector<Handle>{{HandleKind::key, key_id, "brev-key-ref-new-0a1b2c3d4e5f"},
                                          {HandleKind::script, script_id, "brev-firewall-ref-new-0a1b2c3d4e5f"}});
  CHECK(scene.changes() == std::vector<std::string>{"POST /ssh-keys", "POST /scripts", "POST /instances"});
  json::value key = scene.sheet("ssh_key_create_request.json");
  key.at("name") = "brev-key-ref-new-0a1b2c3d4e5f";
  CHECK(scene.body_of("POST /ssh-keys") == key);
  json::value order = scene.body_of("POST /instances");
  CHECK(order.at("tags") == json::parse(R"([{"key":"ref-id","value":"ref-new"},
                                            {"key":"cloud-cred-ref-id","value":"cred-vd-1"}])"));
  order.as_object().erase("tags");
  CHECK(order == scene.sheet("instance_create_request.json"));
  const std::string script(scene.body_of("POST /scripts").at("script").as_string());
  CHECK(script.starts_with("#!/bin/sh\n"));
  CHECK(script.find("useradd -m -s /bin/bash brev") != std::string::npos);
  CHECK(script.find(scene.request().public_key) < script.find("tally-firewall"));
}

TEST_CASE("what else a create at Verda is asked for is in the order", "[providers]") {
  Scene scene;
  CreateRequest asked = scene.request();
  asked.name.clear();
  asked.disk_size.reset();
  asked.is_spot = true;
  asked.image_id = "fd9e4c7f-6bdc-5120-8a97-922076933a3b";
  asked.tags = {{"team", "ml"}};
  REQUIRE(scene.create(asked));
  const json::value order = scene.body_of("POST /instances");
  CHECK(order.at("is_spot").as_bool());
  CHECK(order.at("hostname").as_string() == "ref-new");
  CHECK(order.at("image").as_string() == "fd9e4c7f-6bdc-5120-8a97-922076933a3b");
  CHECK(order.at("os_volume") ==
        json::parse(R"({"name":"ref-new-os-ref-new","size":50,"on_spot_discontinue":"delete_permanently"})"));
  CHECK(order.at("tags").as_array().size() == 3);
}

TEST_CASE("a create that fails at Verda leaves nothing behind, whichever step it is", "[providers]") {
  const auto [step, removed] = GENERATE(table<std::string, std::vector<std::string>>(
      {{"POST /ssh-keys", {}},
       {"POST /scripts", {"DELETE /ssh-keys/" + key_id}},
       {"POST /instances", {"DELETE /scripts/" + script_id, "DELETE /ssh-keys/" + key_id}},
       {"GET " + scripts_of_new, {"DELETE /ssh-keys/" + key_id}}}));
  CAPTURE(step);
  Scene scene;
  scene.http.reply(step, 402, refused_by(scene));
  const auto made = scene.create(scene.request());
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Errc::out_of_quota);
  CHECK(made.error().code == "insufficient_funds");
  CHECK(made.error().certainty == Certainty::nothing_happened);
  CHECK(made.error().made.empty());
  std::vector<std::string> removals = scene.changes();
  std::erase_if(removals, [](const std::string& change) { return !change.starts_with("DELETE"); });
  CHECK(removals == removed);
}

TEST_CASE("what cannot be removed after a create that failed at Verda is told of", "[providers]") {
  Scene scene;
  scene.http.reply("POST /instances", 402, refused_by(scene));
  scene.http.reply("DELETE /scripts/" + script_id, 500, "");
  const auto made = scene.create(scene.request());
  REQUIRE_FALSE(made);
  CHECK(made.error().certainty == Certainty::partly);
  CHECK(made.error().made ==
        std::vector<Handle>{{HandleKind::script, script_id, "brev-firewall-ref-new-0a1b2c3d4e5f"}});
}

TEST_CASE("nothing is removed while an order at Verda may still come to be", "[providers]") {
  Scene scene;
  Error lost;
  lost.kind = Errc::service_unavailable;
  scene.http.fail("POST /instances", lost);
  const auto made = scene.create(scene.request());
  REQUIRE_FALSE(made);
  CHECK(made.error().certainty == Certainty::partly);
  CHECK(made.error().made.size() == 2);
  CHECK(scene.changes().back() == "POST /instances");
}

TEST_CASE("a key or a script whose adding was not answered is found by its name and its text", "[providers]") {
  Scene scene;
  Error lost;
  lost.kind = Errc::service_unavailable;
  const std::string script = [&scene] {
    REQUIRE(scene.create(scene.request()));
    return std::string(scene.body_of("POST /scripts").at("script").as_string());
  }();
  const json::array scripts = {
      json::object{{"id", script_id}, {"name", "brev-firewall-ref-new-0a1b2c3d4e5f"}, {"script", script}}};
  scene.http.reply(scripts_of_new, 200, json::serialize(scripts));
  scene.http.fail("POST /scripts", lost);
  const auto made = scene.create(scene.request());
  REQUIRE(made);
  CHECK(made->made.size() == 2);
  // A script of that name with another text is another attempt's.
  json::array others = scripts;
  others[0].as_object()["script"] = "#!/bin/sh\n";
  scene.http.reply(scripts_of_new, 200, json::serialize(others));
  const auto failed = scene.create(scene.request());
  REQUIRE_FALSE(failed);
  CHECK(failed.error().certainty == Certainty::unknown);
}

TEST_CASE("a key that Verda has already is used, and is none of the create's but by its name", "[providers]") {
  Scene scene;
  const auto key = [&scene](const char* name) {
    const json::array keys = {
        json::object{{"id", key_id}, {"name", name}, {"key", scene.request().public_key + " other comment"}}};
    scene.http.reply("GET /ssh-keys", 200, json::serialize(keys));
  };
  key("laptop");
  CHECK(scene.create(scene.request())->made.size() == 1);
  key("brev-key-ref-new-0a1b2c3d4e5f");
  CHECK(scene.create(scene.request())->made.size() == 2);
  CHECK(scene.body_of("POST /instances").at("ssh_key_ids") == json::array{key_id});
}

TEST_CASE("a create at Verda shares neither key nor script with another create", "[providers]") {
  Scene scene;
  CreateRequest asked = scene.request();
  const auto [ref, token] = GENERATE(table<std::string, std::string>(
      {{"Ref.New", "111111111111aaaa"}, {"ref-new", "222222222222aaaa"}, {std::string(53, 'r'), "333333333333aaaa"}}));
  asked.ref_id = RefId(ref);
  asked.token = token;
  const json::array keys = {json::object{{"id", "356d2f12-190d-5bf9-83d3-000000000000"},
                                         {"name", "brev-key-ref-new-0a1b2c3d4e5f"},
                                         {"key", asked.public_key}}};
  scene.http.reply("GET /ssh-keys", 200, json::serialize(keys));
  const std::string end = "-" + token.substr(0, 12);
  const std::string shown = ref.size() == 53 ? std::string(36, 'r') : "ref-new";
  scene.http.reply("/scripts?name=brev-firewall-" + shown + end + "&pageSize=100", 200, "[]");
  const auto made = scene.create(asked);
  REQUIRE(made);
  REQUIRE(made->made.size() == 2);
  for (const Handle& part : made->made) {
    CHECK(part.name.ends_with(end));
    CHECK(part.name.size() <= 63);
  }
  CHECK(scene.body_of("POST /instances").at("ssh_key_ids") == json::array{key_id});
}

TEST_CASE("what Verda answers instead of a new ID is none", "[providers]") {
  Scene scene;
  scene.http.reply("POST /instances", 202, GENERATE("null", "true", "123", "1234567890123", "OK", "{}", "\"\""));
  const auto made = scene.create(scene.request());
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Errc::service_unavailable);
}

TEST_CASE("an answer about another Verda machine ends, grows and tags nothing", "[providers]") {
  Scene scene;
  scene.http.reply("/instances/" + running_id, 200, scene.account.file("instance_created_ordered.json"));
  CHECK_FALSE(scene.account.run(scene.account->terminates()->terminate(scene.running)));
  CHECK_FALSE(scene.account.run(scene.account->resizes_volumes()->resize_volume(scene.running, {})));
  TagChanges changes;
  changes["team"] = "ml";
  CHECK_FALSE(scene.account.run(scene.account->updates_tags()->update_tags(scene.running, changes)));
  CHECK(scene.changes().empty());
}

TEST_CASE("a tag that cannot be read keeps no Verda machine from its end", "[providers]") {
  Scene scene;
  json::value machine = scene.sheet("instance_running.json");
  machine.at("tags") = json::array{json::object{{"id", 7}, {"key", json::array()}, {"value", nullptr}}};
  scene.http.reply("/instances/" + running_id, 200, json::serialize(machine));
  TagChanges changes;
  changes["team"] = "ml";
  CHECK_FALSE(scene.account.run(scene.account->updates_tags()->update_tags(scene.running, changes)));
  CHECK(scene.changes().empty());
  CHECK(scene.account.run(scene.account->terminates()->terminate(scene.running)));
}

TEST_CASE("a RefID that lives at Verda already is the answer, not a second machine", "[providers]") {
  Scene scene;
  const std::string row = scene.account.file("instance_created_ordered.json");
  scene.list("[" + row + "]");
  const auto made = scene.create(scene.request());
  REQUIRE(made);
  CHECK(made->instance.cloud_id == CloudId(new_id));
  CHECK(scene.changes().empty());
  CreateRequest other = scene.request();
  other.location = "FIN-02";
  CHECK(scene.create(other).error().kind == Errc::conflict);
  std::string second = row;
  second.replace(second.find(new_id), new_id.size(), running_id);
  scene.list("[" + row + "," + second + "]");
  CHECK(scene.create(scene.request()).error().kind == Errc::conflict);
  CHECK(scene.changes().empty());
}

TEST_CASE("a machine at Verda that nobody can read and that has the RefID in it keeps another from being ordered",
          "[providers]") {
  Scene scene;
  scene.list(R"([{"id":"odd-1","status":17,"description":"ref-new_x"}])");
  const auto refused = scene.create(scene.request());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::service_unavailable);
  CHECK(refused.error().certainty == Certainty::nothing_happened);
  CHECK_THAT(refused.error().message, Catch::Contains("odd-1"));
  CHECK(scene.changes().empty());
}

TEST_CASE("what Verda cannot do is refused by its parameter, and nothing is changed", "[providers]") {
  using Change = void (*)(CreateRequest&);
  const auto [change, kind, parameter] = GENERATE(table<Change, Errc, std::string>({
      {[](CreateRequest& r) { r.type = "9H900"; }, Errc::invalid_request, "type"},
      {[](CreateRequest& r) { r.type = "../keys"; }, Errc::invalid_request, "type"},
      {[](CreateRequest& r) { r.location.clear(); }, Errc::invalid_request, "location"},
      {[](CreateRequest& r) { r.ref_id = RefId(); }, Errc::invalid_request, "ref_id"},
      {[](CreateRequest& r) { r.image_id = "windows"; }, Errc::image_not_found, "image_id"},
      {[](CreateRequest& r) { r.public_key.clear(); }, Errc::invalid_request, "public_key"},
      {[](CreateRequest& r) { r.public_key += "\nrm -rf /"; }, Errc::invalid_request, "public_key"},
      {[](CreateRequest& r) { r.key_pair_name = "none"; }, Errc::invalid_request, "key_pair_name"},
      {[](CreateRequest& r) { r.tags["ref-id"] = "x"; }, Errc::invalid_request, "tags.ref-id"},
      {[](CreateRequest& r) { r.tags["Team"] = "x"; }, Errc::invalid_request, "tags.Team"},
      {[](CreateRequest& r) { r.tags["team"] = std::string(128, 'x'); }, Errc::invalid_request, "tags.team"},
      {[](CreateRequest& r) {
         for (char c = 'a'; c < 'j'; ++c) r.tags[std::string(1, c)] = "x";
       },
       Errc::invalid_request, "tags"},
      {[](CreateRequest& r) { r.user_data_base64 = "?"; }, Errc::invalid_request, "user_data_base64"},
      {[](CreateRequest& r) { r.user_data_base64 = "I2Nsb3VkLWNvbmZpZwo="; }, Errc::not_implemented,
       "user_data_base64"},
      {[](CreateRequest& r) { r.firewall.ingress = {{"", 0, 1, {}}}; }, Errc::invalid_request,
       "firewall_rules.ingress[0].from_port"},
      {[](CreateRequest& r) { r.sub_location = "a"; }, Errc::not_implemented, "sub_location"},
      {[](CreateRequest& r) { r.vpc_id = "v"; }, Errc::not_implemented, "vpc_id"},
      {[](CreateRequest& r) { r.environment["A"] = "x"; }, Errc::not_implemented, "environment"},
  }));
  Scene scene;
  scene.http.reply("/images?instance_type=9H900", 404, scene.account.file("errors/error_404.json"));
  CreateRequest asked = scene.request();
  change(asked);
  const auto made = scene.create(asked);
  REQUIRE_FALSE(made);
  CAPTURE(to_text(made.error()));
  CHECK(made.error().kind == kind);
  CHECK(made.error().message.starts_with("`" + parameter + "` "));
  CHECK(made.error().certainty == Certainty::nothing_happened);
  CHECK(scene.changes().empty());
}

TEST_CASE("a machine at Verda ends with the disk of its system, at once and for good", "[providers]") {
  Scene scene;
  REQUIRE(scene.account.run(scene.account->terminates()->terminate(scene.running)));
  CHECK(scene.body_of("PUT /instances") == scene.sheet("action_delete_request.json"));
}

TEST_CASE("a disk that was there before a machine at Verda stays when that ends", "[providers]") {
  Scene scene;
  json::value machine = scene.sheet("instance_running.json");
  machine.as_object()["image"] = machine.at("os_volume_id");
  scene.http.reply("/instances/" + running_id, 200, json::serialize(machine));
  REQUIRE(scene.account.run(scene.account->terminates()->terminate(scene.running)));
  CHECK(scene.body_of("PUT /instances").at("volume_ids") == json::array());
  machine.as_object()["os_volume_id"] = nullptr;
  scene.http.reply("/instances/" + running_id, 200, json::serialize(machine));
  REQUIRE(scene.account.run(scene.account->terminates()->terminate(scene.running)));
  CHECK_FALSE(scene.body_of("PUT /instances").as_object().contains("volume_ids"));
}

TEST_CASE("to end a machine that Verda does not know, or has ended, is success", "[providers]") {
  Scene scene;
  scene.http.reply("/instances/" + running_id, 404, scene.account.file("errors/error_404.json"));
  CHECK(scene.account.run(scene.account->terminates()->terminate(scene.running)));
  CHECK(scene.changes().empty());
  scene.http.reply("/instances/" + running_id, 200, scene.account.file("instance_running.json"));
  scene.http.reply("PUT /instances", 400, scene.account.file("errors/action_400_discontinued.json"));
  CHECK(scene.account.run(scene.account->terminates()->terminate(scene.running)));
  // One that is being made has to be asked for again.
  scene.http.reply("PUT /instances", 400, scene.account.file("errors/action_400_provisioning.json"));
  CHECK(scene.account.run(scene.account->terminates()->terminate(scene.running)).error().kind == Errc::conflict);
}

TEST_CASE("stop, start and resize ask Verda what its documentation says", "[providers]") {
  Scene scene;
  scene.http.reply("PUT /instances", 204, "");
  REQUIRE(scene.account.run(scene.account->stops_starts()->stop(scene.running)));
  CHECK(scene.body_of("PUT /instances") == scene.sheet("action_stop_request.json"));
  REQUIRE(scene.account.run(scene.account->stops_starts()->start(scene.running)));
  CHECK(scene.body_of("PUT /instances").at("action").as_string() == "start");
  scene.http.reply("PUT /volumes", 202, "");
  VolumeResize larger;
  larger.size = Bytes(std::int64_t{200} << 30U);
  REQUIRE(scene.account.run(scene.account->resizes_volumes()->resize_volume(scene.running, larger)));
  CHECK(scene.body_of("PUT /volumes") == scene.sheet("volume_resize_request.json"));
}

TEST_CASE("a tag at Verda is set as another one in its place, and an equal one not at all", "[providers]") {
  Scene scene;
  const std::string tags = "/instances/" + running_id + "/tags";
  const auto update = [&scene](const TagChanges& changes) {
    return scene.account.run(scene.account->updates_tags()->update_tags(scene.running, changes));
  };
  scene.http.reply("POST " + tags, 201, scene.account.file("tag_add_201.json"));
  scene.http.reply("DELETE " + tags + "/tag_01jxy0b6w4gx8n6se2x8mz2kdv", 204, "");
  TagChanges changes;
  changes["environment"] = "production";
  REQUIRE(update(changes));
  CHECK(scene.changes().empty());
  changes["environment"] = "test";
  changes["team"] = "ml";
  changes["gone"] = std::nullopt;
  REQUIRE(update(changes));
  CHECK(scene.changes() ==
        std::vector<std::string>{"DELETE " + tags + "/tag_01jxy0b6w4gx8n6se2x8mz2kdv", "POST " + tags, "POST " + tags});
  CHECK(scene.body_of("POST " + tags) == json::parse(R"({"key":"team","value":"ml"})"));
  scene.http.reply("POST " + tags, 409, scene.account.file("errors/tag_add_409.json"));
  CHECK(update(changes));
  // The old one is gone by now.
  scene.http.reply("POST " + tags, 402, refused_by(scene));
  CHECK(update(changes).error().certainty == Certainty::unknown);
  changes.clear();
  changes["ref-id"] = "x";
  CHECK(update(changes).error().kind == Errc::invalid_request);
}

TEST_CASE("what a create made at Verda is removed by its ID, and may be gone", "[providers]") {
  Scene scene;
  const auto remove = [&scene](HandleKind kind, const std::string& id) {
    return scene.account.run(scene.account->creates()->remove({kind, id, ""}, ""));
  };
  CHECK(remove(HandleKind::key, key_id));
  CHECK(remove(HandleKind::script, script_id));
  scene.http.reply("DELETE /scripts/" + script_id, 404, scene.account.file("errors/error_404.json"));
  CHECK(remove(HandleKind::script, script_id));
  scene.http.reply("DELETE /scripts/" + script_id, 404, "<html>");
  CHECK_FALSE(remove(HandleKind::script, script_id));
  CHECK(remove(HandleKind::script, "../ssh-keys").error().kind == Errc::not_implemented);
  CHECK(remove(HandleKind::disk, "d").error().kind == Errc::not_implemented);
}

TEST_CASE("no call about a Verda machine is made without an ID that could be one", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  const InstanceRef nobody(CloudId(GENERATE("", "..", "a/b", "a b", "a?b")), "");
  const auto check = [](const auto& outcome) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == Errc::invalid_request);
    CHECK(outcome.error().certainty == Certainty::nothing_happened);
  };
  check(account.run(account->instance(nobody)));
  check(account.run(account->terminates()->terminate(nobody)));
  check(account.run(account->stops_starts()->stop(nobody)));
  check(account.run(account->resizes_volumes()->resize_volume(nobody, {})));
  check(account.run(account->updates_tags()->update_tags(nobody, {})));
  CHECK(account.http.sent.empty());
}

}  // namespace tally::verda_lifecycle_test
