// Where SSH reaches machines at SF Compute, which is asked for machine by
// machine, and what is known of it while that cannot be asked.
#include <catch2/catch.hpp>

#include "tests/providers/sfcompute/scene.hpp"

namespace tally::sfcompute_places_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const std::string running_ssh = "/preview/v2/instances/inst_running00000000001/ssh";

json::object running_machine() { return SfScene::sheet("v2_instance_gpu-run.json").as_object(); }

/// inst_100 and so on, all running, each with that answer to where SSH reaches it.
void list_many(SfScene& scene, int count, int status, const std::string& place) {
  json::array machines;
  for (int i = 0; i < count; ++i) {
    json::object machine = running_machine();
    machine["id"] = "inst_" + std::to_string(100 + i);
    scene.http.reply("/preview/v2/instances/inst_" + std::to_string(100 + i) + "/ssh", status, place);
    machines.push_back(machine);
  }
  scene.list(machines);
}

std::size_t addresses(SfScene& scene) {
  const auto listed = scene.instances();
  if (!listed) throw std::runtime_error(to_text(listed.error()));
  return static_cast<std::size_t>(std::count_if(listed->rows.begin(), listed->rows.end(),
                                                [](const Row<Instance>& row) { return !row->public_ip.empty(); }));
}

}  // namespace

TEST_CASE(
    "a machine whose SSH answer fails stays in SF Compute's list, with "
    "what was known",
    "[providers]") {
  SfScene scene;
  CHECK(scene.machine("inst_running00000000001").public_ip == "24.125.89.203");
  CHECK(scene.machine("inst_running00000000001").ssh_port == 22);
  const std::vector<std::string> published = {
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHNhbXBsZS1ob3N0LWtleS1mb3ItdGFsbHktMDAwMQ=="};
  CHECK(scene.machine("inst_running00000000001").attributes->host_keys == published);
  CHECK(scene.asked(running_ssh) == 1);
  scene.http.reply(running_ssh, 500, "");
  scene.clock.advance(61s);
  CHECK(scene.machine("inst_running00000000001").public_ip == "24.125.89.203");
  CHECK(scene.asked(running_ssh) == 2);
  CHECK(scene.machine("inst_running00000000001").attributes->host_keys == published);
  CHECK(scene.instances()->rows.size() == 6);
}

TEST_CASE(
    "a machine that SF Compute does not reach yet has no address, and is "
    "asked for again",
    "[providers]") {
  SfScene scene;
  scene.http.reply(running_ssh, 404, SfScene::file("v2_ssh_404.json"));
  const Instance early = scene.machine("inst_running00000000001");
  CHECK(early.public_ip.empty());
  CHECK_FALSE(early.ssh_port);
  CHECK(early.status == LifecycleStatus::running);
  scene.http.reply(running_ssh, 200, SfScene::file("v2_ssh_gpu-run.json"));
  CHECK(scene.machine("inst_running00000000001").public_ip.empty());
  scene.clock.advance(10s);
  CHECK(scene.machine("inst_running00000000001").public_ip == "24.125.89.203");
  json::object machine = running_machine();
  machine["updated_at"] = 1778746201;
  scene.list({machine});
  scene.http.reply(running_ssh, 200, R"({"hostname":"gpu.sf.example","port":70000})");
  const Instance moved = scene.machine("inst_running00000000001");
  CHECK(moved.public_dns == "gpu.sf.example");
  CHECK(moved.public_ip.empty());
  CHECK_FALSE(moved.ssh_port);
}

TEST_CASE(
    "in one pass few machines at SF Compute are asked for their place, "
    "the longest unasked first",
    "[providers]") {
  SfScene scene;
  list_many(scene, 25, 200, SfScene::file("v2_ssh_gpu-run.json"));
  for (const std::size_t asked : {10U, 20U, 25U, 25U}) {
    REQUIRE(scene.instances());
    CHECK(scene.asked("/ssh") == asked);
  }
  // A service that is not well is not asked on.
  list_many(scene, 25, 503, "");
  scene.clock.advance(61s);
  REQUIRE(scene.instances());
  CHECK(scene.asked("/ssh") == 26);
}

TEST_CASE("places that are known at SF Compute outlive a restart, also while they cannot be asked for", "[providers]") {
  SfScene scene;
  list_many(scene, 25, 200, SfScene::file("v2_ssh_gpu-run.json"));
  CHECK(addresses(scene) == 10);
  CHECK(addresses(scene) == 20);
  CHECK(addresses(scene) == 25);
  const Instance before = scene.machine("inst_124");
  CHECK_FALSE(before.attributes->host_keys.empty());
  list_many(scene, 25, 503, "");
  scene.restart();
  CHECK(addresses(scene) == 25);
  CHECK(scene.machine("inst_124") == before);
  CHECK(scene.asked("/ssh") > 25);  // what was kept is asked for again
}

TEST_CASE("what is kept of SF Compute's places and cannot be read is asked for anew", "[providers]") {
  SfScene scene;
  scene.cache.put("ssh_places", GENERATE("", "[]", "{", R"({"inst_running00000000001":{"hostname":7}})"));
  scene.restart();
  CHECK(scene.machine("inst_running00000000001").public_ip == "24.125.89.203");
}

TEST_CASE("a machine at SF Compute in a state that nobody knows keeps its address", "[providers]") {
  SfScene scene;
  CHECK(scene.machine("inst_running00000000001").public_ip == "24.125.89.203");
  json::object machine = running_machine();
  machine["status"] = "migrating";
  scene.list({machine});
  scene.http.reply(running_ssh, 503, "");
  CHECK(scene.machine("inst_running00000000001").public_ip == "24.125.89.203");
  machine["status"] = "terminated";
  scene.list({machine});
  CHECK(scene.machine("inst_running00000000001").public_ip.empty());
}

TEST_CASE("slow answers to where SSH reaches machines at SF Compute hold up the list for ten seconds", "[providers]") {
  SfScene scene;
  list_many(scene, 10, 200, SfScene::file("v2_ssh_gpu-run.json"));
  scene.http.script = [&scene](const FakeHttp::Sent& call) {
    if (call.url.ends_with("/ssh")) scene.clock.advance(4s);
    return std::optional<Response>();
  };
  CHECK(addresses(scene) == 3);
  CHECK(addresses(scene) == 6);
}

}  // namespace tally::sfcompute_places_test
