// What SF Compute lists: what of a pool is free, what it costs, where SSH
// reaches machines; and what it, or something in its place, may answer instead.
#include <catch2/catch.hpp>
#include <functional>
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
const std::string running_ssh = "/preview/v2/instances/inst_running00000000001/ssh";

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

json::object sku_with(const std::function<void(json::object& sku)>& change) {
  json::object sku = SfScene::sheet("v2_instance_skus.json").at("data").at(0).as_object();
  change(sku);
  return sku;
}

void list_skus(SfScene& scene, const json::array& skus) {
  const json::object page{{"has_more", false}, {"cursor", nullptr}, {"data", skus}};
  scene.http.reply(skus_path, 200, json::serialize(page));
  for (const json::value& sku : skus) {
    const std::string id = json::value_to<std::string>(sku.at("id"));
    scene.http.reply("/preview/v2/orderbook/quote?instance_sku=" + id, 200, SfScene::file("v2_orderbook_quote.json"));
  }
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

TEST_CASE(
    "where a machine at SF Compute cannot be read, nobody knows which "
    "node is free",
    "[providers]") {
  SfScene scene;
  json::object machine = running_machine();
  machine["status"] = nullptr;
  scene.list({machine});
  CHECK_FALSE(h100(scene).is_available);
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
    "a quote that SF Compute refuses is no price; one that fails leaves "
    "the types stale",
    "[providers]") {
  SfScene scene;
  const std::string path = "/preview/v2/orderbook/quote?instance_sku=" + h100_sku;
  scene.http.reply(path, 400, SfScene::file("errors/error_400.json"));
  CHECK_FALSE(h100(scene).prices.at(0).amount);
  scene.clock.advance(301s);
  scene.http.reply(path, 503, SfScene::file("errors/error_503.json"));
  CHECK_FALSE(scene.types());
}

TEST_CASE("SKUs of one region and kind are told apart by their aliases", "[providers]") {
  SfScene scene;
  const json::object one = sku_with([](json::object&) {});
  const json::object other = sku_with([](json::object& sku) {
    sku["id"] = "isku_other";
    sku["alias"] = "sea-4-h100";
  });
  const json::object abroad = sku_with([](json::object& sku) {
    sku["id"] = "isku_abroad";
    sku["region"] = nullptr;
    sku["rdma_type"] = {{"value", "roce"}};
  });
  list_skus(scene, {one, other, abroad});
  std::set<std::string> ids;
  const auto types = scene.types();
  REQUIRE(types);
  for (const auto& row : types->rows) ids.insert(row->id.str());
  CHECK(ids == std::set<std::string>{"us-west-noSub-h100.ib.sea-3-h100", "us-west-noSub-h100.ib.sea-4-h100",
                                     "sfc-noSub-h100.roce"});
}

TEST_CASE("a SKU without a GPU is told of, by its own ID, and ends nothing", "[providers]") {
  SfScene scene;
  list_skus(scene, {sku_with([](json::object& sku) { sku["accelerator"] = nullptr; }),
                    sku_with([](json::object& sku) { sku["unheard_of"] = 7; })});
  const auto types = scene.types();
  REQUIRE(types);
  CHECK(types->rows.size() == 1);
  REQUIRE(types->rejected.size() == 1);
  CHECK(types->rejected[0].id == h100_sku);
}

TEST_CASE(
    "a machine whose SSH answer fails stays in SF Compute's list, with "
    "what was known",
    "[providers]") {
  SfScene scene;
  CHECK(scene.machine("inst_running00000000001").public_ip == "24.125.89.203");
  CHECK(scene.machine("inst_running00000000001").ssh_port == 22);
  const std::vector<std::string> published = {
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHNhbXBsZS1ob3N0LWtleS1mb3ItdGFsbHktMDAwMQ=="};
  CHECK(scene.machine("inst_running00000000001").attributes.host_keys == published);
  CHECK(scene.asked(running_ssh) == 1);
  scene.http.reply(running_ssh, 500, "");
  scene.clock.advance(61s);
  CHECK(scene.machine("inst_running00000000001").public_ip == "24.125.89.203");
  CHECK(scene.asked(running_ssh) == 2);
  CHECK(scene.machine("inst_running00000000001").attributes.host_keys == published);
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
  json::array machines;
  for (int i = 0; i < 25; ++i) {
    json::object machine = running_machine();
    machine["id"] = "inst_" + std::to_string(100 + i);
    scene.http.reply("/preview/v2/instances/inst_" + std::to_string(100 + i) + "/ssh", 200,
                     SfScene::file("v2_ssh_gpu-run.json"));
    machines.push_back(machine);
  }
  scene.list(machines);
  for (const std::size_t asked : {10U, 20U, 25U, 25U}) {
    REQUIRE(scene.instances());
    CHECK(scene.asked("/ssh") == asked);
  }
  // A service that is not well is not asked on.
  for (int i = 0; i < 25; ++i) {
    scene.http.reply("/preview/v2/instances/inst_" + std::to_string(100 + i) + "/ssh", 503, "");
  }
  scene.clock.advance(61s);
  REQUIRE(scene.instances());
  CHECK(scene.asked("/ssh") == 26);
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
  CHECK(scene.machine("inst_running00000000001").type == "isku_gone");
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
