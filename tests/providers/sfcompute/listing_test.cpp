// What SF Compute lists: what of a pool is free, and what it costs; and what it,
// or something in its place, may answer instead.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/providers/sfcompute/scene.hpp"

namespace tally::sfcompute_listing_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const std::string h100_sku = "isku_cxcwpDW93MaaBelmnLaez";
const std::string skus_path = "/preview/v2/instance_skus?limit=200";
const std::string pool_path = "/preview/v2/pools/sfc:pool:acme:prod:default";

InstanceType h100(SfScene& scene) {
  const auto types = scene.types();
  if (!types) throw std::runtime_error(to_text(types.error()));
  for (const auto& row : types->rows) {
    if (row->id.str() == "us-west-noSub-h100.ib") return *row;
  }
  throw std::runtime_error("no row of the H100");
}

/// The pool with that schedule of H100s.
void schedule(SfScene& scene, const std::string& ranges) {
  json::value pool = SfScene::sheet("v2_pool.json");
  pool.at("allocation_schedule").at("by_instance_sku").at(h100_sku) = json::parse(ranges);
  scene.http.reply(pool_path, 200, json::serialize(pool));
}

json::object running_machine() { return SfScene::sheet("v2_instance_gpu-run.json").as_object(); }

}  // namespace

TEST_CASE("an SF Compute type can be had while the pool has a free node of it", "[providers]") {
  SfScene scene;
  const auto types = scene.types();
  REQUIRE(types);
  std::map<std::string, std::pair<std::optional<bool>, std::optional<AvailabilityReason>>> stock;
  for (const auto& row : types->rows) stock[row->id.str()] = {row->is_available, row->availability_reason};
  using Stock = std::pair<std::optional<bool>, std::optional<AvailabilityReason>>;
  CHECK(stock.at("us-west-noSub-h100.ib") == Stock(true, std::nullopt));                   // 6, of which 4 are used
  CHECK(stock.at("us-east-noSub-h200.ib") == Stock(false, AvailabilityReason::capacity));  // 1, used
  CHECK(stock.at("us-east-noSub-h100") == Stock(false, AvailabilityReason::quota));        // none bought
  const auto offering = scene.run(scene->instance_types(Scope()));
  REQUIRE(offering);
  REQUIRE(offering->locations->rows.size() == 2);
  CHECK(offering->locations->rows[0]->name == "us-east");
  CHECK(offering->locations->rows[1]->is_available);
}

TEST_CASE("of an SF Compute schedule the range that holds now counts", "[providers]") {
  // Now is 2026-09-01, 1788220800.
  const auto [ranges, free] = GENERATE(table<std::string, std::optional<bool>>({
      {R"([{"start_at":1788220800,"end_at":1788220801,"node_count":5}])", true},
      {R"([{"start_at":1788220000,"end_at":1788220800,"node_count":5}])", false},
      {R"([{"start_at":1788220801,"end_at":null,"node_count":5}])", false},
      {R"([{"start_at":1788220000,"node_count":5},{"start_at":1788220700,"end_at":null,"node_count":4}])", false},
      {R"([{"start_at":1788220700,"end_at":null,"node_count":5},{"start_at":1788220000,"node_count":4}])", true},
      {R"([{"start_at":1788220000,"node_count":5},{"start_at":1788220900,"end_at":null,"node_count":4}])", true},
      {R"([{"start_at":1788220000,"end_at":1788220100,"node_count":9},{"start_at":1788220900,"node_count":9}])", false},
      {R"([{"start_at":1.78822e9,"end_at":null,"node_count":5.0}])", true},
      {"[]", false},
      {"null", std::nullopt},
      {R"([{"start_at":null,"end_at":null,"node_count":5}])", std::nullopt},
      {R"([{"start_at":1788220000,"end_at":null,"node_count":"5"}])", std::nullopt},
      {R"([{"start_at":1788220000,"end_at":null,"node_count":-1}])", std::nullopt},
  }));
  CAPTURE(ranges);
  SfScene scene;
  schedule(scene, ranges);
  CHECK(h100(scene).is_available == free);
}

TEST_CASE("a pool of SF Compute's may name tens of thousands of SKUs, and one bad schedule costs itself",
          "[providers]") {
  SfScene scene;
  json::value pool = SfScene::sheet("v2_pool.json");
  json::object& schedules = pool.at("allocation_schedule").at("by_instance_sku").as_object();
  const json::value of_h100 = schedules.at(h100_sku);
  for (int i = 0; i < 20'000; ++i) schedules["isku_of_others_" + std::to_string(i)] = of_h100;
  std::string deep(2'000, '[');
  deep += std::string(2'000, ']');
  schedules["isku_deep"] = "DEEP";
  std::string body = json::serialize(pool);
  body.replace(body.find("\"DEEP\""), 6, deep);
  REQUIRE(body.size() > 1 << 20);
  scene.http.reply(pool_path, 200, body);
  CHECK(h100(scene).is_available == true);
}

TEST_CASE("an answer that is no pool of SF Compute's fails the poll and sells nothing out", "[providers]") {
  const std::string body =
      GENERATE("{}", "[]", R"({"allocation_schedule":null})", R"({"allocation_schedule":{"by_instance_sku":[]}})",
               R"({"allocation_schedule":{"by_instance_sku":{"isku":}}})",
               R"({"allocation_schedule":{"by_instance_sku":{"isku":[{]}}})");
  CAPTURE(body);
  SfScene scene;
  scene.http.reply(pool_path, 200, body);
  CHECK_FALSE(scene.types());
}

TEST_CASE(
    "a machine at SF Compute that cannot be read takes up one node of nobody "
    "knows which",
    "[providers]") {
  const auto [nodes, is_free] =
      GENERATE(table<std::string, std::optional<bool>>({{"0", false}, {"1", std::nullopt}, {"2", true}}));
  CAPTURE(nodes);
  SfScene scene;
  schedule(scene, R"([{"start_at":1767225600,"end_at":null,"node_count":)" + nodes + "}]");
  json::object machine = running_machine();
  machine["status"] = nullptr;
  scene.list({machine});
  CHECK(h100(scene).is_available == is_free);
}

TEST_CASE(
    "what an SF Compute node costs is said by the configuration, else by "
    "the best ask",
    "[providers]") {
  const auto price_with = [](GivenOptions options) {
    SfScene scene(std::move(options));
    return h100(scene).prices.at(0);
  };
  const Price asked = price_with({});
  CHECK(asked.amount == Money::parse("23.325"));
  CHECK(asked.source == PriceSource::estimate);
  for (const char* name : {"isku_cxcwpDW93MaaBelmnLaez", "sea-3-h100", "h100.ib"}) {
    OptionTable<Money> prices;
    prices[name] = *Money::parse("16.01");
    const Price configured = price_with({{"prices", prices}});
    CHECK(configured.amount == Money::parse("16.01"));
    CHECK(configured.source == PriceSource::list);
  }
  SfScene scene;
  CHECK(h100(scene).attributes.has_variable_price == true);
  const auto types = scene.types();
  REQUIRE(types);
  for (const auto& row : types->rows) {
    if (row->location == "us-east") CHECK_FALSE(row->prices.at(0).amount);  // the ask is another SKU's
  }
  CHECK(scene.asked("quote?instance_sku=" + h100_sku) == 1);
  scene.clock.advance(301s);
  CHECK(scene.types());
  CHECK(scene.asked("quote?instance_sku=" + h100_sku) == 2);
}

TEST_CASE(
    "a quote that SF Compute refuses is no price: one that fails leaves "
    "the last one in force",
    "[providers]") {
  SfScene scene;
  const std::string path = "/preview/v2/orderbook/quote?instance_sku=" + h100_sku;
  scene.http.reply(path, 400, SfScene::file("errors/error_400.json"));
  CHECK_FALSE(h100(scene).prices.at(0).amount);
  scene.clock.advance(301s);
  scene.http.reply(path, 200, SfScene::file("v2_orderbook_quote.json"));
  const Price fresh = h100(scene).prices.at(0);
  CHECK(fresh.amount == Money::parse("23.325"));
  CHECK_FALSE(fresh.listed_at);
  const Timestamp asked_at = scene.clock.wall_now();
  scene.clock.advance(301s);
  scene.http.reply(path, 503, SfScene::file("errors/error_503.json"));
  const Price old = h100(scene).prices.at(0);
  CHECK(old.amount == Money::parse("23.325"));
  CHECK(old.listed_at == asked_at);
}

TEST_CASE(
    "an SF Compute machine of a SKU that is not listed, or of none yet, "
    "is listed all the same",
    "[providers]") {
  SfScene scene;
  json::object machine = running_machine();
  machine["instance_sku"] = {{"id", "isku_gone"}};
  json::object waiting = running_machine();
  waiting["id"] = "inst_waiting";
  waiting["status"] = "awaiting_allocation";
  waiting.erase("instance_sku");
  scene.list({machine, waiting});
  CHECK(scene.machine("inst_running00000000001").type.empty());
  CHECK(scene.machine("inst_running00000000001").instance_type_id.empty());
  CHECK(scene.machine("inst_waiting").type.empty());
  CHECK(scene.asked(skus_path) == 1);
}

TEST_CASE("an SF Compute status that nobody knows keeps its text", "[providers]") {
  SfScene scene;
  json::object machine = running_machine();
  machine["status"] = "migrating";
  scene.list({machine});
  CHECK_FALSE(scene.machine("inst_running00000000001").status);
  CHECK(scene.machine("inst_running00000000001").provider_status == "migrating");
}

TEST_CASE(
    "a node of SF Compute's old API that is not listed any more is not "
    "known to be over",
    "[providers]") {
  SfScene scene({{"legacy_nodes", true}});
  scene.http.reply("/v0/zones", 200, SfScene::file("v1_zones.json"));
  scene.http.reply("/v1/nodes", 200, SfScene::file("v1_nodes.json"));
  const auto listed = scene.instances();
  REQUIRE(listed);
  std::set<std::string> live;
  for (const auto& row : listed->rows) {
    const bool is_node = row->cloud_id.str().starts_with("n_");
    if (is_node && row->status != LifecycleStatus::terminated) live.insert(row->cloud_id.str());
  }
  CHECK(live.contains("n_running01"));
  scene.restart({{"legacy_nodes", false}});
  const auto without = scene.instances();
  REQUIRE(without);
  std::set<std::string> rejected;
  for (const Rejected& row : without->rejected) rejected.insert(row.id);
  CHECK(rejected == live);
  CHECK(without->rejected.at(0).reason.find("legacy_nodes") != std::string::npos);
  scene.http.sent.clear();
  const InstanceRef node(CloudId("n_running01"), "richmond");
  const auto one = scene.run(scene->instance(node));
  const auto ended = scene.run(scene->terminates()->terminate(node));
  REQUIRE_FALSE(one);
  REQUIRE_FALSE(ended);
  CHECK(one.error().kind == Errc::invalid_request);
  CHECK(ended.error().message.find("`legacy_nodes`") != std::string::npos);
  CHECK(scene.http.sent.empty());
  scene.restart({{"legacy_nodes", true}});
  REQUIRE(scene.instances());
  CHECK(scene.instances()->rejected.empty());
}

TEST_CASE("pages of SF Compute's that do not end, or do not go on, are an error", "[providers]") {
  const std::string page = GENERATE(R"({"data":[],"has_more":true,"cursor":null})", R"({"data":[],"has_more":true})",
                                    R"({"data":[],"has_more":true,"cursor":"again"})", R"({"data":[]})",
                                    R"({"data":[],"has_more":"no","cursor":null})", R"([])");
  CAPTURE(page);
  SfScene scene;
  scene.http.reply(sf_instances, 200, page);
  scene.http.reply(sf_instances + "&starting_after=again", 200, page);
  const auto instances = scene.instances();
  REQUIRE_FALSE(instances);
  CHECK(instances.error().kind == Errc::service_unavailable);
}

TEST_CASE("a row that cannot be read costs SF Compute's list that row", "[providers]") {
  SfScene scene;
  json::object bad = running_machine();
  bad["id"] = "inst_bad";
  bad["status"] = 7;
  scene.list({bad, running_machine(), 7});
  const auto instances = scene.instances();
  REQUIRE(instances);
  CHECK(instances->rows.size() == 1);
  REQUIRE(instances->rejected.size() == 2);
  CHECK(instances->rejected[0].id == "inst_bad");
}

TEST_CASE("a second poll of SF Compute differs by what changed, and by nothing else", "[providers]") {
  SfScene scene;
  const auto types = scene.types();
  const auto before = scene.instances();
  REQUIRE(types);
  REQUIRE(before);
  json::value page = SfScene::sheet("v2_instances_page1.json");
  page.at("data").at(0).at("status") = "terminated";
  scene.http.reply(sf_instances, 200, json::serialize(page));
  schedule(scene, R"([{"start_at":1767225600,"end_at":null,"node_count":3}])");
  const auto after = scene.instances();
  REQUIRE(after);
  REQUIRE(after->rows.size() == before->rows.size());
  for (std::size_t i = 0; i < after->rows.size(); ++i) CHECK((after->rows[i] == before->rows[i]) == (i != 0));
  CHECK(after->rows[0]->status == LifecycleStatus::terminated);
  const auto types2 = scene.types();
  REQUIRE(types2);
  for (std::size_t i = 0; i < types->rows.size(); ++i) {
    const bool is_changed = types->rows[i]->id.str() == "us-west-noSub-h100.ib";  // 3, all used
    CHECK((types2->rows[i] == types->rows[i]) == !is_changed);
    if (is_changed) CHECK(types2->rows[i]->is_available == false);
  }
}

}  // namespace tally::sfcompute_listing_test
