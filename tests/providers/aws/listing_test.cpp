// What AWS lists, piece by piece, and what is made of it. The recorded machines carry the tags of an older marking,
// `tally-ref-id`: nobody's machines for this program, whose own is `tallyd-ref-id`.
#include <boost/algorithm/string/replace.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/providers/aws/site.hpp"

namespace tally::aws_listing_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

RecordedAccount recorded() { return RecordedAccount(*find_provider("aws")); }

std::map<std::string, Row<InstanceType>> by_id(const Answer<InstanceType>& answer) {
  std::map<std::string, Row<InstanceType>> rows;
  for (const auto& row : answer.rows) rows[row->id.str()] = row;
  return rows;
}

std::map<std::string, Row<Instance>> by_id(const Answer<Instance>& answer) {
  std::map<std::string, Row<Instance>> rows;
  for (const auto& row : answer.rows) rows[row->cloud_id.str()] = row;
  return rows;
}

std::map<std::string, Row<Instance>> machines_in(const std::string& file) {
  RecordedAccount account = recorded();
  account.http.reply(ec2 + "DescribeInstances", 200, account.file(file));
  const auto answer = account.run(account->instances(account.scope));
  REQUIRE(answer);
  return by_id(*answer);
}

std::string amount(const Price& price) { return price.amount ? to_text(*price.amount) : "none"; }

}  // namespace

TEST_CASE("every GPU type of AWS is read with its exact memory and its nominal size", "[providers]") {
  RecordedAccount account = recorded();
  account.http.reply(ec2 + "DescribeInstanceTypes", 200, account.file("gpu-types.xml"));
  account.http.reply(ec2 + "DescribeInstanceTypeOfferings", 200, account.file("gpu-offerings.xml"));
  const auto types = account.types();
  REQUIRE(types);
  CHECK(types->rejected.empty());
  const json::object expected = json::parse(read_file("aws/expected/gpus.json")).as_object();
  // Where the table of the rows has no spaces, ours has, as the maker writes them.
  const std::map<std::string, std::string> other_names = {{"RTXPRO4500", "RTX PRO 4500"},
                                                          {"RTXPRO6000", "RTX PRO 6000"}};
  const std::map<std::string, int> nominal = {{"T4", 16},    {"A10G", 24},  {"T4G", 16},          {"L4", 24},
                                              {"L40S", 48},  {"V100", 32},  {"H100", 80},         {"H200", 141},
                                              {"B200", 192}, {"B300", 288}, {"RTX PRO 4500", 32}, {"RTX PRO 6000", 96}};
  std::set<std::string> seen;
  for (const auto& row : types->rows) {
    INFO(row->id.str());
    const json::object& gpu = expected.at(row->type).as_object();
    seen.insert(row->type);
    REQUIRE(row->gpus.size() == 1);
    const Gpu& ours = row->gpus.front();
    const auto name = json::value_to<std::string>(gpu.at("name"));
    const std::string base = other_names.contains(name) ? other_names.at(name) : name;
    const double part = gpu.at("partition").to_number<double>();
    CHECK(ours.name == (part < 1 ? base + " 1/" + std::to_string(static_cast<int>(1 / part)) : base));
    CHECK(ours.count == gpu.at("count").to_number<int>());
    CHECK(ours.memory.value().count() == gpu.at("memory_bytes").to_number<std::int64_t>());
    CHECK(ours.memory_details == json::value_to<std::string>(gpu.at("memory_details")));
    CHECK(ours.network_details == json::value_to<std::string>(gpu.at("network_details")));
    CHECK(ours.manufacturer == json::value_to<std::string>(gpu.at("manufacturer")));
    if (part == 1 && nominal.contains(base)) CHECK(ours.memory_gb == nominal.at(base));
    if (row->type == "g6f.large") CHECK(ours.memory_gb == 3);
    if (row->type == "p4d.24xlarge") CHECK(ours.memory_gb == 40);
  }
  CHECK(seen.size() == 64);  // those that us-east-1 has; none without a GPU
}

TEST_CASE("an AWS type is a row in each zone that has it, with its list and spot prices", "[providers]") {
  RecordedAccount account = recorded();
  const auto types = account.types();
  REQUIRE(types);
  const auto rows = by_id(*types);
  const InstanceType& p4d = *rows.at("us-east-1-us-east-1a-p4d.24xlarge");
  CHECK(p4d.sub_location == "us-east-1a");
  CHECK(p4d.available_azs == std::vector<std::string>{"us-east-1a"});
  CHECK(p4d.vcpu == 96);
  CHECK(p4d.memory->count() == std::int64_t{1152} << 30U);
  CHECK(p4d.architectures == std::vector<std::string>{"x86_64"});
  REQUIRE(p4d.prices.size() == 2);
  CHECK(amount(p4d.prices[0]) == "21.957642 USD");
  CHECK(p4d.prices[0].source == PriceSource::list);
  CHECK(p4d.prices[0].listed_at == parse_rfc3339("2026-01-15T00:00:00Z"));
  CHECK(p4d.prices[1].usage_class == UsageClass::spot);
  CHECK(amount(p4d.prices[1]) == "none");  // no spot market there
  CHECK(p4d.attributes.is_spot_available == false);
  CHECK(p4d.storage.at(0).is_ephemeral);
  CHECK(p4d.storage.at(0).type == "nvme");
  CHECK(p4d.storage.at(1).is_elastic);
  const InstanceType& g5 = *rows.at("us-east-1-us-east-1b-g5.xlarge");
  CHECK(amount(g5.prices[1]) == "0.4731 USD");
  CHECK(g5.prices[1].source == PriceSource::api);
  CHECK(rows.at("us-east-1-us-east-1a-g5g.xlarge")->architectures == std::vector<std::string>{"arm64"});
  CHECK_FALSE(rows.contains("us-east-1-us-east-1e-g5.xlarge"));
}

TEST_CASE("an AWS type without a price on the list is there, and cannot be had", "[providers]") {
  RecordedAccount account = recorded();
  const auto types = account.types();
  REQUIRE(types);
  const auto rows = by_id(*types);
  const InstanceType& g5g = *rows.at("us-east-1-us-east-1a-g5g.xlarge");
  CHECK(amount(g5g.prices.front()) == "none");
  CHECK(g5g.is_available == false);
  CHECK(g5g.availability_reason == AvailabilityReason::disabled);
}

TEST_CASE("without AWS's price list the last one holds, over restarts, and then this program's own", "[providers]") {
  RecordedAccount account = recorded();
  account.http.reply(pricing, 503, "");
  const auto own = account.types();
  REQUIRE(own);
  const Price& built_in = by_id(*own).at("us-east-1-us-east-1a-g5.xlarge")->prices.front();
  CHECK(amount(built_in) == "1.006 USD");
  CHECK(built_in.listed_at == parse_rfc3339("2026-01-21T00:00:00Z"));
  REQUIRE(own->odd.size() == 1);
  CHECK_THAT(own->odd.front().reason, Catch::Contains("older list"));
  const auto asked = [&] {
    return std::count_if(account.http.sent.begin(), account.http.sent.end(),
                         [](const auto& call) { return call.url.find("pricing") != std::string::npos; });
  };
  CHECK(asked() == 1);
  REQUIRE(account.types());
  CHECK(asked() == 1);  // left alone for a while
  account.clock.advance(std::chrono::minutes(20));
  account.http.reply(pricing, 200, account.file("prices.json"));
  CHECK(amount(by_id(account.types().value()).at("us-east-1-us-east-1a-p4d.24xlarge")->prices.front()) ==
        "21.957642 USD");

  RecordedAccount restarted(*find_provider("aws"), account.cache.values);
  restarted.clock.advance(std::chrono::hours(1));
  restarted.http.reply(pricing, 503, "");
  const auto kept = restarted.types();
  REQUIRE(kept);
  CHECK(kept->odd.empty());
  const Price& price = by_id(*kept).at("us-east-1-us-east-1a-p4d.24xlarge")->prices.front();
  CHECK(price.listed_at == parse_rfc3339("2026-01-15T00:00:00Z"));
  restarted.clock.advance(std::chrono::hours(30));  // it would be asked for again, and cannot be had
  const auto later = restarted.types();
  REQUIRE(later);
  CHECK(later->odd.size() == 1);
  CHECK(by_id(*later).at("us-east-1-us-east-1a-p4d.24xlarge")->prices.front() == price);
}

TEST_CASE("pages of prices are read to the end: a list whose token has run out is begun again, twice", "[providers]") {
  RecordedAccount account = recorded();
  const std::string page1 = "handmade/Pricing-GetProducts-page1.json";
  int begun = 0;
  int runs_out = 0;
  account.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    if (call.url.find("pricing") == std::string::npos) return std::nullopt;
    Response page;
    page.status = 200;
    const bool is_of_disks = call.body.find("volumeApiName") != std::string::npos;
    const bool is_next = call.body.find("page-2-token:AAAA==") != std::string::npos;
    if (!is_of_disks && !is_next) ++begun;
    page.body = account.file(is_of_disks || is_next ? "handmade/Pricing-GetProducts-page2.json" : page1);
    if (is_next && runs_out > 0) {
      --runs_out;
      page.status = 400;
      page.body = account.file("handmade/Pricing-error-ExpiredNextToken.json");
    }
    return page;
  };
  const auto price_of_p4d = [&] {
    const auto types = account.types();
    REQUIRE(types);
    CHECK(types->odd.size() == (begun > 3 ? 1 : 0));
    return amount(by_id(*types).at("us-east-1-us-east-1a-p4d.24xlarge")->prices.front());
  };
  CHECK(price_of_p4d() == "21.957642 USD");
  CHECK(begun == 1);
  account.clock.advance(std::chrono::hours(25));
  begun = 0;
  runs_out = 2;
  price_of_p4d();
  CHECK(begun == 3);
  account.clock.advance(std::chrono::hours(25));
  begun = 1;  // and three more
  runs_out = 100;
  CHECK(price_of_p4d() == "21.957642 USD");  // the last one's
  CHECK(begun == 4);
}

TEST_CASE("a price list of AWS's without a price takes the place of no other", "[providers]") {
  RecordedAccount account = recorded();
  account.http.reply(pricing, 200, R"({"PriceList": []})");
  const auto types = account.types();
  REQUIRE(types);
  CHECK(types->odd.size() == 1);
  CHECK(amount(by_id(*types).at("us-east-1-us-east-1a-g5.xlarge")->prices.front()) == "1.006 USD");
}

TEST_CASE("one list of AWS's types that lacks some is not believed for a day", "[providers]") {
  RecordedAccount account = recorded();
  const std::size_t all = account.types().value().rows.size();
  account.clock.advance(std::chrono::hours(25));
  account.http.reply(ec2 + "DescribeInstanceTypes", 200,
                     "<DescribeInstanceTypesResponse><instanceTypeSet/></DescribeInstanceTypesResponse>");
  account.types();
  account.http.reply(ec2 + "DescribeInstanceTypes", 200, account.recorded(ec2 + "DescribeInstanceTypes"));
  CHECK(account.types().value().rows.size() == all);
}

TEST_CASE("spot prices of AWS's that can be had no more are not known after an hour", "[providers]") {
  RecordedAccount account = recorded();
  const auto spot = [&] {
    return amount(by_id(account.types().value()).at("us-east-1-us-east-1b-g5.xlarge")->prices.at(1));
  };
  CHECK(spot() == "0.4731 USD");
  account.http.reply(ec2 + "DescribeSpotPriceHistory", 403, account.file("handmade/error-UnauthorizedOperation.xml"));
  CHECK(spot() == "0.4731 USD");
  account.clock.advance(std::chrono::hours(2));
  CHECK(spot() == "none");
}

TEST_CASE("a price list that goes in circles is none", "[providers]") {
  RecordedAccount account = recorded();
  account.http.reply(pricing, 200, account.file("handmade/Pricing-GetProducts-page1.json"));
  const auto types = account.types();
  REQUIRE(types);
  REQUIRE(types->odd.size() == 1);
  CHECK_THAT(types->odd.front().reason, Catch::Contains("circles"));
}

TEST_CASE("no list of AWS's goes in circles, whatever it is of", "[providers]") {
  for (const char* action : {"DescribeInstanceTypes", "DescribeInstanceTypeOfferings", "DescribeInstances"}) {
    INFO(action);
    RecordedAccount account = recorded();
    std::string page = account.recorded(ec2 + action);
    const std::string end = "</" + std::string(action) + "Response>";
    boost::algorithm::replace_last(page, end, "<nextToken>again</nextToken>" + end);
    account.http.reply(ec2 + action, 200, page);
    const bool is_of_types = std::string(action) != "DescribeInstances";
    const auto message =
        is_of_types ? account.types().error().message : account.run(account->instances(account.scope)).error().message;
    CHECK_THAT(message, Catch::Contains("circles"));
    CHECK(std::count_if(account.http.sent.begin(), account.http.sent.end(), [&](const auto& call) {
            return call.body.starts_with("Action=" + std::string(action) + "&");
          }) == 2);
  }
}

TEST_CASE("spot prices are each zone's own, the newest of several", "[providers]") {
  RecordedAccount account = recorded();
  const auto row = [](const char* zone, const char* price, const char* time, const char* product) {
    return std::string("<item><instanceType>g5.xlarge</instanceType><productDescription>") + product +
           "</productDescription><spotPrice>" + price + "</spotPrice><timestamp>" + time +
           "</timestamp><availabilityZone>" + zone + "</availabilityZone></item>";
  };
  account.http.reply(ec2 + "DescribeSpotPriceHistory", 200,
                     "<DescribeSpotPriceHistoryResponse><spotPriceHistorySet>" +
                         row("us-east-1a", "0.300000", "2026-08-31T10:00:00Z", "Linux/UNIX") +
                         row("us-east-1a", "0.310000", "2026-08-31T12:00:00Z", "Linux/UNIX") +
                         row("us-east-1a", "0.320000", "2026-08-31T11:00:00Z", "Linux/UNIX") +
                         row("us-east-1a", "0.900000", "2026-08-31T13:00:00Z", "Windows") +
                         row("us-east-1b", "0.410000", "2026-08-31T10:00:00Z", "Linux/UNIX (Amazon VPC)") +
                         row("us-east-1c", "0", "2026-08-31T10:00:00Z", "Linux/UNIX") +
                         "</spotPriceHistorySet></DescribeSpotPriceHistoryResponse>");
  REQUIRE(account.run(account->instances(account.scope)));
  const auto rows = by_id(account.types().value());
  CHECK(amount(rows.at("us-east-1-us-east-1a-g5.xlarge")->prices.at(1)) == "0.31 USD");
  CHECK(amount(rows.at("us-east-1-us-east-1b-g5.xlarge")->prices.at(1)) == "0.41 USD");
  CHECK(amount(rows.at("us-east-1-us-east-1c-g5.xlarge")->prices.at(1)) == "none");
  CHECK(rows.at("us-east-1-us-east-1a-g5.xlarge")->attributes.is_spot_available == true);
  CHECK(rows.at("us-east-1-us-east-1c-g5.xlarge")->attributes.is_spot_available == false);
}

TEST_CASE("a quota that does not suffice for one more machine is why a type cannot be had", "[providers]") {
  const auto p4d_with = [](const std::string& vcpus) {
    RecordedAccount account = recorded();
    std::string quota = account.file("handmade/ServiceQuotas-GetServiceQuota.json");
    boost::algorithm::replace_all(quota, "192.0", vcpus);
    account.http.reply(quotas, 200, quota);
    REQUIRE(account.run(account->instances(account.scope)));
    return *by_id(account.types().value()).at("us-east-1-us-east-1a-p4d.24xlarge");
  };
  CHECK(p4d_with("96.0").is_available == true);
  const InstanceType small = p4d_with("95.0");
  CHECK(small.is_available == false);
  CHECK(small.availability_reason == AvailabilityReason::quota);
  CHECK(small.attributes.quota_on_demand->maximum == 95);
  CHECK(p4d_with("\"many\"").is_available == true);  // not known, and so no reason

  RecordedAccount account = recorded();  // machines that run count, by what their types have
  account.http.reply(
      ec2 + "DescribeInstances", 200,
      boost::algorithm::replace_all_copy(account.file("moto/DescribeInstances.xml"), "g5.xlarge", "p4d.24xlarge"));
  REQUIRE(account.types());
  REQUIRE(account.run(account->instances(account.scope)));
  const auto quotas_now = account.run(account->quotas()->list_quotas(account.scope));
  REQUIRE(quotas_now);
  std::map<std::string, std::int64_t> used;
  for (const auto& quota : quotas_now->rows) used[quota->id] = quota->current.value();
  CHECK(used == std::map<std::string, std::int64_t>{
                    {"L-417A185B", 96}, {"L-DB2E81BA", 0}, {"L-3819A6DF", 0}, {"L-7212CCBC", 0}, {"L-C4BD4855", 0}});
}

TEST_CASE("until AWS's machines have been listed it is not known what is in use of a quota", "[providers]") {
  RecordedAccount account = recorded();
  const auto check_known = [&](bool is_known) {
    const auto list = account.run(account->quotas()->list_quotas(account.scope));
    REQUIRE(list);
    for (const auto& quota : list->rows) CHECK(quota->current.has_value() == is_known);
  };
  check_known(false);
  account.http.reply(ec2 + "DescribeInstances", 403, account.file("handmade/error-UnauthorizedOperation.xml"));
  CHECK_FALSE(account.run(account->instances(account.scope)));
  check_known(false);
  account.http.reply(ec2 + "DescribeInstances", 200, account.recorded(ec2 + "DescribeInstances"));
  REQUIRE(account.run(account->instances(account.scope)));
  check_known(true);
}

TEST_CASE("an account that may not read prices, quotas or spot prices has its types all the same", "[providers]") {
  RecordedAccount account = recorded();
  account.http.reply(pricing, 400, account.file("handmade/Pricing-error-AccessDenied.json"));
  account.http.reply(quotas, 400, account.file("moto/ServiceQuotas-GetServiceQuota-error.json"));
  account.http.reply(ec2 + "DescribeSpotPriceHistory", 403, account.file("handmade/error-UnauthorizedOperation.xml"));
  const auto types = account.types();
  REQUIRE(types);
  const InstanceType& g5 = *by_id(*types).at("us-east-1-us-east-1a-g5.xlarge");
  CHECK(g5.is_available == true);
  CHECK_FALSE(g5.attributes.is_spot_available);
  CHECK_FALSE(g5.attributes.quota_on_demand);
  CHECK(account.run(account->quotas()->list_quotas(account.scope)).error().kind == Errc::resource_not_found);
}

TEST_CASE("Local Zones are left out unless they are configured, and have prices of their own", "[providers]") {
  RecordedAccount account = recorded();
  REQUIRE(account.types());
  for (const auto& call : account.http.sent) {
    if (call.body.find("Action=DescribeAvailabilityZones") == std::string::npos) continue;
    CHECK_THAT(call.body, Catch::Contains("Filter.1.Name=zone-type&Filter.1.Value.1=availability-zone"));
  }
}

TEST_CASE("what a machine of EC2's shows is read from where EC2 has it", "[providers]") {
  const auto rows = machines_in("moto/DescribeInstances.xml");
  const Instance& machine = *rows.at("i-0aee8bc700b5f3b7c");
  CHECK(machine.status == LifecycleStatus::running);
  CHECK(machine.type == "g5.xlarge");
  CHECK(machine.location == "us-east-1");
  CHECK(machine.sub_location == "us-east-1b");
  CHECK(machine.instance_type_id.str() == "us-east-1-us-east-1b-g5.xlarge");
  CHECK(machine.name == "gpu-1");
  CHECK(machine.public_ip == "54.214.250.161");
  CHECK(machine.public_dns == "ec2-54-214-250-161.compute-1.amazonaws.com");
  CHECK(machine.private_ip == "172.31.16.4");
  CHECK(machine.image_id == "ami-1e749f67");
  CHECK(machine.ssh_user == "ubuntu");
  CHECK(machine.attributes->vpc_id == "vpc-ff8920c0ef0700ca3");
  CHECK(machine.disk_size->count() == std::int64_t{300} << 30U);
  CHECK(machine.attributes->volume_type == "gp3");
  CHECK_FALSE(machine.created_at);  // it lies ahead of this clock
  CHECK(machine.ref_id.empty());    // marked by another tag than ours
  CHECK(machine.tags.size() == 3);
}

TEST_CASE("our own machines are known by the tags of both RefIDs", "[providers]") {
  RecordedAccount account = recorded();
  std::string body = account.file("moto/DescribeInstances.xml");
  boost::algorithm::replace_all(body, "tally-ref-id", "tallyd-ref-id");
  boost::algorithm::replace_all(body, "tally-cloud-cred-ref-id", "tallyd-cloud-cred-ref-id");
  account.http.reply(ec2 + "DescribeInstances", 200, body);
  const auto rows = by_id(account.run(account->instances(account.scope)).value());
  CHECK(rows.at("i-0aee8bc700b5f3b7c")->ref_id.str() == "ref-1");
  CHECK(rows.at("i-0aee8bc700b5f3b7c")->cloud_cred_ref_id.str() == "cred-1");
}

TEST_CASE("each state of EC2's is one of ours, and a launch that failed is told from an end", "[providers]") {
  const auto rows = machines_in("handmade/DescribeInstances-page2.xml");
  CHECK(rows.at("i-0aaaaaaaaaaaaaaa5")->status == LifecycleStatus::terminating);
  CHECK(rows.at("i-0aaaaaaaaaaaaaaa6")->status == LifecycleStatus::terminated);
  CHECK(rows.at("i-0aaaaaaaaaaaaaaa7")->status == LifecycleStatus::failed);
  CHECK_THAT(rows.at("i-0aaaaaaaaaaaaaaa7")->status_message, Catch::Contains("Insufficient capacity"));
  CHECK(machines_in("moto/DescribeInstances-stopped.xml").begin()->second->status == LifecycleStatus::stopped);
}

TEST_CASE("pages of machines are read to the end, and a list that goes in circles is no listing", "[providers]") {
  RecordedAccount account = recorded();
  account.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    if (call.body.find("Action=DescribeInstances&") == std::string::npos) return std::nullopt;
    Response page;
    page.status = 200;
    page.body = account.file(call.body.find("NextToken=eyJ2IjoiMiIsImMiOiJleGFtcGxlIn0%3D") == std::string::npos
                                 ? "handmade/DescribeInstances-page1.xml"
                                 : "handmade/DescribeInstances-page2.xml");
    return page;
  };
  const auto all = account.run(account->instances(account.scope));
  REQUIRE(all);
  CHECK(by_id(*all).size() == all->rows.size());
  CHECK(all->rows.size() > 7);
  account.http.script = nullptr;
  account.http.reply(ec2 + "DescribeInstances", 200, account.file("handmade/DescribeInstances-page1.xml"));
  const auto circle = account.run(account->instances(account.scope));
  REQUIRE_FALSE(circle);
  CHECK_THAT(circle.error().message, Catch::Contains("circles"));
}

TEST_CASE("machines that have not changed are the very same rows, though each answer has an ID of its own",
          "[providers]") {
  RecordedAccount account = recorded();
  const std::string body = account.file("moto/DescribeInstances.xml");
  account.http.reply(ec2 + "DescribeInstances", 200, body);
  const auto first = account.run(account->instances(account.scope)).value();
  account.http.reply(ec2 + "DescribeInstances", 200, boost::algorithm::replace_all_copy(body, "request-id", "another"));
  const auto second = account.run(account->instances(account.scope)).value();
  CHECK(first.rows.front() == second.rows.front());
}

TEST_CASE("tags of any characters come through", "[providers]") {
  const auto rows = machines_in("moto/DescribeInstances-oddtags.xml");
  bool has_markup = false;
  for (const auto& [key, value] : rows.begin()->second->tags) {
    has_markup = has_markup || (key + value).find_first_of("<&\"") != std::string::npos;
  }
  CHECK(has_markup);
}

TEST_CASE("an AWS tenant is the account, not the key", "[providers]") {
  const auto tenant_with = [](const char* key) {
    Credential credential;
    credential.fields.emplace("access_key_id", Secret(std::string(key)));
    return find_provider("aws")->tenant_of(credential);
  };
  // IDs of keys tell the account, but for those made before 2019.
  CHECK(tenant_with("ASIAY34FZKBOKMUTVV7A") == make_tenant_id("aws", "609629065308"));
  CHECK(tenant_with("ASIAQNZGKIQY56JQ7WML") == make_tenant_id("aws", "029608264753"));
  CHECK(tenant_with("AKIAIOSFODNN7EXAMPLE") == make_tenant_id("aws", "AKIAIOSFODNN7EXAMPLE"));
  RecordedAccount account = recorded();
  REQUIRE(account.run(account->locations()));
  CHECK(account->tenant_id() == make_tenant_id("aws", "123456789012"));
}

TEST_CASE("another endpoint is asked for every service, signed for the region that is meant", "[providers]") {
  RecordedAccount account(*find_provider("aws"), "https://moto.example:5555");
  account.run(account->locations());
  account.run(account->instance_types({"eu-west-1"}));
  REQUIRE(account.http.sent.size() >= 2);
  for (const auto& call : account.http.sent) CHECK(call.url == "https://moto.example:5555/");
  CHECK_THAT(account.http.sent.back().authorization, Catch::Contains("/eu-west-1/ec2/aws4_request"));
}

}  // namespace tally::aws_listing_test
