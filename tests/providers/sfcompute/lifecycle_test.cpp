// What is done to machines at SF Compute: what is asked, and what each refusal
// means.
#include <catch2/catch.hpp>

#include "runtime/base64.hpp"
#include "tests/providers/sfcompute/scene.hpp"

namespace tally::sfcompute_lifecycle_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

const std::string create_path = "POST /preview/v2/instances";
const std::string running_path = "/preview/v2/instances/inst_running00000000001";
const InstanceRef running(CloudId("inst_running00000000001"), "us-west");

CreateRequest request() {
  CreateRequest asked;
  asked.ref_id = RefId("ref-new");
  asked.token = "token";
  asked.name = "gpu-new";
  asked.type = "h100.ib";
  asked.location = "us-west";
  asked.public_key =
      "ssh-ed25519 "
      "AAAAC3NzaC1lZDI1NTE5AAAAIHVzZWQtZm9yLXRhbGx5LXNhbXBsZXMtb"
      "25seS0wMDAx tally-sample";
  return asked;
}

Result<Created> create(SfScene& scene, const CreateRequest& asked) {
  return scene.run(scene->creates()->create(asked));
}

std::string user_data_of(SfScene& scene) {
  for (const auto& call : scene.http.sent) {
    if (call.method != "POST") continue;
    return from_base64(json::value_to<std::string>(json::parse(call.body).at("cloud_init_user_data"))).value();
  }
  return "";
}

}  // namespace

TEST_CASE("a create at SF Compute asks what its documentation says", "[providers]") {
  SfScene scene;
  scene.http.reply(create_path, 201, SfScene::file("v2_create_201.json"));
  const auto made = create(scene, request());
  REQUIRE(made);
  CHECK(made->made.empty());
  CHECK(made->instance.cloud_id == CloudId("inst_created000000000001"));
  CHECK(made->instance.ref_id == RefId("ref-new"));
  CHECK(made->instance.cloud_cred_ref_id == CredentialRef("cred-sf-1"));
  CHECK(made->instance.status == LifecycleStatus::pending);
  CHECK(made->instance.instance_type_id == InstanceTypeId("us-west-noSub-h100.ib"));
  CHECK(scene.changes() == std::vector<std::string>{create_path});
  CHECK(scene.last_body() == SfScene::sheet("v2_create_request.json"));
}

TEST_CASE(
    "what a machine at SF Compute is told at its first start depends on "
    "what was asked for",
    "[providers]") {
  CreateRequest asked = request();
  const auto told = [&asked](GivenOptions options) {
    SfScene scene(std::move(options));
    scene.http.reply(create_path, 201, SfScene::file("v2_create_201.json"));
    const auto made = create(scene, asked);
    if (!made) throw std::runtime_error(to_text(made.error()));
    return user_data_of(scene);
  };
  CHECK(told({}) == "#cloud-config\nssh_authorized_keys:\n  - " + asked.public_key);
  const std::string open = told({{"public_ipv4", true}});
  CHECK(open.starts_with("#!/bin/sh\n"));
  CHECK(open.find(asked.public_key) != std::string::npos);
  CHECK(open.find("tally-firewall") != std::string::npos);
  asked.user_data_base64 = to_base64("#cloud-config\npackages: [jq]\n");
  const std::string both = told({});
  CHECK(both.starts_with("Content-Type: multipart/mixed"));
  CHECK(both.find(asked.public_key) != std::string::npos);
  CHECK(both.find("tally-firewall") == std::string::npos);
  asked.user_data_base64.clear();
  asked.public_key += " home: sweet";  // would be a mapping in YAML
  CHECK(told({}).starts_with("#!/bin/sh\n"));
}

TEST_CASE(
    "the image of a machine at SF Compute is the one asked for, else the "
    "option's, else the newest with CUDA",
    "[providers]") {
  const auto image = [](const std::string& asked, const std::string& configured) {
    SfScene scene({{"image", configured}});
    scene.http.reply(create_path, 201, SfScene::file("v2_create_201.json"));
    json::array images;
    const auto add = [&images](const char* name, const char* workspace, const char* status, int created_at) {
      images.push_back(json::object{{"id", std::string("image_") + name},
                                    {"resource_path", std::string("sfc:image:x:") + workspace + ":" + name},
                                    {"workspace", workspace},
                                    {"name", name},
                                    {"upload_status", status},
                                    {"created_at", created_at}});
    };
    add("old-cuda", "public", "completed", 1767225600);
    add("new-cuda", "public", "completed", 1767225601);
    add("own-cuda", "prod", "completed", 1767225602);
    add("half-cuda", "public", "uploading", 1767225603);
    add("plain", "public", "completed", 1767225604);
    scene.http.reply("/preview/v2/images?limit=200", 200,
                     json::serialize(json::object{{"has_more", false}, {"data", images}}));
    CreateRequest order = request();
    order.image_id = asked;
    const auto made = create(scene, order);
    return made ? json::value_to<std::string>(scene.last_body().at("image"))
                : std::string(to_string(made.error().kind));
  };
  CHECK(image("", "") == "sfc:image:x:public:new-cuda");
  CHECK(image("", "plain") == "sfc:image:x:public:plain");
  CHECK(image("image_own-cuda", "plain") == "sfc:image:x:prod:own-cuda");
  CHECK(image("sfc:image:x:public:old-cuda", "") == "sfc:image:x:public:old-cuda");
  CHECK(image("half-cuda", "") == "image_not_found");
}

TEST_CASE(
    "what SF Compute cannot do is refused by its parameter, and nothing "
    "is changed",
    "[providers]") {
  using Change = void (*)(CreateRequest&);
  const auto [change, kind, parameter] = GENERATE(table<Change, Errc, std::string>({
      {[](CreateRequest& r) { r.type = "h900"; }, Errc::invalid_request, "type"},
      {[](CreateRequest& r) { r.location = "us-east"; }, Errc::invalid_request, "type"},
      {[](CreateRequest& r) { r.image_id = "windows"; }, Errc::image_not_found, "image_id"},
      {[](CreateRequest& r) { r.public_key += "\n- x"; }, Errc::invalid_request, "public_key"},
      {[](CreateRequest& r) { r.tags["brev-ref-id"] = "x"; }, Errc::invalid_request, "tags.brev-ref-id"},
      {[](CreateRequest& r) { r.tags["a"] = "x=y"; }, Errc::invalid_request, "tags.a"},
      {[](CreateRequest& r) { r.tags["a"] = std::string(257, 'x'); }, Errc::invalid_request, "tags.a"},
      {[](CreateRequest& r) { r.user_data_base64 = "?"; }, Errc::invalid_request, "user_data_base64"},
      {[](CreateRequest& r) { r.firewall.ingress = {{"", 80, 80, {}}}; }, Errc::not_implemented, "firewall_rules"},
      {[](CreateRequest& r) { r.disk_size = Bytes(1); }, Errc::not_implemented, "disk_size_bytes"},
      {[](CreateRequest& r) { r.is_spot = true; }, Errc::not_implemented, "is_spot"},
  }));
  SfScene scene;
  CreateRequest asked = request();
  change(asked);
  const auto made = create(scene, asked);
  REQUIRE_FALSE(made);
  CAPTURE(to_text(made.error()));
  CHECK(made.error().kind == kind);
  CHECK(made.error().message.starts_with("`" + parameter + "` "));
  CHECK(made.error().certainty == Certainty::nothing_happened);
  CHECK(scene.changes().empty());
}

TEST_CASE("a create where the pool at SF Compute has no free node is not sent", "[providers]") {
  SfScene scene;
  CreateRequest asked = request();
  asked.type = "h200.ib";
  asked.location = "us-east";
  const auto made = create(scene, asked);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Errc::insufficient_resources);
  CHECK(scene.changes().empty());
}

TEST_CASE(
    "where nobody knows whether SF Compute's pool has a free node, the vendor "
    "decides",
    "[providers]") {
  SfScene scene;
  scene.http.reply(create_path, 201, SfScene::file("v2_create_201.json"));
  json::object pool = SfScene::sheet("v2_pool.json").as_object();
  json::value& schedule = pool.at("allocation_schedule").at("by_instance_sku").at("isku_cxcwpDW93MaaBelmnLaez");
  SECTION("since its schedule cannot be read") { schedule = nullptr; }
  SECTION("since a machine cannot be read") {
    schedule = json::parse(R"([{"start_at":1767225600,"end_at":null,"node_count":1}])");
    json::object machine = SfScene::sheet("v2_instance_someone-elses.json").as_object();
    machine["status"] = nullptr;
    scene.list({machine});
  }
  scene.http.reply("/preview/v2/pools/sfc:pool:acme:prod:default", 200, json::serialize(pool));
  REQUIRE(create(scene, request()));
  CHECK(scene.last_body().at("instance_sku") == "isku_cxcwpDW93MaaBelmnLaez");
}

TEST_CASE("a machine at SF Compute that cannot be read and has the RefID in it keeps another from being made",
          "[providers]") {
  SfScene scene;
  scene.http.reply(create_path, 201, SfScene::file("v2_create_201.json"));
  json::object machine = SfScene::sheet("v2_instance_created.json").as_object();
  machine["status"] = nullptr;
  scene.list({machine});
  const auto made = create(scene, request());
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Errc::service_unavailable);
  CHECK(made.error().certainty == Certainty::nothing_happened);
  CHECK(scene.changes().empty());
  scene.list({});
  scene.cache.put("nodes", R"(["n_running01"])");
  scene.restart();
  CHECK(create(scene, request()));
}

TEST_CASE("a free node at SF Compute goes before one of which nobody knows", "[providers]") {
  SfScene scene;
  scene.http.reply(create_path, 201, SfScene::file("v2_create_201.json"));
  json::object skus = SfScene::sheet("v2_instance_skus.json").as_object();
  json::object pool = SfScene::sheet("v2_pool.json").as_object();
  json::object& schedules = pool.at("allocation_schedule").at("by_instance_sku").as_object();
  // Both would be h100.ib; the one whose schedule cannot be read would come first.
  json::object other = skus.at("data").at(0).as_object();
  other["id"] = "isku_aaa";
  skus.at("data").as_array().push_back(other);
  schedules["isku_aaa"] = nullptr;
  scene.cache.put("sku_names", R"({"isku_aaa":["us-west","h100.ib","h100.ib"],)"
                               R"("isku_cxcwpDW93MaaBelmnLaez":["us-west","h100.ib","h100.ib"]})");
  scene.restart();
  scene.http.reply("/preview/v2/instance_skus?limit=200", 200, json::serialize(skus));
  scene.http.reply("/preview/v2/pools/sfc:pool:acme:prod:default", 200, json::serialize(pool));
  REQUIRE(create(scene, request()));
  CHECK(scene.last_body().at("instance_sku") == "isku_cxcwpDW93MaaBelmnLaez");
}

TEST_CASE(
    "a machine at SF Compute that waits for its SKU is of the type that "
    "was asked for",
    "[providers]") {
  SfScene scene;
  json::object waiting = SfScene::sheet("v2_create_201.json").as_object();
  waiting.erase("instance_sku");
  SECTION("after a good answer") { scene.http.reply(create_path, 201, json::serialize(waiting)); }
  SECTION("after one that was lost") {
    scene.http.on_change = [&](const FakeHttp::Sent&) { scene.list({waiting}); };
    scene.http.reply(create_path, 503, "");
  }
  SECTION("where it lives already") { scene.list({waiting}); }
  const auto made = create(scene, request());
  REQUIRE(made);
  CHECK(made->instance.cloud_id == CloudId("inst_created000000000001"));
  CHECK(made->instance.type == "h100.ib");
  CHECK(made->instance.location == "us-west");
  CHECK(made->instance.instance_type_id == InstanceTypeId("us-west-noSub-h100.ib"));
}

TEST_CASE(
    "a RefID that lives at SF Compute already is the answer, also after "
    "an answer that was lost",
    "[providers]") {
  SfScene scene;
  scene.list({SfScene::sheet("v2_instance_created.json")});
  const auto made = create(scene, request());
  REQUIRE(made);
  CHECK(made->instance.cloud_id == CloudId("inst_created000000000001"));
  CHECK(scene.changes().empty());
  CreateRequest other = request();
  other.type = "h200.ib";
  CHECK(create(scene, other).error().kind == Errc::conflict);
  scene.list({});
  Error lost;
  lost.kind = Errc::service_unavailable;
  scene.http.fail(create_path, lost);
  CHECK(create(scene, request()).error().certainty == Certainty::unknown);
}

TEST_CASE(
    "a machine at SF Compute ends by its own path, a node of the old API "
    "by its release",
    "[providers]") {
  SfScene scene({{"legacy_nodes", true}});
  scene.http.reply("POST " + running_path + "/terminate", 200, SfScene::file("v2_terminate_200.json"));
  scene.http.reply("PATCH /v1/nodes/n_running01/release", 200, SfScene::file("v1_release_200.json"));
  REQUIRE(scene.run(scene->terminates()->terminate(running)));
  const InstanceRef node(CloudId("n_running01"), "richmond");
  REQUIRE(scene.run(scene->terminates()->terminate(node)));
  CHECK(scene.changes() ==
        std::vector<std::string>{"POST " + running_path + "/terminate", "PATCH /v1/nodes/n_running01/release"});
  scene.http.reply("PATCH /v1/nodes/n_running01/release", 404, SfScene::file("errors/v1_error_404.json"));
  CHECK(scene.run(scene->terminates()->terminate(node)));
  CHECK(scene.run(scene->updates_tags()->update_tags(node, {})).error().kind == Errc::not_implemented);
  scene.http.reply("/v0/zones", 200, SfScene::file("v1_zones.json"));
  scene.http.reply("/v1/nodes/n_running01", 200, SfScene::file("v1_node_n_running01.json"));
  scene.http.reply("/v0/vms/ssh?vm_id=vm_run1", 200, SfScene::file("v1_vm_ssh_vm_run1.json"));
  const auto one = scene.run(scene->instance(node));
  REQUIRE(one);
  CHECK(one->ssh_port == 2222);
  CHECK(one->type == "h100.ib");
  CHECK(one->ref_id == RefId("ref-r"));
}

TEST_CASE("tags of a machine at SF Compute are written whole, ours among them", "[providers]") {
  SfScene scene;
  scene.http.reply("PATCH " + running_path, 200, SfScene::file("v2_instance_gpu-run.json"));
  TagChanges changes;
  changes["team"] = std::nullopt;
  changes["stage"] = "test";
  REQUIRE(scene.run(scene->updates_tags()->update_tags(running, changes)));
  CHECK(scene.last_body() == json::parse(
                                 R"({"tags":{"brev-ref-id":"ref-run","brev-cloud-cred-ref-id":"cred-sf-1",
                                                     "stage":"test"}})"));
}

TEST_CASE("tags that SF Compute answers of another machine are not written to this one", "[providers]") {
  SfScene scene;
  scene.http.reply("GET " + running_path, 200, SfScene::file("v2_instance_gpu-run2.json"));
  const auto tagged = scene.run(scene->updates_tags()->update_tags(running, {{"stage", "test"}}));
  REQUIRE_FALSE(tagged);
  CHECK(tagged.error().kind == Errc::service_unavailable);
  CHECK(scene.changes().empty());
}

TEST_CASE("a tenant at SF Compute is its workspace, not its key", "[providers]") {
  SfScene scene;
  const auto tenant = [&scene](const char* key, const char* workspace) {
    Credential credential = scene.credential;
    credential.fields.insert_or_assign("api_key", Secret(std::string(key)));
    credential.fields.insert_or_assign("workspace", Secret(std::string(workspace)));
    return find_provider("sfcompute")->tenant_of(credential);
  };
  CHECK(tenant("a", "prod") == tenant("b", "prod"));
  CHECK(tenant("a", "prod") != tenant("a", "test"));
}

TEST_CASE("no call about an SF Compute machine is made without its ID", "[providers]") {
  SfScene scene;
  const InstanceRef nobody(CloudId(GENERATE("", "..")), "");
  CHECK(scene.run(scene->instance(nobody)).error().kind == Errc::invalid_request);
  CHECK(scene.run(scene->terminates()->terminate(nobody)).error().kind == Errc::invalid_request);
  CHECK(scene.run(scene->updates_tags()->update_tags(nobody, {})).error().kind == Errc::invalid_request);
  CHECK(scene.http.sent.empty());
}

}  // namespace tally::sfcompute_lifecycle_test
