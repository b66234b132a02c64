// What of AWS's lists cannot be read, or is missing for once: it is told, and nothing becomes of it that is not so.
#include <boost/algorithm/string/replace.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "providers/aws/prices.hpp"
#include "tests/providers/aws/site.hpp"

namespace tally::aws_unread_test {
using namespace tally::fakes;
using aws::PriceList;
namespace json = boost::json;

namespace {

class Site : public RecordedAccount {
 public:
  Site() : RecordedAccount(*find_provider("aws")) {}
  explicit Site(Remembered values) : RecordedAccount(*find_provider("aws"), std::move(values)) {}

  Answer<InstanceType> listed() {
    auto answer = types();
    REQUIRE(answer);
    return std::move(*answer);
  }
  InstanceType type(const std::string& id) {
    for (const auto& row : listed().rows) {
      if (row->id.str() == id) return *row;
    }
    FAIL("no row " << id);
    return {};
  }
  void spoil(const std::string& action, const std::string& what, const std::string& by) {
    std::string text = recorded(ec2 + action);
    REQUIRE(text.find(what) != std::string::npos);
    boost::algorithm::replace_first(text, what, by);
    http.reply(ec2 + action, 200, text);
  }
  void reply_spot(const std::string& rows) {
    http.reply(ec2 + "DescribeSpotPriceHistory", 200,
               "<DescribeSpotPriceHistoryResponse><spotPriceHistorySet>" + rows +
                   "</spotPriceHistorySet></DescribeSpotPriceHistoryResponse>");
  }
};

const std::string p4d = "us-east-1-us-east-1a-p4d.24xlarge";
const std::string g5 = "us-east-1-us-east-1a-g5.xlarge";

std::string price_of_p4d(Site& site) {
  const auto amount = site.type(p4d).prices.front().amount;
  return amount ? to_text(*amount) : "none";
}

/// The price list with another first entry, which is p4d's; "": without it.
std::string prices_with(const Site& site, const std::string& entry) {
  json::value list = json::parse(site.file("prices.json"));
  json::array& entries = list.at("PriceList").as_array();
  entries.erase(entries.begin());
  if (!entry.empty()) entries.push_back(json::parse(entry));
  return json::serialize(list);
}

std::string spot_row(const std::string& zone, const std::string& price) {
  return "<item><instanceType>g5.xlarge</instanceType><productDescription>Linux/UNIX</productDescription><spotPrice>" +
         price + "</spotPrice><timestamp>2026-08-31T10:00:00Z</timestamp><availabilityZone>" + zone +
         "</availabilityZone></item>";
}

}  // namespace

TEST_CASE("an offering or a zone of AWS's that cannot be read is told, and its neighbours are listed", "[providers]") {
  const std::size_t all = Site().listed().rows.size();
  for (const char* spoiled : {"<location>us-east-1a</location>", "<instanceType>g5.xlarge</instanceType>"}) {
    Site site;
    site.spoil("DescribeInstanceTypeOfferings", spoiled, "");
    const auto answer = site.listed();
    CHECK(answer.rows.size() == all - 1);
    REQUIRE(answer.rejected.size() == 1);
    CHECK(answer.rejected.front().id.empty());  // it may be anybody's: nobody is unlisted by this answer
    CHECK_THAT(answer.rejected.front().reason, Catch::Contains("is missing"));
  }
  Site site;
  site.spoil("DescribeAvailabilityZones", "<zoneName>us-east-1a</zoneName>", "<zoneName/>");
  const auto answer = site.listed();
  CHECK_FALSE(answer.rows.empty());
  REQUIRE(answer.rejected.size() == 1);
  CHECK_THAT(answer.rejected.front().reason, Catch::Contains("zoneName"));
}

TEST_CASE("what cannot be read of AWS's price list is told, after a restart too, and keeps the price it had",
          "[providers]") {
  for (const char* entry : {"7", "\"no JSON\"", "\"{}\""}) {
    INFO(entry);
    Site site;
    REQUIRE(price_of_p4d(site) == "21.957642 USD");
    site.clock.advance(std::chrono::hours(25));
    site.http.reply(pricing, 200, prices_with(site, entry));
    CHECK(price_of_p4d(site) == "21.957642 USD");
    const auto told = [](Site& by) {
      const auto answer = by.listed();
      REQUIRE(answer.odd.size() == 1);
      CHECK(answer.odd.front().field == "PriceList");
      CHECK_THAT(answer.odd.front().reason, Catch::Contains("that cannot be read"));
    };
    told(site);
    Site restarted(site.cache.values);
    restarted.clock.advance(std::chrono::hours(26));
    told(restarted);
    CHECK(price_of_p4d(restarted) == "21.957642 USD");
  }
}

TEST_CASE("one price list of AWS's that lacks a type is not believed, the next one is", "[providers]") {
  Site site;
  REQUIRE(price_of_p4d(site) == "21.957642 USD");
  site.clock.advance(std::chrono::hours(25));
  site.http.reply(pricing, 200, prices_with(site, ""));
  CHECK(price_of_p4d(site) == "21.957642 USD");
  site.clock.advance(std::chrono::minutes(10));
  CHECK(price_of_p4d(site) == "21.957642 USD");
  site.clock.advance(std::chrono::minutes(10));
  CHECK(price_of_p4d(site) == "none");
}

TEST_CASE("a quota of AWS's that cannot be had for a moment makes nothing available", "[providers]") {
  Site site;
  std::string quota = site.file("handmade/ServiceQuotas-GetServiceQuota.json");
  boost::algorithm::replace_all(quota, "192.0", "95.0");
  site.http.reply(quotas, 200, quota);
  REQUIRE(site.type(p4d).availability_reason == AvailabilityReason::quota);
  const auto list = [&] { return site.run(site->quotas()->list_quotas(site.scope)); };
  for (const bool is_for_the_first : {true, false}) {
    INFO(is_for_the_first);
    int asked = 0;
    site.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
      if (!call.url.starts_with("https://servicequotas.")) return std::nullopt;
      if (!is_for_the_first && asked++ == 0) return std::nullopt;
      Response unwell;
      unwell.status = 503;
      return unwell;
    };
    site.clock.advance(std::chrono::minutes(11));
    CHECK(site.type(p4d).availability_reason == AvailabilityReason::quota);
    asked = 0;
    CHECK_FALSE(list());  // a part is no list
  }
  site.http.script = nullptr;
  REQUIRE(list());
  site.http.reply(quotas, 400, site.file("moto/ServiceQuotas-GetServiceQuota-error.json"));
  site.clock.advance(std::chrono::minutes(11));
  CHECK(site.type(p4d).is_available == true);  // it is not known any more that there is one
}

TEST_CASE("a spot price of AWS's that cannot be read is not known, and says nothing of whether there is one",
          "[providers]") {
  Site site;
  site.reply_spot(spot_row("us-east-1a", "much") + spot_row("us-east-1b", "0.4"));
  const InstanceType unread = site.type(g5);
  CHECK_FALSE(unread.prices.at(1).amount);
  CHECK_FALSE(unread.attributes.is_spot_available);
  CHECK(site.type(p4d).attributes.is_spot_available == false);  // none is told
  site.reply_spot(spot_row("us-east-1a", "0.3") + spot_row("", "0.4"));
  CHECK(site.type(g5).attributes.is_spot_available == true);
  CHECK_FALSE(site.type(p4d).attributes.is_spot_available);  // which may be the one without a zone
}

TEST_CASE("one empty answer about spot prices ends no spot market", "[providers]") {
  Site site;
  site.reply_spot(spot_row("us-east-1a", "0.3"));
  CHECK(site.type(g5).attributes.is_spot_available == true);
  site.reply_spot("");
  CHECK(site.type(g5).attributes.is_spot_available == true);
  site.clock.advance(std::chrono::hours(2));
  CHECK_FALSE(site.type(g5).attributes.is_spot_available);
}

TEST_CASE("whether a type of AWS's without a price is sold is not known while an entry of the list cannot be read",
          "[providers]") {
  PriceList list;
  list.hourly.emplace("g5.xlarge", Money::parse("1.006").value());
  const Timestamp now = Site().clock.wall_now();
  const auto p4d_with = [&](std::int64_t unread, const std::string& vcpus) {
    list.unread = unread;
    RecordedAccount::Remembered kept = {{"prices/us-east-1", aws::to_cache({list, now})}};
    Site site(std::move(kept));
    std::string quota = site.file("handmade/ServiceQuotas-GetServiceQuota.json");
    boost::algorithm::replace_all(quota, "192.0", vcpus);
    site.http.reply(quotas, 200, quota);
    return site.type(p4d);
  };
  CHECK_FALSE(p4d_with(1, "192.0").is_available);
  CHECK_FALSE(p4d_with(1, "192.0").availability_reason);
  CHECK(p4d_with(1, "95.0").availability_reason == AvailabilityReason::quota);
  CHECK(p4d_with(0, "192.0").is_available == false);
  CHECK(p4d_with(0, "192.0").availability_reason == AvailabilityReason::disabled);
}

TEST_CASE("a price of AWS's disks that cannot be had keeps none of the machines' from being today's", "[providers]") {
  Site site;
  bool has_disk = false;
  int asked_for_disks = 0;
  site.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    if (call.body.find("volumeApiName") == std::string::npos) return std::nullopt;
    ++asked_for_disks;
    Response unwell;
    unwell.status = 503;
    return has_disk ? std::nullopt : std::optional(unwell);
  };
  const auto first = site.listed();
  REQUIRE(first.odd.size() == 1);
  CHECK_THAT(first.odd.front().reason, Catch::Contains("list prices of disks"));
  const auto listed_at = site.type(p4d).prices.front().listed_at;
  CHECK(listed_at == parse_rfc3339("2026-01-15T00:00:00Z"));  // the vendor's list's, not this program's own
  CHECK(site.listed().odd.size() == 1);
  CHECK(asked_for_disks == 1);
  site.clock.advance(std::chrono::minutes(16));
  has_disk = true;
  CHECK(site.listed().odd.empty());
  CHECK(asked_for_disks == 2);
}

TEST_CASE("a quota of AWS's that is no whole number is not known, and told: the others are", "[providers]") {
  for (const char* value : {"96.5", "null", "\"many\""}) {
    INFO(value);
    Site site;
    std::string quota = site.file("handmade/ServiceQuotas-GetServiceQuota.json");
    std::string odd = quota;
    boost::algorithm::replace_all(quota, "192.0", "95.0");
    boost::algorithm::replace_all(odd, "192.0", value);
    site.http.reply(quotas, 200, quota);
    site.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
      if (call.body.find("L-DB2E81BA") == std::string::npos) return std::nullopt;  // of G types, the first one
      Response reply;
      reply.status = 200;
      reply.body = odd;
      return reply;
    };
    CHECK(site.type(p4d).availability_reason == AvailabilityReason::quota);
    const auto list = site.run(site->quotas()->list_quotas(site.scope));
    REQUIRE(list);
    CHECK(list->rows.size() == 5);
    REQUIRE(list->odd.size() == 1);
    CHECK(list->odd.front().id == "L-DB2E81BA");
    for (const auto& row : list->rows) CHECK(row->maximum.has_value() == (row->id != "L-DB2E81BA"));
  }
}

TEST_CASE("an account of AWS's with more machines than fit into one answer is listed page by page", "[providers]") {
  Site site;
  std::vector<std::string> asked;
  site.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    if (!call.body.starts_with("Action=DescribeInstances&")) return std::nullopt;
    asked.push_back(call.body);
    const std::string next = asked.size() < 3 ? "<nextToken>page-" + std::to_string(asked.size()) + "</nextToken>" : "";
    Response page;
    page.status = 200;
    page.body = "<DescribeInstancesResponse><reservationSet/>" + next + std::string(std::size_t{30} << 20U, ' ') +
                "</DescribeInstancesResponse>";
    return page;
  };
  CHECK(site.run(site->instances(site.scope)));
  REQUIRE(asked.size() == 3);
  check_has(asked.front(), {"MaxResults=250"});
}

TEST_CASE("an image of AWS's that cannot be read is told beside the others, of which a thousand come at once",
          "[providers]") {
  Ec2Site site;
  site.http.reply(ec2 + "DescribeImages", 200,
                  "<DescribeImagesResponse><imagesSet><item><imageId>ami-1</imageId><imageState>available</imageState>"
                  "</item><item><name>nameless</name></item></imagesSet></DescribeImagesResponse>");
  const auto list = site.run(site->lists_images()->list_images(site.scope, {}));
  REQUIRE(list);
  CHECK_FALSE(list->rows.empty());
  REQUIRE(list->rejected.size() == 1);
  CHECK(list->rejected.front().id.empty());
  CHECK_THAT(list->rejected.front().reason, Catch::Contains("imageId"));
  for (const std::string& body : site.bodies("DescribeImages")) {
    const bool has_ids = body.find("ImageId.1=") != std::string::npos;
    CHECK((body.find("MaxResults=1000") == std::string::npos) == has_ids);
  }
}

}  // namespace tally::aws_unread_test
