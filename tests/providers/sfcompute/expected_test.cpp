// Rows from the recorded replies against what the vendor-neutral reference
// implementation made of the same replies, field by field. Every difference
// that is meant is in the tables below with its reason; one that is not there
// fails, and so does one that no longer occurs.
#include "tests/providers/reference.hpp"
#include "tests/providers/sfcompute/scene.hpp"

namespace tally::sfcompute_expected_test {
using namespace tally::fakes;
using namespace tally::reference;
namespace json = boost::json;

namespace {

json::object expected(const std::string& file) {
  return json::parse(read_file("sfcompute/expected/" + file)).as_object();
}

/// Each of ours but those of `alone` against the reference's, each of which
/// must be there.
void compare_instances(Differences& differences, const Answer<Instance>& ours, const json::object& all,
                       const std::set<std::string>& alone) {
  json::object remaining = index(all.at("instances").at("items").as_array(), "cloud_id");
  for (const auto& row : ours.rows) {
    const auto at = remaining.find(row->cloud_id.str());
    if (at == remaining.end()) {
      CHECK(alone.contains(row->cloud_id.str()));
      continue;
    }
    compare_instance(differences, at->value().as_object(), *row);
    remaining.erase(at);
  }
  CHECK(remaining.empty());
}

}  // namespace

TEST_CASE(
    "SF Compute's rows equal the reference field by field, but for the "
    "meant differences",
    "[providers]") {
  const std::map<std::string, std::string> meant = {
      {"type cloud", "who runs the machine is said; the reference leaves it empty"},
      {"type location", "the SKU's region; the reference has one word for all"},
      {"gpu type", "as the vendor writes it"},
      {"gpu memory_bytes", "a nominal N GB of VRAM is N x 2^30 for every provider"},
      {"gpu network_details", "as the vendor writes it: the generation is not said"},
      {"instance location", "the SKU's region"},
      {"instance type", "the SKU's type; the reference takes every machine for an H100"},
      {"instance type id", "of that type and region"},
      {"instance image", "the vendor says it; the reference drops it"},
      {"instance cloud_cred_ref_id", "a machine without tags is nobody's of ours"},
  };
  Differences differences(meant);
  SfScene scene;
  const json::object all = expected("v2.json");
  const auto types = scene.types();
  REQUIRE(types);
  CHECK(types->rejected.empty());
  CHECK(types->odd.empty());
  REQUIRE(types->rows.size() == 3);
  const auto h100 = std::find_if(types->rows.begin(), types->rows.end(),
                                 [](const Row<InstanceType>& row) { return row->id.str() == "us-west-noSub-h100.ib"; });
  REQUIRE(h100 != types->rows.end());
  compare_type(differences, all.at("instance_types").at("items").at(0).as_object(), **h100);
  CHECK((*h100)->attributes.estimated_deploy_time_s == 840);

  const auto instances = scene.instances();
  REQUIRE(instances);
  CHECK(instances->rejected.empty());
  CHECK(instances->odd.empty());
  compare_instances(differences, *instances, all, {});
  for (const auto& entry : all.at("get_instance").as_object()) {
    const json::object& want = entry.value().as_object();
    if (!want.contains("item")) continue;
    const std::string id = text(want, "id_asked");
    scene.http.reply("/preview/v2/instances/" + id, 200, SfScene::file(std::string(entry.key())));
    const auto instance = scene.run(scene->instance(InstanceRef(CloudId(id), "")));
    REQUIRE(instance);
    compare_instance(differences, want.at("item").as_object(), *instance);
  }
  differences.check_all_seen();
}

TEST_CASE(
    "nodes of SF Compute's old API equal the reference, but for the "
    "meant differences",
    "[providers]") {
  const std::map<std::string, std::string> meant = {
      {"instance status pending>terminated", "a documented word for one that is over"},
      {"instance ssh_port", "not known until it is said"},
      {"instance image", "the vendor says it; the reference drops it"},
      {"instance cloud_cred_ref_id", "an old name does not say whose it is"},
  };
  Differences differences(meant);
  SfScene scene({{"legacy_nodes", true}});
  scene.list({});
  scene.http.reply("/v0/zones", 200, SfScene::file("v1_zones.json"));
  scene.http.reply("/v1/nodes", 200, SfScene::file("v1_nodes.json"));
  for (const char* vm : {"vm_run1", "vm_run3", "vm_run4"}) {
    scene.http.reply(std::string("/v0/vms/ssh?vm_id=") + vm, 200,
                     SfScene::file(std::string("v1_vm_ssh_") + vm + ".json"));
  }
  const auto instances = scene.instances();
  REQUIRE(instances);
  CHECK(instances->rejected.empty());
  compare_instances(differences, *instances, expected("v1.json"), {"n_foreign01"});
  const Instance foreign = scene.machine("n_foreign01");
  CHECK(foreign.ref_id.empty());
  CHECK(foreign.name == "cuda-crunch");
  CHECK(foreign.public_ip == "24.125.89.212");
  differences.check_all_seen();
}

}  // namespace tally::sfcompute_expected_test
