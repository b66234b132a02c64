// What SF Compute lists and nobody can read costs itself only: nothing else is
// taken to be gone, or to be another thing.
#include <catch2/catch.hpp>
#include <set>

#include "providers/sfcompute/ssh_book.hpp"
#include "tests/providers/sfcompute/scene.hpp"

namespace tally::sfcompute_unread_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const GivenOptions old_nodes = {{"legacy_nodes", true}};

void list_nodes(SfScene& scene) {
  scene.list({});
  scene.http.reply("/v0/zones", 200, SfScene::file("v1_zones.json"));
  scene.http.reply("/v1/nodes", 200, SfScene::file("v1_nodes.json"));
}

/// What is said of rows that are there.
std::set<std::string> ids_of(const std::vector<Odd>& odd, const std::string& field) {
  std::set<std::string> ids;
  for (const Odd& each : odd) {
    if (each.field == field) ids.insert(each.id);
  }
  return ids;
}

/// The list of zones, the first of which has become that.
std::string zones_with(const std::string& first) {
  json::value zones = SfScene::sheet("v1_zones.json");
  zones.at("data").at(0) = json::parse(first);
  return json::serialize(zones);
}

std::string richmond(const char* field, const json::value& value) {
  json::value zone = SfScene::sheet("v1_zones.json").at("data").at(0);
  zone.at(field) = value;
  return json::serialize(zone);
}

sfcompute::Machine machine_named(const std::string& key) {
  sfcompute::Machine machine;
  machine.ssh_key = key;
  return machine;
}

sfcompute::SshPlace place_of(std::size_t bytes) {
  return {"gpu.sf.example", 22, {"ssh-rsa " + std::string(bytes / 4 * 4, 'A')}};
}

}  // namespace

TEST_CASE("image rows of SF Compute's that cannot be read are told of", "[providers]") {
  SfScene scene;
  json::value page = SfScene::sheet("v2_images.json");
  json::array& rows = page.at("data").as_array();
  const auto add = [&rows](const char* field, const json::value& value) {
    json::object row = rows.at(0).as_object();
    row["id"] = std::string("image_") + field;
    row[field] = value;
    rows.push_back(row);
  };
  rows.push_back(7);
  add("id", 7);
  add("upload_status", 7);
  add("workspace", "prod");
  rows.back().as_object()["upload_status"] = "uploading";  // not there yet, which can be read
  add("name", 7);
  scene.http.reply("/preview/v2/images?limit=200", 200, json::serialize(page));
  const auto images = scene.run(scene->lists_images()->list_images(Scope(), ImageQuery()));
  REQUIRE(images);
  CHECK(images->rows.size() == 2);
  REQUIRE(images->rejected.size() == 3);
  CHECK(images->rejected[0].id.empty());
  CHECK(images->rejected[1].id.empty());
  CHECK(images->rejected[2].id == "image_upload_status");
  CHECK_FALSE(images->rejected[2].raw.empty());
  CHECK(ids_of(images->odd, "name") == std::set<std::string>{"image_name"});
}

TEST_CASE("nodes in a zone of SF Compute's that cannot be read are of the type that they were", "[providers]") {
  const std::string spoilt = GENERATE(std::string("7"), richmond("name", 7), richmond("interconnect_type", 7),
                                      richmond("interconnect_type", nullptr));
  CAPTURE(spoilt);
  SfScene scene(old_nodes);
  list_nodes(scene);
  CHECK(scene.machine("n_running01").type == "h100.ib");
  scene.http.reply("/v0/zones", 200, zones_with(spoilt));
  scene.clock.advance(301s);
  const auto listed = scene.instances();
  REQUIRE(listed);
  CHECK(scene.machine("n_running01").type == "h100.ib");
  CHECK(scene.machine("n_oldname01").type == "h200.ib");
  const std::set<std::string> told = ids_of(listed->odd, "zone");
  CHECK(told.contains("n_running01"));
  CHECK_FALSE(told.contains("n_oldname01"));
  // Where the zone was never read nobody knows.
  scene.restart(old_nodes);
  CHECK(scene.machine("n_running01").type.empty());
  CHECK(scene.machine("n_running01").instance_type_id.empty());
  CHECK(scene.machine("n_oldname01").type == "h200.ib");
}

TEST_CASE("nodes of SF Compute's are listed, and found, while its zones cannot be", "[providers]") {
  SfScene scene(old_nodes);
  list_nodes(scene);
  CHECK(scene.machine("n_running01").type == "h100.ib");
  scene.http.reply("/v0/zones", 503, "");
  scene.clock.advance(301s);
  const auto listed = scene.instances();
  REQUIRE(listed);
  CHECK(scene.machine("n_running01").type == "h100.ib");
  CHECK(ids_of(listed->odd, "zone").contains("n_running01"));
  scene.http.reply("/v1/nodes/n_running01", 200, SfScene::file("v1_node_n_running01.json"));
  const auto found = scene.run(scene->instance(InstanceRef(CloudId("n_running01"), "")));
  REQUIRE(found);
  CHECK(found->type == "h100.ib");
  // Where they were never listed nobody knows the types, yet the nodes are there.
  scene.restart(old_nodes);
  CHECK(scene.machine("n_running01").type.empty());
  // As soon as they are listed again all is known.
  scene.http.reply("/v0/zones", 200, SfScene::file("v1_zones.json"));
  CHECK(scene.machine("n_running01").type == "h100.ib");
}

TEST_CASE("of thousands of nodes at SF Compute none is taken to be gone when they are not listed any more",
          "[providers]") {
  SfScene scene(old_nodes);
  list_nodes(scene);
  constexpr std::size_t count = 2'000;
  json::object node = SfScene::sheet("v1_node_n_running01.json").as_object();
  node["vms"] = nullptr;
  json::array nodes;
  for (std::size_t i = 0; i < count; ++i) {
    node["id"] = "n_" + std::to_string(i);
    nodes.push_back(node);
  }
  scene.http.reply("/v1/nodes", 200, json::serialize(json::object{{"data", nodes}}));
  REQUIRE(scene.instances());
  scene.restart();
  const auto without = scene.instances();
  REQUIRE(without);
  CHECK(without->rejected.size() == count);
}

TEST_CASE("places at SF Compute of thousands of machines are kept, within a bound", "[providers]") {
  const auto after_restart = [](sfcompute::SshBook& book) {
    const std::string kept = book.unsaved().value();
    CHECK(kept.size() <= std::size_t{8} << 20U);
    sfcompute::SshBook next;
    next.recall(kept, LoopbackIs::nobodys);
    return next;
  };
  sfcompute::SshBook book;
  for (int i = 0; i < 2'000; ++i) book.note(machine_named("inst_" + std::to_string(i)), place_of(1'000), TimePoint());
  const sfcompute::SshBook kept = after_restart(book);
  CHECK(kept.find(machine_named("inst_0")) != nullptr);
  CHECK(kept.find(machine_named("inst_999")) != nullptr);
  // One that does not fit keeps none away that does.
  sfcompute::SshBook full;
  sfcompute::SshPlace large = place_of(4'000);
  large.host_keys.resize(16, large.host_keys.front());
  for (int i = 0; i < 200; ++i) full.note(machine_named("huge_" + std::to_string(i)), large, TimePoint());
  full.note(machine_named("last"), place_of(100), TimePoint());
  const sfcompute::SshBook of_full = after_restart(full);
  CHECK(of_full.find(machine_named("huge_0")) != nullptr);
  CHECK(of_full.find(machine_named("last")) != nullptr);
}

}  // namespace tally::sfcompute_unread_test
