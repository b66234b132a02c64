// What the imaginary vendor lists: recorded replies field by field, odd ones, and pages over real HTTP.
#include <catch2/catch.hpp>
#include <set>

#include "providers/template/mapping.hpp"
#include "tests/providers/recorded_account.hpp"
#include "tests/providers/template/site.hpp"

namespace tally::template_listing_test {
using namespace tally::fakes;

namespace {

template <class T, class Is>
const T& find(const Answer<T>& answer, Is is) {
  const auto row = std::find_if(answer.rows.begin(), answer.rows.end(), [&](const auto& each) { return is(*each); });
  REQUIRE(row != answer.rows.end());
  return **row;
}

Result<Instance> read(const std::string& row) {
  return template_api::read_instance(row, LoopbackIs::nobodys, std::nullopt, Timestamp(std::chrono::hours(500'000)));
}

}  // namespace

TEST_CASE("a type of the recorded replies says all that the vendor says", "[providers]") {
  RecordedAccount account(*find_provider("template"));
  const auto types = account.types();
  REQUIRE(types);
  CHECK(types->rejected.empty());
  CHECK(types->odd.empty());
  CHECK(types->rows.size() == 24);
  const InstanceType& type = find(*types, [](const InstanceType& each) { return each.type == "gpu_2x_h100_sxm5"; });
  CHECK(type.id == InstanceTypeId("us-east-1-noSub-gpu_2x_h100_sxm5"));
  CHECK(type.vcpu == 52);
  CHECK(type.memory == Bytes(std::int64_t{450} << 30U));
  CHECK(type.architectures == std::vector<std::string>{"x86_64"});
  REQUIRE(type.gpus.size() == 1);
  CHECK(type.gpus[0].count == 2);
  CHECK(type.gpus[0].name == "H100");
  CHECK(type.gpus[0].memory_gb == 80);
  CHECK(type.gpus[0].network_details == "SXM5");
  CHECK(type.gpus[0].manufacturer == "NVIDIA");
  REQUIRE(type.prices.size() == 2);
  CHECK(type.prices[0].usage_class == UsageClass::on_demand);
  CHECK(type.prices[1].usage_class == UsageClass::spot);
  CHECK(type.prices[1].amount->nanos < type.prices[0].amount->nanos);
  CHECK(type.is_stoppable == true);
  const InstanceType& arm = find(*types, [](const InstanceType& each) { return each.type == "gpu_1x_gh200"; });
  CHECK(arm.architectures == std::vector<std::string>{"arm64"});
}

TEST_CASE("regions, images and quotas of the recorded replies are read", "[providers]") {
  RecordedAccount account(*find_provider("template"));
  const auto regions = account.run(account->locations());
  REQUIRE(regions);
  CHECK(find(*regions, [](const Location& each) { return each.name == "europe-central-1"; }).country == "DEU");
  const auto images = account.run(account->lists_images()->list_images({}, {}));
  REQUIRE(images);
  REQUIRE(images->rows.size() == 4);
  CHECK(images->rows[0]->created_at);
  CHECK(std::count_if(images->rows.begin(), images->rows.end(), [](const auto& row) { return row->is_default; }) == 2);
  const auto quotas = account.run(account->quotas()->list_quotas({}));
  REQUIRE(quotas);
  REQUIRE(quotas->rows.size() == 1);
  CHECK(quotas->rows[0]->unit == "gpu");
  CHECK(quotas->rows[0]->maximum == 100'000);
}

TEST_CASE("an instance of the recorded replies says all that the vendor says", "[providers]") {
  RecordedAccount account(*find_provider("template"));
  const auto instance = account.run(account->instance(account.instance));
  REQUIRE(instance);
  CHECK(instance->status == LifecycleStatus::running);
  CHECK(instance->name == "train");
  CHECK(instance->instance_type_id == InstanceTypeId("us-east-1-noSub-gpu_1x_a10"));
  CHECK(instance->price == Money::parse("0.45"));
  CHECK(instance->is_spot);
  CHECK(instance->ssh_user == "ubuntu");
  CHECK(instance->ssh_port == 22);
  CHECK(instance->public_ip.empty());  // a loopback address is nobody's where the endpoint is not one
  CHECK(instance->private_ip == "10.0.0.1");
  CHECK(instance->ref_id == RefId("job-7"));
  CHECK(instance->cloud_cred_ref_id == CredentialRef("contract"));
  CHECK(instance->tags == std::map<std::string, std::string>{{"team", "ml"}});
}

TEST_CASE("an unknown status is no status, and a row without what decides is none", "[providers]") {
  const std::string rest = R"(,"region":"r","type":"t")";
  const auto odd = read(R"({"id":"a","status":"suspended")" + rest + "}");
  REQUIRE(odd);
  CHECK_FALSE(odd->status);
  CHECK(odd->provider_status == "suspended");
  for (const char* row :
       {R"({"status":"running","region":"r","type":"t"})", R"({"id":"a","region":"r","type":"t"})",
        R"({"id":"a","status":"running","type":"t"})", R"({"id":"a","status":"running","region":"r"})",
        R"({"id":"a","status":"running","region":7,"type":"t"})"}) {
    CAPTURE(row);
    CHECK_FALSE(read(row));
  }
}

TEST_CASE("a tag that cannot be read costs itself in a row, and all where tags are to be written back", "[providers]") {
  const std::string row = R"({"id":"a","status":"running","region":"r","type":"t","tags":{"team":"ml","n":7}})";
  const auto instance = read(row);
  REQUIRE(instance);
  CHECK(instance->tags == std::map<std::string, std::string>{{"team", "ml"}});
  CHECK_FALSE(template_api::read_all_tags(row, CloudId("a")));
  CHECK(template_api::read_all_tags(R"({"id":"a","tags":{"team":"ml"}})", CloudId("a")));
}

TEST_CASE("another instance's tags are not written to the one that was asked for", "[providers]") {
  const std::string row = R"({"id":"a","tags":{"team":"ml"}})";
  CHECK_FALSE(template_api::read_all_tags(row, CloudId("b")));
  CHECK_FALSE(template_api::read_all_tags(R"({"tags":{"team":"ml"}})", CloudId("b")));
}

TEST_CASE("a firewall of which one rule cannot be read is not told", "[providers]") {
  const std::string good = R"({"id":"a","direction":"ingress","from_port":1,"to_port":2,"range":"::/0"})";
  const auto read_rules = [](const std::string& rows) {
    return template_api::read_rules({"{\"firewall_rules\":[" + rows + "]}"}, WorkLimit());
  };
  CHECK(read_rules(good)->ingress.size() == 1);
  for (const char* bad : {"7", "{}", R"({"id":"a","direction":"sideways","from_port":1,"to_port":2,"range":"::/0"})",
                          R"({"id":"a","direction":"egress","to_port":2,"range":"::/0"})"}) {
    CAPTURE(bad);
    CHECK_FALSE(read_rules(good + "," + bad));
  }
}

TEST_CASE("a list of many pages is one answer, in each of two regions", "[providers]") {
  TemplateSite site;
  site.cloud.stock("gpu_1x_a10", west);
  site.cloud.control("quota", {{"gpus", 100'000}});
  constexpr int machines = 230;  // a page has 200
  for (int i = 0; i < machines; ++i) {
    site.cloud.post("/regions/" + east + "/instances", {{"type", "gpu_1x_a10"}, {"name", "n"}, {"public_key", "k"}});
  }
  const auto in_east = site.run(site.account->instances({east}));
  const auto in_west = site.run(site.account->instances({west}));
  REQUIRE(in_east);
  REQUIRE(in_west);
  CHECK(in_east->rows.size() >= machines);
  std::set<CloudId> ids;
  for (const auto& row : in_east->rows) ids.insert(row->cloud_id);
  CHECK(ids.size() == in_east->rows.size());
  for (const auto& row : in_west->rows) CHECK_FALSE(ids.contains(row->cloud_id));
  CHECK(site.run(site.account->instances({"nowhere"})).error().kind == Errc::invalid_request);
}

TEST_CASE("quotas and images are had over real HTTP", "[providers]") {
  TemplateSite site;
  site.cloud.control("quota", {{"gpus", 4'711}});
  CHECK(site.run(site.account->quotas()->list_quotas({}))->rows.at(0)->maximum == 4'711);
  CHECK(site.run(site.account->lists_images()->list_images({}, {}))->rows.size() == 4);
  const auto types = site.run(site.account->instance_types({east}));
  REQUIRE(types);
  CHECK_FALSE(types->locations);
  CHECK(types->types.rows.size() == 24);
  CHECK(site.run(site.account->locations())->rows.size() == 8);
}

}  // namespace tally::template_listing_test
