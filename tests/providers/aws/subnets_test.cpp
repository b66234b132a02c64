// Where in a region's network a create has its machine.
#include "tests/providers/aws/site.hpp"

namespace tally::aws_subnets_test {
using namespace tally::fakes;
using Site = Ec2Site;

TEST_CASE("an AWS zone without a subnet is passed over before anything is made, a VPC without any is refused",
          "[providers]") {
  for (const char* vpc : {"vpc-ff8920c0ef0700ca3", ""}) {
    INFO(vpc);
    Site site;
    site.order.vpc_id = vpc;
    site.order.sub_location = "us-east-1g";
    const auto elsewhere = site.create();
    REQUIRE_FALSE(elsewhere);
    CHECK(elsewhere.error().kind == Errc::insufficient_resources);  // which the next zone is tried after
    CHECK(elsewhere.error().certainty == Certainty::nothing_happened);
    CHECK_THAT(elsewhere.error().message, Catch::Contains("in zone us-east-1g"));
    CHECK(site.bodies("ImportKeyPair").empty());
    site.http.reply(ec2 + "DescribeSubnets", 200, "<DescribeSubnetsResponse><subnetSet/></DescribeSubnetsResponse>");
    const auto nowhere = site.create();
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().kind == Errc::invalid_request);
  }
}

TEST_CASE("of a VPC's subnets in a zone the same one is taken, however AWS orders them", "[providers]") {
  const auto taken = [](const std::string& first, const std::string& second) {
    const auto row = [](const std::string& id) {
      return "<item><subnetId>" + id +
             "</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-east-1b</availabilityZone></item>";
    };
    Site site;
    site.order.vpc_id = "vpc-1";
    site.http.reply(
        ec2 + "DescribeSubnets", 200,
        "<DescribeSubnetsResponse><subnetSet>" + row(first) + row(second) + "</subnetSet></DescribeSubnetsResponse>");
    REQUIRE(site.create());
    check_has(site.only("RunInstances"), {"NetworkInterface.1.SubnetId=subnet-1"});
  };
  taken("subnet-1", "subnet-2");
  taken("subnet-2", "subnet-1");
}

TEST_CASE("an AWS subnet that is asked for decides the zone", "[providers]") {
  Site site;
  site.order.subnet_id = "subnet-1";
  site.order.sub_location = "us-east-1a";
  site.http.reply(ec2 + "DescribeSubnets", 200,
                  "<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>"
                  "<availabilityZone>us-east-1b</availabilityZone></item></subnetSet></DescribeSubnetsResponse>");
  REQUIRE(site.create());
  check_has(site.only("DescribeSubnets"), {"Filter.1.Name=subnet-id"});
  check_has(site.only("RunInstances"), {"NetworkInterface.1.SubnetId=subnet-1"});
}

}  // namespace tally::aws_subnets_test
