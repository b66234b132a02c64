// What is done to machines at Shadeform, over real HTTP against the simulated face.
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

#include "providers/registry.hpp"
#include "runtime/base64.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/net/client_world.hpp"
#include "tests/simcloud/cloud_site.hpp"

namespace tally::shadeform_lifecycle_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

const std::string key_line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@here";

/// An account at a simulated Shadeform that has one H100 to give.
class Scene {
 public:
  Scene() {
    cloud.stock("gpu_1x_h100_sxm5", "us-east-1");
    Credential credential;
    credential.ref = CredentialRef("prod");
    credential.fields.emplace("api_key", Secret(simcloud::Options().api_key));
    credential.endpoint = cloud.endpoint();
    const Provider& provider = *find_provider("shadeform");
    account_ =
        provider.open(AccountContext{credential, *world.client, world.budget, world.clock, world.rng, cache_,
                                     world.context.get_executor(), Redactor(credential.fields, provider.description)});
  }
  Account* operator->() { return account_.get(); }
  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(world.context, std::move(task));
  }
  Result<Created> create(CreateRequest request) { return run(account_->creates()->create(std::move(request))); }
  Created created(CreateRequest request) {
    Result<Created> made = create(std::move(request));
    if (!made) throw std::runtime_error(to_text(made.error()));
    return std::move(*made);
  }
  Result<Instance> read(const Created& made) { return run(account_->instance(ref_of(made))); }
  static InstanceRef ref_of(const Created& made) { return {made.instance.cloud_id, "us-east-1"}; }

  /// How many machines were ordered and are not ending.
  std::size_t machines() {
    std::size_t count = 0;
    const json::value state = cloud.truth();
    for (const json::value& row : state.at("instances").as_array()) {
      const bool is_over = text(row, "status") == "terminating" || text(row, "status") == "terminated";
      if (row.at("is_ordered").as_bool() && !is_over) ++count;
    }
    return count;
  }
  std::int64_t count(const char* operation) {
    const json::value counts = cloud.operations();
    const json::value* count = counts.as_object().if_contains(operation);
    return count == nullptr ? 0 : count->to_number<std::int64_t>();
  }
  std::size_t keys() { return cloud.truth().at("keys").as_array().size(); }
  json::array tags_of(const Created& made) {
    return cloud.get("/instances/" + made.instance.cloud_id.str() + "/info").body.at("tags").as_array();
  }
  void fault(json::object what) { cloud.control("fault", what); }

  CloudSite cloud{"shadeform"};
  World world;

 private:
  MemoryCache cache_;
  std::unique_ptr<Account> account_;
};

CreateRequest request() {
  CreateRequest asked;
  asked.ref_id = RefId("ref_1");
  asked.token = "token";
  asked.name = "my_box";
  asked.type = "massedcompute_H100_sxm5";
  asked.location = "us-east-1";
  asked.public_key = key_line;
  asked.tags = {{"team", "a=b"}, {"empty", ""}};
  return asked;
}

json::array texts(std::initializer_list<const char*> list) {
  json::array all;
  for (const char* text : list) all.emplace_back(text);
  return all;
}

}  // namespace

TEST_CASE("a machine made at Shadeform is read back as it was asked for", "[providers]") {
  Scene scene;
  const Created made = scene.created(request());
  CHECK(made.instance.status == LifecycleStatus::pending);
  REQUIRE(made.made.size() == 1);
  CHECK(made.made[0].kind == HandleKind::key);
  CHECK(made.made[0].name == "ref_1");
  CHECK(scene.keys() == 1);
  scene.cloud.step(3);
  const auto listed = scene.run(scene->instances({}));
  REQUIRE(listed);
  const auto row = std::find_if(listed->rows.begin(), listed->rows.end(),
                                [&](const Row<Instance>& each) { return each->cloud_id == made.instance.cloud_id; });
  REQUIRE(row != listed->rows.end());
  const auto one = scene.read(made);
  REQUIRE(one);
  CHECK(*one == **row);
  CHECK(one->ref_id == RefId("ref_1"));
  CHECK(one->cloud_cred_ref_id == CredentialRef("prod"));
  CHECK(one->name == "my_box");
  CHECK(one->type == "massedcompute_H100_sxm5");
  CHECK(one->location == "us-east-1");
  CHECK(one->status == LifecycleStatus::running);
  CHECK(one->image_id.starts_with("ubuntu22.04"));
  CHECK(one->tags == request().tags);
}

TEST_CASE("a key that Shadeform has already is used, whatever its comment, and is none of the create's",
          "[providers]") {
  Scene scene;
  scene.cloud.post("/sshkeys/add", {{"name", "old"}, {"public_key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ other"}});
  const bool is_named = GENERATE(true, false);
  CreateRequest asked = request();
  if (is_named) asked.key_pair_name = "old";
  CHECK(scene.created(asked).made.empty());
  CHECK(scene.keys() == 1);
}

TEST_CASE("a key's name that is taken at Shadeform gets a number", "[providers]") {
  Scene scene;
  scene.cloud.post("/sshkeys/add", {{"name", "ref_1"}, {"public_key", "ssh-ed25519 BBBB"}});
  CHECK(scene.created(request()).made.at(0).name == "ref_1-2");
}

TEST_CASE("a key whose adding was not answered is found", "[providers]") {
  Scene scene;
  scene.fault({{"kind", "reset"}, {"operation", "add-key"}, {"done", true}});
  CHECK(scene.created(request()).made.at(0).name == "ref_1");
  CHECK(scene.keys() == 1);
}

TEST_CASE("what Shadeform cannot do is refused by its parameter, and nothing is changed", "[providers]") {
  using Change = void (*)(CreateRequest&);
  const auto [change, kind, parameter] = GENERATE(table<Change, Errc, std::string>({
      {[](CreateRequest& r) { r.type = "massedcompute_H900"; }, Errc::invalid_request, "type"},
      {[](CreateRequest& r) { r.type = "nothing"; }, Errc::invalid_request, "type"},
      {[](CreateRequest& r) { r.location = "nowhere-1"; }, Errc::invalid_request, "location"},
      {[](CreateRequest& r) { r.image_id = "windows"; }, Errc::image_not_found, "image_id"},
      {[](CreateRequest& r) { r.tags["refID"] = "x"; }, Errc::invalid_request, "tags.refID"},
      {[](CreateRequest& r) { r.tags["a=b"] = "x"; }, Errc::invalid_request, "tags.a=b"},
      {[](CreateRequest& r) { r.environment["A B"] = "x"; }, Errc::invalid_request, "environment.A B"},
      {[](CreateRequest& r) { r.user_data_base64 = "?"; }, Errc::invalid_request, "user_data_base64"},
      {[](CreateRequest& r) { r.user_data_base64 = to_base64("#cloud-config\n"); }, Errc::not_implemented,
       "user_data_base64"},
      {[](CreateRequest& r) { r.firewall.ingress = {{"", 0, 1, {}}}; }, Errc::invalid_request,
       "firewall_rules.ingress[0].from_port"},
      {[](CreateRequest& r) { r.key_pair_name = "none"; }, Errc::invalid_request, "key_pair_name"},
      {[](CreateRequest& r) { r.disk_size = Bytes::of(100, ByteUnit::gigabyte); }, Errc::not_implemented,
       "disk_size_bytes"},
      {[](CreateRequest& r) { r.sub_location = "a"; }, Errc::not_implemented, "sub_location"},
      {[](CreateRequest& r) { r.is_spot = true; }, Errc::not_implemented, "is_spot"},
      {[](CreateRequest& r) { r.uses_multi_attach_volume = true; }, Errc::not_implemented, "use_multi_attach_volume"},
      {[](CreateRequest& r) { r.vpc_id = "v"; }, Errc::not_implemented, "vpc_id"},
      {[](CreateRequest& r) { r.uses_persistent_ip = true; }, Errc::not_implemented, "use_persistent_ip"},
      {[](CreateRequest& r) { r.additional_disks.emplace_back(); }, Errc::not_implemented, "additional_disks"},
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
  CHECK(made.error().provider == "shadeform");
  CHECK(scene.machines() == 0);
  CHECK(scene.keys() == 0);
}

TEST_CASE("a create that Shadeform refuses leaves nothing behind", "[providers]") {
  const auto [fault, kind] = GENERATE(
      table<std::string, Errc>({{"out_of_stock", Errc::insufficient_resources}, {"out_of_quota", Errc::out_of_quota}}));
  Scene scene;
  scene.fault({{"kind", fault}, {"operation", "launch"}});
  const auto made = scene.create(request());
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == kind);
  CHECK_FALSE(made.error().code.empty());
  CHECK(made.error().certainty == Certainty::nothing_happened);
  CHECK(made.error().made.empty());
  CHECK(scene.keys() == 0);
}

TEST_CASE("a key that cannot be removed after a refusal is told of", "[providers]") {
  Scene scene;
  scene.fault({{"kind", "out_of_stock"}, {"operation", "launch"}});
  scene.fault({{"kind", "status"}, {"status", 403}, {"operation", "delete-key"}, {"count", -1}});
  const auto made = scene.create(request());
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Errc::insufficient_resources);
  CHECK(made.error().certainty == Certainty::partly);
  REQUIRE(made.error().made.size() == 1);
  scene.cloud.clear_faults();
  CHECK(scene.run(scene->creates()->remove(made.error().made[0], "us-east-1")));
  CHECK(scene.keys() == 0);
  CHECK(scene.run(scene->creates()->remove(made.error().made[0], "us-east-1")));
}

TEST_CASE("a machine whose create was not answered is found by its RefID, and not made again", "[providers]") {
  const std::string fault = GENERATE("reset", "html", "bad_json");
  Scene scene;
  scene.fault({{"kind", fault}, {"operation", "launch"}, {"done", true}});
  const Created made = scene.created(request());
  CHECK(made.instance.ref_id == RefId("ref_1"));
  CHECK(made.made.size() == 1);
  CHECK(scene.machines() == 1);
}

TEST_CASE("a create of which nobody knows what came says so, with what it made", "[providers]") {
  const bool is_done = GENERATE(true, false);
  Scene scene;
  scene.fault({{"kind", "reset"}, {"operation", "launch"}, {"done", is_done}});
  scene.fault({{"kind", "lagging_list"}, {"operation", "list-instances"}, {"count", -1}});
  const auto made = scene.create(request());
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Errc::service_unavailable);
  CHECK(made.error().certainty == Certainty::partly);
  CHECK(made.error().made.size() == 1);
  CHECK(scene.machines() == (is_done ? 1 : 0));
  CHECK(scene.count("launch") == 1);
}

TEST_CASE("a create of a RefID that lives at Shadeform answers that machine, and of another one is a conflict",
          "[providers]") {
  Scene scene;
  const Created first = scene.created(request());
  CHECK(scene.created(request()).instance.cloud_id == first.instance.cloud_id);
  CHECK(scene.machines() == 1);
  CreateRequest other = request();
  scene.cloud.stock("gpu_1x_h100_sxm5", "us-west-1");
  other.location = "us-west-1";
  const auto refused = scene.create(other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::conflict);
  REQUIRE(scene.run(scene->terminates()->terminate(Scene::ref_of(first))));
  CHECK(scene.created(request()).instance.cloud_id != first.instance.cloud_id);
}

TEST_CASE("a machine at Shadeform that nobody can read and that has the RefID in it keeps another from being ordered",
          "[providers]") {
  Scene scene;
  scene.fault({{"kind", "status"},
               {"operation", "list-instances"},
               {"status", 200},
               {"body", R"({"instances":[{"id":"odd-1","status":17,"name":"ref_1"}]})"}});
  const auto refused = scene.create(request());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::service_unavailable);
  CHECK(refused.error().certainty == Certainty::nothing_happened);
  CHECK(scene.machines() == 0);
  CHECK(scene.keys() == 0);
}

TEST_CASE("a machine is there although nothing can be read of it after its create", "[providers]") {
  Scene scene;
  scene.fault({{"kind", "status"}, {"status", 404}, {"operation", "show-instance"}, {"count", -1}});
  const Created made = scene.created(request());
  CHECK_FALSE(made.instance.cloud_id.empty());
  CHECK(made.instance.status == LifecycleStatus::pending);
  CHECK(made.instance.ref_id == RefId("ref_1"));
  CHECK(made.instance.cloud_cred_ref_id == CredentialRef("prod"));
  CHECK(made.instance.instance_type_id == InstanceTypeId("massedcompute_H100_sxm5_us-east-1"));
}

TEST_CASE("terminating a Shadeform machine that is ending, gone or nobody's succeeds", "[providers]") {
  Scene scene;
  const Created made = scene.created(request());
  CHECK(scene.run(scene->terminates()->terminate(Scene::ref_of(made))));
  CHECK(scene.run(scene->terminates()->terminate(Scene::ref_of(made))));
  scene.cloud.step(10);
  CHECK(scene.run(scene->terminates()->terminate(Scene::ref_of(made))));
  CHECK(scene.run(scene->terminates()->terminate({CloudId("never"), ""})));
  CHECK(scene.machines() == 0);
  CHECK(scene.run(scene->creates()->remove(made.made.at(0), "")));
}

TEST_CASE("a terminate that Shadeform does not answer well is an error, but for a machine that is ending",
          "[providers]") {
  Scene scene;
  const Created made = scene.created(request());
  const json::object conflict{{"kind", "status"},
                              {"status", 409},
                              {"operation", "terminate"},
                              {"body", R"({"error_code":"CONFLICT","error":"busy"})"}};
  scene.fault(conflict);
  const auto refused = scene.run(scene->terminates()->terminate(Scene::ref_of(made)));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::conflict);
  REQUIRE(scene.run(scene->terminates()->terminate(Scene::ref_of(made))));
  scene.fault(conflict);
  CHECK(scene.run(scene->terminates()->terminate(Scene::ref_of(made))));
}

TEST_CASE("a key in use is a conflict to remove", "[providers]") {
  Scene scene;
  const Created made = scene.created(request());
  const auto refused = scene.run(scene->creates()->remove(made.made.at(0), ""));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::conflict);
}

TEST_CASE("a Shadeform machine is restarted once", "[providers]") {
  Scene scene;
  const Created made = scene.created(request());
  scene.cloud.step(3);
  CHECK(scene.run(scene->reboots()->reboot(Scene::ref_of(made))));
  scene.fault({{"kind", "reset"}, {"operation", "restart"}, {"done", true}});
  const auto unanswered = scene.run(scene->reboots()->reboot(Scene::ref_of(made)));
  REQUIRE_FALSE(unanswered);
  CHECK(unanswered.error().certainty == Certainty::unknown);
  CHECK(scene.count("restart") == 2);
  const auto refused = scene.run(scene->reboots()->reboot({CloudId("never"), ""}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::instance_not_found);
}

TEST_CASE("tags are changed at Shadeform by writing all of them, ours among them", "[providers]") {
  Scene scene;
  const Created made = scene.created(request());
  const auto update = [&](TagChanges changes) {
    return scene.run(scene->updates_tags()->update_tags(Scene::ref_of(made), std::move(changes)));
  };
  REQUIRE(update({{"team", std::nullopt}, {"empty", "no=more"}, {"new", "1"}}));
  CHECK(scene.tags_of(made) == texts({"cloudCredRefID=prod", "empty=no=more", "new=1", "refID=ref_1"}));
  const auto read = scene.read(made);
  REQUIRE(read);
  CHECK(read->ref_id == RefId("ref_1"));
  const auto refused = update({{"cloudCredRefID", std::nullopt}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.starts_with("`tags.cloudCredRefID` "));
}

TEST_CASE("Shadeform is told when a machine is to end, and its tags stay", "[providers]") {
  Scene scene;
  const Created made = scene.created(request());
  const auto before = scene.tags_of(made);
  CHECK(scene.run(scene->sets_end()->set_end(Scene::ref_of(made), Timestamp(std::chrono::hours(500'000)))));
  CHECK(scene.run(scene->sets_end()->set_end(Scene::ref_of(made), std::nullopt)));
  CHECK(scene.tags_of(made) == before);
}

TEST_CASE("Shadeform's images are those that its types take", "[providers]") {
  Scene scene;
  const auto images = scene.run(scene->lists_images()->list_images({}, {}));
  REQUIRE(images);
  REQUIRE(images->rows.size() == 1);
  CHECK(images->rows[0]->id == "ubuntu22.04_cuda12.6_shade_os");
  CHECK(images->rows[0]->is_default);
}

}  // namespace tally::shadeform_lifecycle_test
