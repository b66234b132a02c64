// What SF Compute says of prices, which is asked for SKU by SKU: what one of
// them cannot be had for costs no other.
#include <catch2/catch.hpp>

#include "tests/providers/sfcompute/scene.hpp"

namespace tally::sfcompute_quotes_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const std::string quote_path = "/preview/v2/orderbook/quote?instance_sku=";

std::string quote_of(const std::string& sku) {
  json::value quote = SfScene::sheet("v2_orderbook_quote.json");
  quote.at("best_ask").at("instance_sku") = sku;
  return json::serialize(quote);
}

/// SKUs isku_1 and so on, each with a quote.
void list_skus(SfScene& scene, int count) {
  json::array skus;
  for (int i = 1; i <= count; ++i) {
    json::object sku = SfScene::sheet("v2_instance_skus.json").at("data").at(0).as_object();
    const std::string id = "isku_" + std::to_string(i);
    sku["id"] = id;
    sku["alias"] = "alias-" + std::to_string(i);
    skus.push_back(sku);
    scene.http.reply(quote_path + id, 200, quote_of(id));
  }
  const json::object page{{"has_more", false}, {"cursor", nullptr}, {"data", skus}};
  scene.http.reply("/preview/v2/instance_skus?limit=200", 200, json::serialize(page));
}

std::optional<Money> price_of(const Answer<InstanceType>& types, const std::string& type) {
  for (const auto& row : types.rows) {
    if (row->type == type) return row->prices.at(0).amount;
  }
  throw std::runtime_error("no type " + type);
}

}  // namespace

TEST_CASE("a quote of SF Compute's that cannot be had costs its own type the price, and is told of", "[providers]") {
  const auto [status, body] = GENERATE(table<int, std::string>({
      {200, "[]"},
      {200, "<html>"},
      {200, R"({"best_ask":7})"},
      {200, R"({"best_ask":{"instance_sku":"isku_1","dollars_per_node_hour":"cheap"}})"},
      {200, R"({"best_ask":{"instance_sku":7,"dollars_per_node_hour":"1"}})"},
      {500, ""},
  }));
  CAPTURE(status, body);
  SfScene scene;
  list_skus(scene, 3);
  scene.http.reply(quote_path + "isku_1", status, body);
  const auto types = scene.types();
  REQUIRE(types);
  CHECK_FALSE(price_of(*types, "h100.ib.alias-1"));
  CHECK(price_of(*types, "h100.ib.alias-2") == Money::parse("23.325"));
  CHECK(price_of(*types, "h100.ib.alias-3") == Money::parse("23.325"));
  REQUIRE(types->odd.size() == 1);
  CHECK(types->odd[0].id == "us-west-noSub-h100.ib.alias-1");
  CHECK(types->odd[0].field == "quote");
  // It is asked for again with the next pass, and it alone.
  scene.http.reply(quote_path + "isku_1", 200, quote_of("isku_1"));
  const auto again = scene.types();
  REQUIRE(again);
  CHECK(price_of(*again, "h100.ib.alias-1") == Money::parse("23.325"));
  CHECK(again->odd.empty());
  CHECK(scene.asked("isku_1") == 2);
  CHECK(scene.asked("isku_2") == 1);
}

TEST_CASE("a quote of SF Compute's that cannot be read leaves the last one in force", "[providers]") {
  SfScene scene;
  list_skus(scene, 2);
  REQUIRE(scene.types());
  scene.http.reply(quote_path + "isku_1", 200, R"({"best_ask":7})");
  scene.clock.advance(301s);
  const auto types = scene.types();
  REQUIRE(types);
  CHECK(price_of(*types, "h100.ib.alias-1") == Money::parse("23.325"));
  CHECK(types->odd.empty());
  CHECK(scene.asked("isku_2") == 2);
}

TEST_CASE("while no price can be had at SF Compute the types are stale, and few are asked for", "[providers]") {
  SfScene scene;
  list_skus(scene, 5);
  for (int i = 1; i <= 5; ++i) scene.http.reply(quote_path + "isku_" + std::to_string(i), 503, "");
  const auto types = scene.types();
  REQUIRE_FALSE(types);
  CHECK(types.error().kind == Errc::service_unavailable);
  CHECK(scene.asked("isku_3") == 1);
  CHECK(scene.asked("isku_4") == 0);
}

TEST_CASE("SKUs at SF Compute without a price hold up none behind them", "[providers]") {
  SfScene scene;
  list_skus(scene, 5);
  for (const char* id : {"isku_1", "isku_2", "isku_3"}) scene.http.reply(quote_path + id, 500, "");
  CHECK_FALSE(scene.types());
  const auto types = scene.types();
  REQUIRE(types);
  CHECK(price_of(*types, "h100.ib.alias-4") == Money::parse("23.325"));
  CHECK(price_of(*types, "h100.ib.alias-5") == Money::parse("23.325"));
  CHECK(types->odd.size() == 3);
}

TEST_CASE("a quote that fails at SF Compute leaves types with a configured price on sale", "[providers]") {
  OptionTable<Money> prices;
  prices["alias-1"] = *Money::parse("16.01");
  SfScene scene({{"prices", prices}});
  list_skus(scene, 2);
  scene.http.reply(quote_path + "isku_2", 500, "");
  const auto types = scene.types();
  REQUIRE(types);
  CHECK(price_of(*types, "h100.ib.alias-1") == Money::parse("16.01"));
  CHECK_FALSE(price_of(*types, "h100.ib.alias-2"));
}

}  // namespace tally::sfcompute_quotes_test
