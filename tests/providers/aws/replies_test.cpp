// Each recorded reply, given to what reads it; and Local Zones, whose prices are lists of their own.
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <map>

#include "providers/aws/belongings.hpp"
#include "providers/aws/images.hpp"
#include "providers/aws/machines.hpp"
#include "providers/aws/market.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::aws_replies_test {
using namespace tally::aws;
namespace json = boost::json;

namespace {

std::string recorded(const std::string& file) { return fakes::read_file("aws/recorded/" + file); }

/// How many things a reply told of; nothing when it could not be read, or not all of it.
using Count = std::optional<std::size_t>;
using Reader = std::function<Count(const std::string& text)>;

Count machines(const std::string& text, const char* root) {
  const MachinePlace place{"us-east-1", "ubuntu", LoopbackIs::nobodys};
  const Timestamp now{std::chrono::sys_days(std::chrono::year(2027) / 1 / 1)};
  const auto page = read_machines(text, root, place, now, Redactor(), WorkLimit());
  if (!page || !page->rejected.empty() || !page->odd.empty()) return std::nullopt;
  return page->machines.size();
}

/// Of a reader that fills a collection, page by page.
template <class All, class Read>
Count filled(Read read) {
  All all;
  return read(all) ? Count(all.size()) : std::nullopt;
}

Count made(const std::string& text, const char* root, const char* field) {
  return read_made(text, root, field) ? Count(1) : std::nullopt;
}

/// By what a file's name begins with behind its folder.
const std::map<std::string, Reader> readers = {
    {"DescribeRegions",
     [](const std::string& text) {
       const auto list = read_regions(text, WorkLimit());
       return list && list->locations.rejected.empty() ? Count(list->locations.rows.size()) : std::nullopt;
     }},
    {"DescribeAvailabilityZones",
     [](const std::string& text) {
       const auto zones = read_zones(text, WorkLimit());
       return zones && zones->rejected.empty() ? Count(zones->zones.size()) : std::nullopt;
     }},
    {"DescribeInstanceTypes",
     [](const std::string& text) {
       ShapeList list;
       return read_shapes(text, WorkLimit(), list) && !list.has_nameless ? Count(list.shapes.size()) : std::nullopt;
     }},
    {"DescribeInstanceTypeOfferings",
     [](const std::string& text) {
       OfferList list;
       return read_offers(text, WorkLimit(), list) && list.rejected.empty() ? Count(list.offers.size()) : std::nullopt;
     }},
    {"DescribeSpotPriceHistory",
     [](const std::string& text) {
       SpotPrices prices;
       const bool is_read = read_spot_prices(text, WorkLimit(), prices) && !prices.has_nameless;
       return is_read ? Count(prices.by_place.size()) : std::nullopt;
     }},
    {"DescribeImages",
     [](const std::string& text) {
       ImageList list;
       const bool is_read = read_images(text, "us-east-1", WorkLimit(), list) && list.rejected.empty();
       return is_read ? Count(list.images.size()) : std::nullopt;
     }},
    {"DescribeSubnets",
     [](const std::string& text) {
       return filled<std::vector<Network>>([&](auto& all) { return read_subnets(text, WorkLimit(), all); });
     }},
    {"DescribeSecurityGroupRules",
     [](const std::string& text) {
       return filled<std::vector<GroupRule>>([&](auto& all) { return read_group_rules(text, WorkLimit(), all); });
     }},
    {"DescribeVolumes.",
     [](const std::string& text) {
       return filled<Volumes>([&](auto& all) { return read_volumes(text, WorkLimit(), all); });
     }},
    {"DescribeSecurityGroups.",
     [](const std::string& text) {
       const auto id = read_group_id(text);
       return id ? Count(id->empty() ? 0 : 1) : std::nullopt;
     }},
    {"DescribeKeyPairs", [](const std::string& text) { return read_key_pair(text) ? Count(1) : std::nullopt; }},
    {"DescribeInstances", [](const std::string& text) { return machines(text, "DescribeInstancesResponse"); }},
    {"RunInstances", [](const std::string& text) { return machines(text, "RunInstancesResponse"); }},
    {"ImportKeyPair", [](const std::string& text) { return made(text, "ImportKeyPairResponse", "keyPairId"); }},
    {"CreateSecurityGroup",
     [](const std::string& text) { return made(text, "CreateSecurityGroupResponse", "groupId"); }},
    {"ModifyVolume",
     [](const std::string& text) { return read_begun(text) == std::string("completed") ? Count(1) : std::nullopt; }},
    {"DescribeVolumesModifications",
     [](const std::string& text) {
       return read_modification(text) == std::string("completed") ? Count(1) : std::nullopt;
     }},
    {"STS-GetCallerIdentity",
     [](const std::string& text) { return read_account_number(text, WorkLimit()) ? Count(1) : std::nullopt; }},
    {"SSM-GetParameter", [](const std::string& text) { return read_parameter(text) ? Count(1) : std::nullopt; }},
    {"ServiceQuotas-GetServiceQuota",
     [](const std::string& text) {
       const auto quota = read_limit(text, "L-417A185B");
       return quota && quota->maximum ? Count(1) : std::nullopt;
     }},
    {"Pricing-GetProducts",
     [](const std::string& text) {
       PriceList list;
       const bool is_read = read_products(text, "us-east-1", WorkLimit(), list) && list.unread == 0;
       return is_read ? Count(list.hourly.size()) : std::nullopt;
     }},
};

/// That of the longest name that fits.
const Reader* reader_of(const std::string& name) {
  const Reader* best = nullptr;
  std::size_t longest = 0;
  for (const auto& [begin, reader] : readers) {
    if (!name.starts_with(begin) || begin.size() <= longest) continue;
    best = &reader;
    longest = begin.size();
  }
  return best;
}

}  // namespace

TEST_CASE("each recorded reply of AWS's is read whole by what reads its kind", "[providers]") {
  const std::map<std::string, std::size_t> told = {
      {"handmade/DescribeInstances-empty.xml", 0},         {"handmade/DescribeInstances-page2.xml", 6},
      {"handmade/Pricing-GetProducts-page1.json", 1},      {"handmade/Pricing-GetProducts-page2.json", 2},
      {"handmade/DescribeAvailabilityZones-local.xml", 3}, {"moto/DescribeRegions.xml", 38},
      {"moto/DescribeSecurityGroupRules.xml", 6}};
  std::size_t read = 0;
  std::size_t exact = 0;
  for (const char* index : {"index-moto.json", "index-handmade.json"}) {
    const json::value all = json::parse(recorded(index));
    for (const json::value& each : all.as_array()) {
      const auto file = json::value_to<std::string>(each.at("file"));
      if (each.at("http_status").as_int64() != 200 || file.find("error-") != std::string::npos) continue;
      const Reader* reader = reader_of(file.substr(file.find('/') + 1));
      if (reader == nullptr) continue;  // it says no more than that it was done, or nobody asks for it
      CAPTURE(file);
      const Count count = (*reader)(recorded(file));
      REQUIRE(count);
      const auto expected = told.find(file);
      if (expected != told.end()) CHECK(*count == expected->second);
      exact += expected == told.end() ? 0 : 1;
      ++read;
    }
  }
  CHECK(read >= 28);
  CHECK(exact == told.size());
}

TEST_CASE("a Local Zone's rows have the prices of its own list, and a constrained zone can be used", "[providers]") {
  ShapeList shapes;
  REQUIRE(read_shapes(recorded("gpu-types.xml"), WorkLimit(), shapes));
  PriceList local;
  REQUIRE(read_products(recorded("handmade/Pricing-GetProducts-page2.json"), "us-west-2-lax-1", WorkLimit(), local));
  REQUIRE(local.hourly.size() == 1);
  auto zones = read_zones(recorded("handmade/DescribeAvailabilityZones-local.xml"), WorkLimit());
  REQUIRE(zones);
  CHECK(price_code_of("us-west-2", zones->zones.at("us-west-2a")) == "us-west-2");
  CHECK(price_code_of("us-west-2", zones->zones.at("us-west-2-lax-1a")) == "us-west-2-lax-1");
  Market market{"us-west-2", zones->zones, shapes, {}, std::nullopt, {}, {}, {}};
  market.offers["g4dn.2xlarge"] = {"us-west-2c", "us-west-2-lax-1a", "us-west-2-gone"};
  market.prices["us-west-2"] = std::make_shared<const PriceList>(built_in_prices("us-west-2"));
  market.prices["us-west-2-lax-1"] = std::make_shared<const PriceList>(local);
  KnownRows known;
  const auto rows = rows_of(market, known);
  REQUIRE(rows);
  std::map<std::string, Row<InstanceType>> by_zone;
  for (const auto& row : rows->rows) by_zone[row->sub_location] = row;
  REQUIRE(by_zone.size() == 2);  // none of a zone that nobody lists
  CHECK(by_zone.at("us-west-2c")->is_available == true);
  CHECK(by_zone.at("us-west-2c")->id.str() == "us-west-2-us-west-2c-g4dn.2xlarge");
  CHECK(by_zone.at("us-west-2-lax-1a")->prices.front().amount == local.hourly.at("g4dn.2xlarge"));
  CHECK(by_zone.at("us-west-2c")->prices.front().amount != local.hourly.at("g4dn.2xlarge"));
}

}  // namespace tally::aws_replies_test
