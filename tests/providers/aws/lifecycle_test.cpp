// What a create asks EC2 for, what is left when a step fails, and what changes a machine.
#include <boost/algorithm/string/replace.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "runtime/base64.hpp"
#include "tests/providers/aws/site.hpp"

namespace tally::aws_lifecycle_test {
using namespace tally::fakes;
using Site = Ec2Site;

namespace {

FirewallRules rules(const std::vector<std::string>& networks) {
  FirewallRules all;
  all.ingress = {{"", 8000, 8010, networks}};
  return all;
}

}  // namespace

TEST_CASE("an AWS create is one order under its token, with tags, key, group and disk", "[providers]") {
  Site site;
  site.order.name = "train";
  site.order.tags["team"] = "ml & co";
  site.order.is_spot = true;
  site.order.disk_size = Bytes((std::int64_t{100} << 30U) + 1);
  site.order.user_data_base64 = to_base64("#!/bin/sh\n");
  site.order.sub_location = "us-east-1b";
  const auto created = site.create();
  REQUIRE(created);
  CHECK(created->instance.cloud_id.str() == machine_id);
  CHECK(created->made.size() == 2);
  check_has(site.only("RunInstances"), {"ClientToken=token-1",
                                        "ImageId=ami-1e749f67",
                                        "InstanceType=g5.xlarge",
                                        "MinCount=1",
                                        "MaxCount=1",
                                        "KeyName=tally-token-1",
                                        "BlockDeviceMapping.1.DeviceName=%2Fdev%2Fsda1",
                                        "BlockDeviceMapping.1.Ebs.VolumeSize=101",
                                        "BlockDeviceMapping.1.Ebs.DeleteOnTermination=true",
                                        "InstanceMarketOptions.MarketType=spot",
                                        "InstanceMarketOptions.SpotOptions.SpotInstanceType=one-time",
                                        "UserData=IyEvYmluL3NoCg%3D%3D",
                                        "MetadataOptions.HttpTokens=required",
                                        "TagSpecification.1.ResourceType=instance",
                                        "TagSpecification.1.Tag.1.Key=Name",
                                        "TagSpecification.1.Tag.1.Value=train",
                                        "TagSpecification.1.Tag.2.Key=tallyd-ref-id",
                                        "TagSpecification.1.Tag.2.Value=job-7",
                                        "TagSpecification.1.Tag.3.Key=tallyd-cloud-cred-ref-id",
                                        "TagSpecification.1.Tag.5.Key=team",
                                        "TagSpecification.1.Tag.5.Value=ml+%26+co",
                                        "TagSpecification.2.ResourceType=volume",
                                        "TagSpecification.4.ResourceType=spot-instances-request"});
  check_has(site.only("ImportKeyPair"), {"KeyName=tally-token-1", "PublicKeyMaterial=c3NoLWVkMjU1MTkgQUFBQQ%3D%3D"});
  check_has(site.only("CreateSecurityGroup"), {"GroupName=tally-token-1", "TagSpecification.1.Tag.2.Value=job-7"});
  check_has(site.only("AuthorizeSecurityGroupIngress"),
            {"IpPermissions.1.FromPort=22", "IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0",
             "IpPermissions.2.Ipv6Ranges.1.CidrIpv6=%3A%3A%2F0"});
  CHECK(site.bodies("RevokeSecurityGroupEgress").empty());
  check_has(site.only("DescribeSubnets"), {"Filter.1.Name=default-for-az"});
  check_has(site.only("RunInstances"), {"NetworkInterface.1.SubnetId=subnet-2a4bb332ca1a14e22"});  // us-east-1b's
}

TEST_CASE("rules of a create are the group's own, for both protocols and both families", "[providers]") {
  Site site;
  site.order.firewall = rules({"10.1.2.3/8", "2001:db8::/32"});
  site.order.firewall.egress = {{"", 443, 443, {}}};
  REQUIRE(site.create());
  check_has(site.only("AuthorizeSecurityGroupIngress"),
            {"IpPermissions.1.IpProtocol=tcp", "IpPermissions.1.FromPort=8000", "IpPermissions.1.ToPort=8010",
             "IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0%2F8", "IpPermissions.2.IpProtocol=udp",
             "IpPermissions.3.Ipv6Ranges.1.CidrIpv6=2001%3Adb8%3A%3A%2F32", "IpPermissions.5.FromPort=22"});
  const auto closed = site.bodies("RevokeSecurityGroupEgress");  // what a new group lets out, of both families
  REQUIRE(closed.size() == 2);
  check_has(closed[0], {"IpPermissions.1.IpProtocol=-1", "IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0"});
  check_has(closed[1], {"IpPermissions.1.IpProtocol=-1", "IpPermissions.1.Ipv6Ranges.1.CidrIpv6=%3A%3A%2F0"});
  check_has(site.only("AuthorizeSecurityGroupEgress"), {"IpPermissions.1.FromPort=443"});
}

TEST_CASE("what EC2 would refuse is refused before any call", "[providers]") {
  const std::vector<std::pair<std::string, std::function<void(CreateRequest&)>>> wrong = {
      {"public_key", [](auto& order) { order.public_key = "ecdsa-sha2-nistp256 AAAA"; }},
      {"user_data_base64", [](auto& order) { order.user_data_base64 = to_base64(std::string(16385, 'x')); }},
      {"tags.aws:x", [](auto& order) { order.tags["aws:x"] = "y"; }},
      {"tags.tallyd-ref-id", [](auto& order) { order.tags["tallyd-ref-id"] = "y"; }},
      {"tags.Name", [](auto& order) { order.tags["Name"] = "y"; }},
      {"ip_ranges", [](auto& order) { order.firewall = rules({"10.0.0.0/99"}); }}};
  for (const auto& [parameter, spoil] : wrong) {
    INFO(parameter);
    Site site;
    spoil(site.order);
    const auto created = site.create();
    REQUIRE_FALSE(created);
    CHECK(created.error().kind == Errc::invalid_request);
    CHECK_THAT(created.error().message, Catch::Contains(parameter));
    CHECK(site.http.sent.empty());
  }
}

TEST_CASE("when EC2 has no machine, key and group are taken away, and its words are kept", "[providers]") {
  Site site;
  site.refuse("RunInstances", 500, "handmade/error-InsufficientInstanceCapacity.xml");
  site.http.reply(ec2 + "DeleteKeyPair", 200, site.file("moto/DeleteKeyPair.xml"));
  site.http.reply(ec2 + "DeleteSecurityGroup", 200, site.file("moto/DeleteSecurityGroup.xml"));
  const auto created = site.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::insufficient_resources);
  CHECK(created.error().certainty == Certainty::nothing_happened);
  CHECK(created.error().made.empty());
  CHECK(site.bodies("DeleteKeyPair").size() == 1);
  CHECK(site.bodies("DeleteSecurityGroup").size() == 1);
  CHECK(site.http.sent.back().body.starts_with("Action=DeleteKeyPair"));  // the last made goes first
}

TEST_CASE("what cannot be taken away after a failed create is named", "[providers]") {
  Site site;
  site.refuse("RunInstances", 400, "handmade/error-VcpuLimitExceeded.xml");
  site.http.reply(ec2 + "DeleteKeyPair", 200, site.file("moto/DeleteKeyPair.xml"));
  site.refuse("DeleteSecurityGroup", 400, "handmade/error-DependencyViolation.xml");
  const auto created = site.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::out_of_quota);
  CHECK(created.error().certainty == Certainty::partly);
  REQUIRE(created.error().made.size() == 1);
  CHECK(created.error().made.front().kind == HandleKind::security_group);
}

TEST_CASE("an order whose answer is lost is looked for, and stands on what was made for it", "[providers]") {
  Site site;
  site.http.reply(ec2 + "RunInstances", 502, "<html>");
  const auto created = site.create();
  REQUIRE(created);
  CHECK(created->instance.cloud_id.str() == machine_id);
  CHECK(created->made.size() == 2);
  site.http.reply(ec2 + "DescribeInstances", 200, site.file("handmade/DescribeInstances-empty.xml"));
  const auto lost = site.create();
  REQUIRE_FALSE(lost);
  CHECK(lost.error().kind == Errc::service_unavailable);
  CHECK(lost.error().certainty == Certainty::unknown);  // the identical call may be made again
  CHECK(lost.error().made.size() == 2);
  CHECK(site.bodies("DeleteKeyPair").empty());
}

TEST_CASE("key pair and group of an earlier attempt are used again, another's key is a conflict", "[providers]") {
  Site site;
  site.refuse("ImportKeyPair", 400, "moto/error-InvalidKeyPair.Duplicate.xml");
  site.refuse("CreateSecurityGroup", 400, "moto/error-InvalidGroup.Duplicate.xml");
  site.http.reply(ec2 + "DescribeSecurityGroups", 200, site.file("moto/DescribeSecurityGroups.xml"));
  const auto created = site.create();
  REQUIRE(created);
  CHECK(created->made.size() == 2);
  std::string other = site.file("moto/DescribeKeyPairs.xml");
  boost::algorithm::replace_first(other, "<keyName>", "<publicKey>ssh-ed25519 BBBB</publicKey><keyName>");
  site.http.reply(ec2 + "DescribeKeyPairs", 200, other);
  const auto refused = site.create();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::conflict);
  CHECK(site.bodies("DeleteKeyPair").empty());
}

TEST_CASE("a token that EC2 knows with other parameters leaves its machine alone", "[providers]") {
  Site site;
  site.refuse("RunInstances", 400, "handmade/error-IdempotentParameterMismatch.xml");
  CHECK(site.create()->instance.cloud_id.str() == machine_id);  // it is there, under the RefID's tag
  site.http.reply(ec2 + "DescribeInstances", 200, site.file("handmade/DescribeInstances-empty.xml"));
  const auto created = site.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::conflict);
  CHECK(site.bodies("DeleteSecurityGroup").empty());
}

TEST_CASE("EC2 not knowing a machine that was just made is no death", "[providers]") {
  Site site;
  REQUIRE(site.create());
  site.refuse("DescribeInstances/" + machine_id, 400, "moto/error-InvalidInstanceID.NotFound.xml");
  site.refuse("TerminateInstances/" + machine_id, 400, "moto/error-InvalidInstanceID.NotFound.xml");
  const InstanceRef machine(CloudId(machine_id), "us-east-1");
  CHECK(site.run(site->instance(machine)).error().kind == Errc::service_unavailable);
  CHECK(site.run(site->terminates()->terminate(machine)).error().kind == Errc::service_unavailable);
  site.clock.advance(std::chrono::seconds(61));
  CHECK(site.run(site->instance(machine)).error().kind == Errc::instance_not_found);
  CHECK(site.run(site->terminates()->terminate(machine)));
}

TEST_CASE("EC2 not knowing a machine that was found after a lost answer is no death either", "[providers]") {
  Site site;
  site.http.reply(ec2 + "RunInstances", 502, "<html>");
  REQUIRE(site.create());
  site.refuse("TerminateInstances/" + machine_id, 400, "moto/error-InvalidInstanceID.NotFound.xml");
  const InstanceRef machine(CloudId(machine_id), "us-east-1");
  CHECK(site.run(site->terminates()->terminate(machine)).error().kind == Errc::service_unavailable);
}

TEST_CASE("egress rules are in force though a network without IPv6 has no rule for it", "[providers]") {
  Site site;
  site.order.firewall.egress = {{"", 443, 443, {}}};
  site.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    const bool is_of_v6 = call.body.find("Ipv6Ranges") != std::string::npos;
    if (!call.body.starts_with("Action=RevokeSecurityGroupEgress&") || !is_of_v6) return std::nullopt;
    Response none;
    none.status = 400;
    none.body = "<Response><Errors><Error><Code>InvalidPermission.NotFound</Code></Error></Errors></Response>";
    return none;
  };
  REQUIRE(site.create());
  CHECK(site.bodies("AuthorizeSecurityGroupEgress").size() == 1);
}

TEST_CASE("a machine that was just made at AWS is still known as such after a restart", "[providers]") {
  Site site;
  REQUIRE(site.create());
  RecordedAccount restarted(*find_provider("aws"), site.cache.values);
  const InstanceRef machine(CloudId(machine_id), "us-east-1");
  restarted.http.reply(ec2 + "TerminateInstances/" + machine_id, 400,
                       site.file("moto/error-InvalidInstanceID.NotFound.xml"));
  CHECK(restarted.run(restarted->terminates()->terminate(machine)).error().kind == Errc::service_unavailable);
  restarted.clock.advance(std::chrono::seconds(61));
  CHECK(restarted.run(restarted->terminates()->terminate(machine)));
}

TEST_CASE("what AWS has under a create's name, and does not show, may be the create's own", "[providers]") {
  Site site;
  site.refuse("CreateSecurityGroup", 400, "moto/error-InvalidGroup.Duplicate.xml");
  site.refuse("DescribeSecurityGroups", 403, "handmade/error-UnauthorizedOperation.xml");
  site.http.reply(ec2 + "DescribeInstances", 200, site.file("handmade/DescribeInstances-empty.xml"));
  CHECK(site.create().error().certainty == Certainty::partly);  // the key is there, the group may be
  CHECK(site.bodies("DeleteKeyPair").empty());
  site.refuse("ImportKeyPair", 400, "moto/error-InvalidKeyPair.Duplicate.xml");
  site.refuse("DescribeKeyPairs", 403, "handmade/error-UnauthorizedOperation.xml");
  CHECK(site.create().error().certainty == Certainty::unknown);
}

TEST_CASE("an image for another processor, or none, is refused", "[providers]") {
  Site site;
  site.order.type = "g5g.xlarge";  // Arm; the image is not
  site.order.image_id = "ami-1e749f67";
  const auto created = site.create();
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::image_not_found);
  site.order.type = "g5.xlarge";
  site.refuse("DescribeImages", 400, "moto/error-InvalidAMIID.NotFound.xml");
  const auto missing = site.create();
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == Errc::image_not_found);
  CHECK(site.bodies("ImportKeyPair").empty());
}

TEST_CASE("without AWS's parameter the newest Ubuntu of its maker's is taken", "[providers]") {
  Site site;
  site.http.reply("https://ssm.us-east-1.amazonaws.com/#GetParameter", 400,
                  site.file("moto/SSM-GetParameter-error.json"));
  REQUIRE(site.create());
  check_has(site.only("DescribeImages"), {"Owner.1=099720109477", "Filter.2.Value.1=available"});
}

TEST_CASE("the usual image is AWS's parameter of the type's architecture, the older Ubuntu first", "[providers]") {
  Site site;
  std::vector<std::string> asked;
  site.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    if (!call.url.starts_with("https://ssm.")) return std::nullopt;
    asked.push_back(call.body);
    Response answer;
    const bool is_there = call.body.find("24.04") != std::string::npos;
    answer.status = is_there ? 200 : 400;
    answer.body = site.file(is_there ? "image-parameter.json" : "moto/SSM-GetParameter-error.json");
    return answer;
  };
  REQUIRE(site.create());
  const std::string base = "/aws/service/canonical/ubuntu/server/";
  REQUIRE(asked.size() == 2);
  CHECK_THAT(asked[0], Catch::Contains(base + "22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"));
  CHECK_THAT(asked[1], Catch::Contains(base + "24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"));
  check_has(site.only("RunInstances"), {"ImageId=ami-1e749f67"});
  REQUIRE(site.create());
  CHECK(asked.size() == 2);  // known for an hour
  site.clock.advance(std::chrono::hours(2));
  REQUIRE(site.create());
  CHECK(asked.size() == 4);
  Site arm;
  arm.order.type = "g5g.xlarge";
  arm.create();
  const auto sent = std::find_if(arm.http.sent.begin(), arm.http.sent.end(),
                                 [](const auto& call) { return call.url.starts_with("https://ssm."); });
  REQUIRE(sent != arm.http.sent.end());
  CHECK_THAT(sent->body, Catch::Contains("/arm64/hvm/"));
}

TEST_CASE("rules that are there already do not keep the others out", "[providers]") {
  Site site;
  const InstanceRef machine(CloudId(machine_id), "us-east-1");
  int tried = 0;
  site.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    if (call.body.find("Action=AuthorizeSecurityGroupIngress") == std::string::npos) return std::nullopt;
    ++tried;
    const bool is_new =
        call.body.find("IpPermissions.2.") == std::string::npos && call.body.find("CidrIpv6") != std::string::npos;
    Response answer;
    answer.status = is_new ? 200 : 400;
    answer.body =
        site.file(is_new ? "moto/AuthorizeSecurityGroupIngress.xml" : "moto/error-InvalidPermission.Duplicate.xml");
    return answer;
  };
  const auto added = site.run(site->modifies_firewall()->add_firewall_rules(machine, rules({"10.0.0.0/8", "::/0"})));
  REQUIRE(added);
  CHECK(tried == 5);  // all at once, then tcp and udp of each family
  CHECK(added->ingress.size() == 2);
  for (const FirewallRule& rule : added->ingress) CHECK(rule.id.starts_with("sgr-"));
  const auto again = site.run(site->modifies_firewall()->add_firewall_rules(machine, rules({"10.0.0.0/8"})));
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == Errc::duplicate_firewall_rule);
}

TEST_CASE("rules are revoked by their IDs, each way by itself", "[providers]") {
  Site site;
  site.http.reply(ec2 + "RevokeSecurityGroupIngress", 200, site.file("moto/RevokeSecurityGroupIngress.xml"));
  const InstanceRef machine(CloudId(machine_id), "us-east-1");
  const std::vector<std::string> ids = {"sgr-78441f2ed40348632", "sgr-e13c4dfc5c3bb781e", "sgr-unknown"};
  REQUIRE(site.run(site->modifies_firewall()->revoke_firewall_rules(machine, ids)));
  check_has(site.only("RevokeSecurityGroupIngress"), {"SecurityGroupRuleId.1=sgr-78441f2ed40348632"});
  check_has(site.only("RevokeSecurityGroupEgress"), {"SecurityGroupRuleId.1=sgr-e13c4dfc5c3bb781e"});
}

TEST_CASE("a disk is resized by its volume, and followed as long as that is wanted", "[providers]") {
  Site site;
  site.http.reply(ec2 + "ModifyVolume", 200, site.file("moto/ModifyVolume.xml"));
  const InstanceRef machine(CloudId(machine_id), "us-east-1");
  REQUIRE(site.run(site->resizes_volumes()->resize_volume(machine, {Bytes(std::int64_t{400} << 30U), false})));
  check_has(site.only("ModifyVolume"), {"VolumeId=vol-384c869733a881916", "Size=400"});
  CHECK(site.bodies("DescribeVolumesModifications").empty());
}

TEST_CASE("a disk can be used when EC2 goes on to optimize it, and has been moved when that is over", "[providers]") {
  struct Case {
    bool waits;
    std::vector<std::string> states;  // as they are told, one after the other; the last one stays
    std::size_t looks;
    bool is_done;
  };
  const std::vector<Case> cases = {{false, {"optimizing"}, 0, true},
                                   {false, {"modifying", "modifying", "optimizing"}, 2, true},
                                   {false, {"modifying", "", "completed"}, 2, true},
                                   {true, {"modifying", "optimizing", "optimizing", "completed"}, 3, true},
                                   {false, {"modifying", "failed"}, 1, false},
                                   {true, {"optimizing", "failed"}, 1, false},
                                   {false, {"modifying"}, 24, true},  // two minutes: it was accepted
                                   {true, {"optimizing"}, 720, true}};
  for (const Case& each : cases) {
    CAPTURE(each.waits, each.states);
    Site site;
    std::size_t told = 0;
    site.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
      const bool is_change = call.body.starts_with("Action=ModifyVolume&");
      if (!is_change && !call.body.starts_with("Action=DescribeVolumesModifications&")) return std::nullopt;
      const std::string& state = each.states.at(std::min(told++, each.states.size() - 1));
      Response answer;
      answer.status = 200;
      answer.body = site.file(is_change ? "moto/ModifyVolume.xml" : "moto/DescribeVolumesModifications.xml");
      boost::algorithm::replace_all(answer.body, ">completed<", ">" + state + "<");
      return answer;
    };
    const InstanceRef machine(CloudId(machine_id), "us-east-1");
    const VolumeResize resize{Bytes(std::int64_t{400} << 30U), each.waits};
    const auto outcome = site.run_through(site->resizes_volumes()->resize_volume(machine, resize));
    CHECK(outcome.has_value() == each.is_done);
    if (!outcome) CHECK(outcome.error().kind == Errc::service_unavailable);
    if (!outcome) CHECK(outcome.error().certainty == Certainty::unknown);
    CHECK(site.bodies("DescribeVolumesModifications").size() == each.looks);
  }
}

TEST_CASE("a disk that was changed a short while ago is refused, and nobody else waits for that", "[providers]") {
  const InstanceRef machine(CloudId(machine_id), "us-east-1");
  const VolumeResize resize{Bytes(std::int64_t{400} << 30U), false};
  Site site;
  site.refuse("ModifyVolume", 400, "handmade/error-VolumeModificationRateExceeded.xml");
  const auto again = site.run(site->resizes_volumes()->resize_volume(machine, resize));
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == Errc::rate_limited);
  CHECK(again.error().certainty == Certainty::nothing_happened);
  CHECK_FALSE(again.error().retry_after);  // hours, which EC2 does not tell
  for (const char* file :
       {"handmade/error-IncorrectModificationState.xml", "handmade/error-InvalidVolumeModification.xml",
        "handmade/error-InvalidParameterValue-shrink.xml"}) {
    site.refuse("ModifyVolume", 400, file);
    const auto refused = site.run(site->resizes_volumes()->resize_volume(machine, resize));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == (std::string(file).find("State") == std::string::npos ? Errc::invalid_request  //
                                                                                        : Errc::conflict));
  }
}

TEST_CASE("a machine's type is changed where it stands still, and EC2 says when it does not", "[providers]") {
  Site site;
  site.http.reply(ec2 + "ModifyInstanceAttribute", 200, site.file("moto/ModifyInstanceAttribute.xml"));
  const InstanceRef machine(CloudId(machine_id), "us-east-1");
  REQUIRE(site.run(site->changes_type()->change_type(machine, "g5.2xlarge")));
  check_has(site.only("ModifyInstanceAttribute"), {"InstanceId=" + machine_id, "InstanceType.Value=g5.2xlarge"});
  site.refuse("ModifyInstanceAttribute", 400, "handmade/error-IncorrectInstanceState-resize.xml");
  const auto running = site.run(site->changes_type()->change_type(machine, "g5.2xlarge"));
  REQUIRE_FALSE(running);
  CHECK(running.error().kind == Errc::conflict);
}

TEST_CASE("a machine that is protected from being ended is not asked to end for ever", "[providers]") {
  Site site;
  site.refuse("TerminateInstances/" + machine_id, 400, "handmade/error-OperationNotPermitted.xml");
  const auto outcome = site.run(site->terminates()->terminate(InstanceRef(CloudId(machine_id), "us-east-1")));
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind == Errc::forbidden);  // which is final, as a conflict is not
  CHECK_THAT(outcome.error().advice, Catch::Contains("termination protection"));
}

TEST_CASE("tags are set in one call and taken away in another: AWS's and our own stay", "[providers]") {
  Site site;
  site.http.reply(ec2 + "CreateTags", 200, site.file("moto/CreateTags.xml"));
  site.http.reply(ec2 + "DeleteTags", 200, site.file("moto/DeleteTags.xml"));
  const InstanceRef machine(CloudId(machine_id), "us-east-1");
  TagChanges changes;
  changes["a"] = "1";
  changes["b"] = std::nullopt;
  REQUIRE(site.run(site->updates_tags()->update_tags(machine, changes)));
  check_has(site.only("CreateTags"), {"ResourceId.1=" + machine_id, "Tag.1.Key=a", "Tag.1.Value=1"});
  check_has(site.only("DeleteTags"), {"ResourceId.1=" + machine_id, "Tag.1.Key=b"});
  for (const char* key : {"aws:x", "tallyd-ref-id", "tallyd-cloud-cred-ref-id", "Name"}) {
    TagChanges wrong;
    wrong[key] = std::nullopt;
    CHECK(site.run(site->updates_tags()->update_tags(machine, wrong)).error().kind == Errc::invalid_request);
  }
}

TEST_CASE("a tag is as long as it has characters, whatever their bytes", "[providers]") {
  const auto many = [](const char* character, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += character;
    return text;
  };
  const auto outcome = [](const std::string& key, const std::string& value) {
    Site site;
    site.order.tags[key] = value;
    return site.create();
  };
  CHECK(outcome(many("\xC3\xA4", 128), many("\xE6\x97\xA5", 256)));
  CHECK(outcome(many("\xC3\xA4", 129), "x").error().kind == Errc::invalid_request);
  CHECK(outcome("x", many("\xE6\x97\xA5", 257)).error().kind == Errc::invalid_request);
}

TEST_CASE("what was made for a machine is removed once: gone is removed, in use is not yet", "[providers]") {
  Site site;
  const Handle group{HandleKind::security_group, "sg-1", "tally-x"};
  site.refuse("DeleteSecurityGroup", 400, "moto/error-InvalidGroup.NotFound.xml");
  CHECK(site.run(site->creates()->remove(group, "us-east-1")));
  site.refuse("DeleteSecurityGroup", 400, "handmade/error-DependencyViolation.xml");
  CHECK(site.run(site->creates()->remove(group, "us-east-1")).error().kind == Errc::conflict);
  site.http.reply(ec2 + "DeleteKeyPair", 200, site.file("moto/DeleteKeyPair.xml"));
  CHECK(site.run(site->creates()->remove({HandleKind::key, "key-1", "tally-x"}, "us-east-1")));
  check_has(site.only("DeleteKeyPair"), {"KeyName=tally-x"});
  const Handle disk{HandleKind::disk, "vol-1", ""};
  CHECK(site.run(site->creates()->remove(disk, "us-east-1")).error().kind == Errc::not_implemented);
}

}  // namespace tally::aws_lifecycle_test
