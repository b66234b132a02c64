// What SF Compute's SKUs are called as types: the same with every answer, also
// where one of them cannot be read.
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "tests/providers/sfcompute/scene.hpp"

namespace tally::sfcompute_skus_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

using Names = std::set<std::string>;

const std::string h100_sku = "isku_cxcwpDW93MaaBelmnLaez";
const std::string pool_path = "/preview/v2/pools/sfc:pool:acme:prod:default";
const std::string h100_id = "us-west-noSub-h100.ib";

/// The first of those that were recorded.
json::object sku_with(const std::function<void(json::object& sku)>& change) {
  json::object sku = SfScene::sheet("v2_instance_skus.json").at("data").at(0).as_object();
  change(sku);
  return sku;
}

json::object first() {
  return sku_with([](json::object&) {});
}

/// Of the same kind, in the same region.
json::object second() {
  return sku_with([](json::object& sku) {
    sku["id"] = "isku_other";
    sku["alias"] = "sea-4-h100";
  });
}

json::object elsewhere() {
  return sku_with([](json::object& sku) {
    sku["id"] = "isku_abroad";
    sku["region"] = nullptr;
    sku["rdma_type"] = {{"value", "roce"}};
  });
}

void list_skus(SfScene& scene, const json::array& skus) {
  const json::object page{{"has_more", false}, {"cursor", nullptr}, {"data", skus}};
  scene.http.reply("/preview/v2/instance_skus?limit=200", 200, json::serialize(page));
  for (const char* id : {h100_sku.c_str(), "isku_other", "isku_abroad"}) {
    scene.http.reply(std::string("/preview/v2/orderbook/quote?instance_sku=") + id, 200,
                     SfScene::file("v2_orderbook_quote.json"));
  }
}

struct Seen {
  Names types;
  Names rejected;
  Names regions;
};

Seen look(SfScene& scene) {
  const auto offering = scene.run(scene->instance_types(Scope()));
  if (!offering) throw std::runtime_error(to_text(offering.error()));
  Seen seen;
  for (const auto& row : offering->types.rows) seen.types.insert(row->id.str());
  for (const Rejected& row : offering->types.rejected) seen.rejected.insert(row.id);
  for (const auto& row : offering->locations.value().rows) seen.regions.insert(row->name);
  return seen;
}

}  // namespace

TEST_CASE("SKUs of one region and kind are told apart by their aliases", "[providers]") {
  SfScene scene;
  list_skus(scene, {first(), second(), elsewhere()});
  CHECK(look(scene).types ==
        Names{"us-west-noSub-h100.ib.sea-3-h100", "us-west-noSub-h100.ib.sea-4-h100", "sfc-noSub-h100.roce"});
}

TEST_CASE("SKUs of one alias are told apart all the same", "[providers]") {
  SfScene scene;
  list_skus(scene, {first(), sku_with([](json::object& sku) { sku["id"] = "isku_other"; })});
  CHECK(look(scene).types == Names{"us-west-noSub-h100.ib.sea-3-h100", "us-west-noSub-h100.ib.isku_other"});
}

TEST_CASE("a SKU at SF Compute keeps its name when another of its kind comes, or goes", "[providers]") {
  SfScene scene;
  list_skus(scene, {second()});
  CHECK(look(scene).types == Names{h100_id});
  list_skus(scene, {first(), second()});
  const Names both{h100_id, "us-west-noSub-h100.ib.sea-3-h100"};
  CHECK(look(scene).types == both);
  list_skus(scene, {first()});
  CHECK(look(scene).types == Names{"us-west-noSub-h100.ib.sea-3-h100"});
  scene.restart();
  CHECK(look(scene).types == Names{"us-west-noSub-h100.ib.sea-3-h100"});
  list_skus(scene, {first(), second()});
  CHECK(look(scene).types == both);
}

TEST_CASE("a SKU at SF Compute that moved, or is of another kind, is another type", "[providers]") {
  SfScene scene;
  list_skus(scene, {first()});
  CHECK(look(scene).types == Names{h100_id});
  list_skus(scene, {sku_with([](json::object& sku) { sku["rdma_type"] = nullptr; })});
  CHECK(look(scene).types == Names{"us-west-noSub-h100"});
}

TEST_CASE("a known SKU that SF Compute spoils is told of by its type, and its region stays", "[providers]") {
  const auto [field, value] = GENERATE(table<std::string, std::string>({
      {"num_accelerators", "null"},
      {"accelerator", "null"},
      {"region", R"("us-west")"},
      {"region", R"({"value":7})"},
      {"region", "{}"},
      {"rdma_type", "[]"},
      {"rdma_type", R"({"value":null})"},
  }));
  CAPTURE(field, value);
  SfScene scene;
  list_skus(scene, {first(), elsewhere()});
  CHECK(look(scene).types == Names{h100_id, "sfc-noSub-h100.roce"});
  json::object spoilt = first();
  spoilt[field] = json::parse(value);
  list_skus(scene, {spoilt, elsewhere()});
  scene.restart();
  const Seen seen = look(scene);
  CHECK(seen.types == Names{"sfc-noSub-h100.roce"});
  CHECK(seen.rejected == Names{h100_id});
  CHECK(seen.regions == Names{"sfc", "us-west"});
  // Its machines are known by it as before.
  CHECK(scene.machine("inst_running00000000001").instance_type_id == InstanceTypeId(h100_id));
}

TEST_CASE("a SKU at SF Compute that cannot be read renames none of its kind", "[providers]") {
  SfScene scene;
  list_skus(scene, {first(), second()});
  const Names both{"us-west-noSub-h100.ib.sea-3-h100", "us-west-noSub-h100.ib.sea-4-h100"};
  CHECK(look(scene).types == both);
  list_skus(scene, {sku_with([](json::object& sku) { sku["num_accelerators"] = nullptr; }), second()});
  const Seen seen = look(scene);
  CHECK(seen.types == Names{"us-west-noSub-h100.ib.sea-4-h100"});
  CHECK(seen.rejected == Names{"us-west-noSub-h100.ib.sea-3-h100"});
}

TEST_CASE("a SKU without a GPU is told of, by its own ID, and ends nothing", "[providers]") {
  SfScene scene;
  list_skus(scene, {sku_with([](json::object& sku) { sku["accelerator"] = nullptr; }), elsewhere()});
  const Seen seen = look(scene);
  CHECK(seen.types.size() == 1);
  CHECK(seen.rejected == Names{h100_sku});
}

TEST_CASE("a row of SF Compute's that does not say which SKU it is takes no region away", "[providers]") {
  SfScene scene;
  list_skus(scene, {7, elsewhere()});
  const auto offering = scene.run(scene->instance_types(Scope()));
  REQUIRE(offering);
  REQUIRE(offering->locations->rejected.size() == 1);
  CHECK(offering->locations->rejected[0].id.empty());
}

TEST_CASE("what is kept of the names of SF Compute's SKUs and cannot be read is left out", "[providers]") {
  SfScene scene;
  scene.cache.put("sku_names", GENERATE("", "[]", "{", R"({"isku_other":[]})", R"({"isku_other":["a",7,"b"]})"));
  scene.restart();
  list_skus(scene, {second()});
  CHECK(look(scene).types == Names{h100_id});
}

}  // namespace tally::sfcompute_skus_test
