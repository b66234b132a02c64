// What each refusal of AWS's means, and what comes of one that is about the clock, the region or the pace.
#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "cloud/budget.hpp"
#include "providers/aws/dialect.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::aws_errors_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

const std::string ec2 = "https://ec2.us-east-1.amazonaws.com/#";

/// By the part of a file's name behind "error-".
const std::map<std::string, Errc> kinds = {
    {"AuthFailure", Errc::auth},
    {"Blocked", Errc::forbidden},
    {"DependencyViolation", Errc::conflict},
    {"DryRunOperation", Errc::invalid_request},
    {"IdempotentParameterMismatch", Errc::conflict},
    {"IncorrectInstanceState", Errc::conflict},
    {"IncorrectModificationState", Errc::conflict},
    {"InstanceLimitExceeded", Errc::out_of_quota},
    {"InsufficientInstanceCapacity", Errc::insufficient_resources},
    {"InternalError", Errc::service_unavailable},
    {"InvalidAMIID.", Errc::image_not_found},
    {"InvalidGroup.Duplicate", Errc::conflict},
    {"InvalidGroup.NotFound", Errc::resource_not_found},
    {"InvalidInstanceID.", Errc::instance_not_found},
    {"InvalidInstanceType", Errc::invalid_request},
    {"InvalidKeyPair.Duplicate", Errc::conflict},
    {"InvalidKeyPair.Format", Errc::invalid_request},
    {"InvalidKeyPair.NotFound", Errc::resource_not_found},
    {"InvalidParameter", Errc::invalid_request},
    {"InvalidPermission.Duplicate", Errc::duplicate_firewall_rule},
    {"InvalidPermission.NotFound", Errc::resource_not_found},
    {"InvalidSubnetID.NotFound", Errc::resource_not_found},
    {"InvalidVolume.NotFound", Errc::resource_not_found},
    {"InvalidVolumeModification", Errc::invalid_request},
    {"MaxSpotInstanceCountExceeded", Errc::out_of_quota},
    {"OperationNotPermitted", Errc::conflict},
    {"OptInRequired", Errc::forbidden},
    {"PendingVerification", Errc::forbidden},
    {"RequestExpired", Errc::auth},
    {"RequestLimitExceeded", Errc::rate_limited},
    {"RulesPerSecurityGroupLimitExceeded", Errc::out_of_quota},
    {"RunInstances-badsg", Errc::resource_not_found},
    {"ServiceUnavailable", Errc::service_unavailable},
    {"SignatureDoesNotMatch", Errc::auth},
    {"SpotMaxPriceTooLow", Errc::insufficient_resources},
    {"TagLimitExceeded", Errc::out_of_quota},
    {"Throttling", Errc::rate_limited},
    {"UnauthorizedOperation", Errc::forbidden},
    {"Unavailable", Errc::service_unavailable},
    {"UnfulfillableCapacity", Errc::insufficient_resources},
    {"Unsupported.", Errc::insufficient_resources},
    {"UnsupportedOperation", Errc::conflict},
    {"VcpuLimitExceeded", Errc::out_of_quota},
    {"VolumeModificationRateExceeded", Errc::rate_limited},
    {"empty-503", Errc::service_unavailable},
    {"html-502", Errc::service_unavailable},
    {"sts-InvalidClientTokenId", Errc::auth},
    {"truncated", Errc::service_unavailable},
    {"two-errors", Errc::invalid_request},
    {"AccessDenied", Errc::forbidden},
    {"ExpiredNextToken", Errc::invalid_request},
};

/// The longest beginning that is in the table.
std::optional<Errc> kind_of_file(const std::string& name) {
  std::optional<Errc> kind;
  std::size_t longest = 0;
  for (const auto& [begin, each] : kinds) {
    if (!name.starts_with(begin) || begin.size() <= longest) continue;
    kind = each;
    longest = begin.size();
  }
  return kind;
}

Response response_of(const json::value& each) {
  Response response;
  response.status = static_cast<int>(each.at("http_status").as_int64());
  response.body = read_file("aws/recorded/" + json::value_to<std::string>(each.at("file")));
  if (const auto* headers = each.as_object().if_contains("headers")) {
    for (const auto& [name, value] : headers->as_object()) {
      response.headers.add(std::string(name), json::value_to<std::string>(value));
    }
  }
  return response;
}

Response refusal(int status, const std::string& file, const std::string& date = "") {
  Response response;
  response.status = status;
  response.body = read_file("aws/recorded/" + file);
  if (!date.empty()) response.headers.add("Date", date);
  return response;
}

bool is_available(const Result<Answer<Location>>& all, const std::string& name) {
  REQUIRE(all);
  for (const auto& row : all->rows) {
    if (row->name == name) return row->is_available;
  }
  return false;
}

}  // namespace

TEST_CASE("each recorded refusal of AWS's means what its code says, whatever its status", "[providers]") {
  std::size_t refusals = 0;
  for (const char* index : {"index-moto.json", "index-handmade.json"}) {
    const json::value all = json::parse(read_file(std::string("aws/recorded/") + index));
    for (const json::value& each : all.as_array()) {
      const std::string file = json::value_to<std::string>(each.at("file"));
      const std::size_t at = file.find("error-");
      if (at == std::string::npos) continue;
      INFO(file);
      const auto expected = kind_of_file(file.substr(at + 6));
      REQUIRE(expected);
      const Operation about_an_instance{"x", true};
      const Error error = error_of(aws::dialect(), about_an_instance, response_of(each), Redactor());
      if (*expected == Errc::resource_not_found) {
        CHECK(error.matches(Errc::resource_not_found));
      } else {
        CHECK(error.kind == *expected);
      }
      const bool is_sure = *expected != Errc::service_unavailable;
      CHECK((error.certainty == Certainty::nothing_happened) == is_sure);
      CHECK(error.code.empty() == (file.find("empty") != std::string::npos || file.find("html") != std::string::npos ||
                                   file.find("truncated") != std::string::npos));
      CHECK(error.message.size() <= 320);
      ++refusals;
    }
  }
  CHECK(refusals > 60);
}

TEST_CASE("each code that AWS documents means one thing, in every envelope, with every status", "[providers]") {
  const std::map<Errc, std::vector<std::string>> codes = {
      {Errc::insufficient_resources,
       {"InsufficientInstanceCapacity", "InsufficientHostCapacity", "InsufficientReservedInstanceCapacity",
        "InsufficientCapacity", "UnfulfillableCapacity", "InsufficientAddressCapacity",
        "InsufficientFreeAddressesInSubnet", "SpotMaxPriceTooLow", "Unsupported"}},
      {Errc::out_of_quota,
       {"VcpuLimitExceeded", "InstanceLimitExceeded", "MaxSpotInstanceCountExceeded", "VolumeLimitExceeded",
        "MaxIOPSLimitExceeded", "AddressLimitExceeded", "SecurityGroupLimitExceeded",
        "RulesPerSecurityGroupLimitExceeded", "KeyPairLimitExceeded", "TagLimitExceeded", "ResourceCountExceeded",
        "ResourceLimitExceeded"}},
      {Errc::instance_not_found, {"InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"}},
      {Errc::image_not_found, {"InvalidAMIID.NotFound", "InvalidAMIID.Malformed", "InvalidAMIID.Unavailable"}},
      {Errc::duplicate_firewall_rule, {"InvalidPermission.Duplicate"}},
      {Errc::resource_not_found,
       {"InvalidPermission.NotFound", "InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound",
        "InvalidVolume.NotFound", "InvalidSubnetID.NotFound", "InvalidVpcID.NotFound", "InvalidKeyPair.NotFound",
        "InvalidSnapshot.NotFound", "ParameterNotFound", "NoSuchResourceException"}},
      {Errc::conflict,
       {"InvalidKeyPair.Duplicate", "InvalidGroup.Duplicate", "IdempotentParameterMismatch", "IncorrectInstanceState",
        "IncorrectState", "IncorrectModificationState", "VolumeInUse", "DependencyViolation", "OperationNotPermitted",
        "UnsupportedOperation"}},
      {Errc::rate_limited,
       {"RequestLimitExceeded", "EC2ThrottledException", "Throttling", "ThrottlingException",
        "TooManyRequestsException", "RequestThrottled", "RequestThrottledException", "SlowDown",
        "BandwidthLimitExceeded", "VolumeModificationRateExceeded"}},
      {Errc::auth,
       {"AuthFailure", "InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "ExpiredToken",
        "ExpiredTokenException", "RequestExpired", "MissingAuthenticationToken", "IncompleteSignature",
        "InvalidSignatureException", "RequestTimeTooSkewed"}},
      {Errc::forbidden,
       {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "OptInRequired", "Blocked",
        "PendingVerification"}},
      {Errc::service_unavailable,
       {"InternalError", "InternalFailure", "ServerInternal", "Unavailable", "ServiceUnavailable", "RequestTimeout",
        "InternalErrorException"}},
      {Errc::invalid_request,
       {"InvalidInstanceType", "InvalidInstanceAttributeValue", "InvalidParameter", "InvalidParameterValue",
        "InvalidParameterCombination", "InvalidParameterException", "MissingParameter", "UnknownParameter",
        "InvalidAction", "MalformedQueryString", "InvalidNextTokenException"}}};
  const auto envelopes = [](const std::string& code) {
    const std::string error = "<Error><Code>" + code + "</Code><Message>words</Message></Error>";
    return std::vector<std::string>{
        "<Response><Errors>" + error + "</Errors><RequestID>1</RequestID></Response>",
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">" + error + "</ErrorResponse>",
        "<ErrorResponse><Errors>" + error + "</Errors></ErrorResponse>",
        R"({"__type":")" + code + R"(","message":"words"})",
        R"({"__type":"com.amazonaws.x#)" + code + R"(","Message":"words"})"};
  };
  const Operation about_an_instance{"x", true};
  for (const auto& [kind, all] : codes) {
    for (const std::string& code : all) {
      for (const std::string& body : envelopes(code)) {
        for (const int status : {400, 401, 403, 500, 503}) {
          // No rule names a wrong request, the status does; and who is turned away was not let in.
          const bool is_the_status_s = kind == Errc::invalid_request && status != 400;
          const bool is_turned_away = status == 401 || status == 403;
          if (is_the_status_s || (is_turned_away && kind == Errc::service_unavailable)) continue;
          CAPTURE(body, status);
          Response answer;
          answer.status = status;
          answer.body = body;
          const Error error = error_of(aws::dialect(), about_an_instance, answer, Redactor());
          CHECK(error.matches(kind));
          CHECK(error.code == code);
          CHECK_THAT(error.message, Catch::Contains("words"));
          CHECK((error.certainty == Certainty::nothing_happened) == (kind != Errc::service_unavailable));
        }
      }
    }
  }
}

TEST_CASE("a JSON service's type of error may stand in a header alone, and a web page is nobody's word",
          "[providers]") {
  Response answer;
  answer.status = 400;
  answer.headers.add("x-amzn-ErrorType", "ThrottlingException:http://internal.amazon.com/coral/");
  CHECK(error_of(aws::dialect(), {"x"}, answer, Redactor()).kind == Errc::rate_limited);
  for (const char* body :
       {"", "<html><body>Bad gateway</body></html>", "<Response><Errors/></Response>", "{\"a\":", "[]"}) {
    INFO(body);
    Response page;
    page.status = 502;
    page.body = body;
    const Error error = error_of(aws::dialect(), {"x"}, page, Redactor());
    CHECK(error.kind == Errc::service_unavailable);
    CHECK(error.certainty == Certainty::unknown);
  }
}

TEST_CASE("EC2's buckets are an action's in a region, with its rate: what waits in one keeps no other waiting",
          "[providers]") {
  RecordedAccount account(*find_provider("aws"));
  const std::string elsewhere = "https://ec2.eu-west-1.amazonaws.com/#";
  account.http.reply(elsewhere + "DescribeInstances", 200, account.file("instances.xml"));
  account.http.reply(elsewhere + "DescribeVolumes", 200, account.file("moto/DescribeVolumes.xml"));
  REQUIRE(account.run(account->instances(account.scope)));
  REQUIRE(account.run(account->instances({"eu-west-1"})));
  std::set<std::string> pools;
  for (const auto& call : account.http.sent) pools.insert(call.pool);
  CHECK(pools == std::set<std::string>{"DescribeInstances/us-east-1", "DescribeVolumes/us-east-1",
                                       "DescribeInstances/eu-west-1", "DescribeVolumes/eu-west-1"});
  const ProviderDescription& description = find_provider("aws")->description;
  boost::asio::io_context context;
  ManualClock clock(context);
  TenantBudget budget(clock, {"", description.requests_per_second, description.request_burst},
                      description.request_rates);
  std::map<std::string, int> taken;
  const auto draw = [&](const std::string& pool, int times) {
    for (int i = 0; i < times; ++i) {
      Draw wanted;
      wanted.priority = Priority::lifecycle;
      wanted.pool = pool;
      boost::asio::co_spawn(
          context,
          [](Budget& from, Draw what, int& count) -> boost::asio::awaitable<void> {
            if (co_await from.acquire(std::move(what))) ++count;
          }(budget, std::move(wanted), taken[pool]),
          boost::asio::detached);
    }
    clock.run_ready();
  };
  draw("DescribeInstances/us-east-1", 60);
  CHECK(taken["DescribeInstances/us-east-1"] == 50);
  draw("DescribeInstances/eu-west-1", 1);
  draw("RunInstances/us-east-1", 7);
  CHECK(taken["DescribeInstances/eu-west-1"] == 1);
  CHECK(taken["RunInstances/us-east-1"] == 5);
  clock.advance(std::chrono::seconds(1));
  CHECK(taken["DescribeInstances/us-east-1"] == 60);  // ten a second
  CHECK(taken["RunInstances/us-east-1"] == 7);        // two
}

TEST_CASE("a request that is refused for its date is sent again by AWS's clock, once, and that is told",
          "[providers]") {
  RecordedAccount account(*find_provider("aws"));
  int refused = 0;
  account.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    if (!call.url.starts_with("https://ec2.")) return std::nullopt;
    if (call.headers.at("X-Amz-Date").starts_with("20260901T0020")) {
      Response good;
      good.status = 200;
      good.body = account.recorded(ec2 + "DescribeRegions");
      good.headers.add("Date", "Tue, 01 Sep 2026 00:20:00 GMT");
      return good;
    }
    ++refused;
    return refusal(403, "handmade/error-SignatureDoesNotMatch-skew-behind.xml", "Tue, 01 Sep 2026 00:20:00 GMT");
  };
  const auto first = account.run(account->locations());
  REQUIRE(first);
  CHECK(refused == 1);
  REQUIRE(first->odd.size() == 1);
  CHECK_THAT(first->odd.front().reason, Catch::Contains("clock is 1200 s behind AWS's"));
  REQUIRE(account.run(account->locations()));
  CHECK(refused == 1);  // all that follow are dated by the vendor's clock
}

TEST_CASE("a wrong key is not taken for a wrong clock", "[providers]") {
  for (const char* date : {"Tue, 01 Sep 2026 00:00:10 GMT", "never", ""}) {
    INFO(date);
    RecordedAccount account(*find_provider("aws"));
    int asked = 0;
    account.http.script = [&](const FakeHttp::Sent&) -> std::optional<Response> {
      ++asked;
      return refusal(401, "handmade/error-AuthFailure.xml", date);
    };
    const auto outcome = account.run(account->locations());
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == Errc::auth);
    CHECK(asked == 1);
  }
}

TEST_CASE("a clock that AWS does not accept either is not asked for ever", "[providers]") {
  RecordedAccount account(*find_provider("aws"));
  int asked = 0;
  account.http.script = [&](const FakeHttp::Sent&) -> std::optional<Response> {
    ++asked;
    return refusal(400, "handmade/error-RequestExpired.xml",
                   "Tue, 01 Sep 2026 0" + std::to_string(asked) + ":00:00 GMT");
  };
  const auto outcome = account.run(account->locations());
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind == Errc::auth);
  CHECK_THAT(outcome.error().advice, Catch::Contains("clock"));
  CHECK(asked == 2);
}

TEST_CASE("a session signs with its token, and when it is over says what helps", "[providers]") {
  auto account = RecordedAccount::with(*find_provider("aws"), {{"session_token", "canary-session-token"}});
  REQUIRE(account.run(account->locations()));
  for (const auto& call : account.http.sent) CHECK(call.headers.at("X-Amz-Security-Token") == "canary-session-token");
  for (const char* code : {"RequestExpired", "ExpiredToken", "ExpiredTokenException"}) {
    INFO(code);
    account.http.reply(
        ec2 + "DescribeRegions", 400,
        "<Response><Errors><Error><Code>" + std::string(code) +
            "</Code><Message>it has expired: canary-session-token</Message></Error></Errors></Response>");
    account.http.sent.clear();
    const auto over = account.run(account->locations());
    REQUIRE_FALSE(over);
    CHECK(over.error().kind == Errc::auth);
    CHECK_THAT(over.error().advice, Catch::Contains("new session token"));
    CHECK_THAT(to_text(over.error()), !Catch::Contains("canary-session-token"));
    CHECK(account.http.sent.size() == 1);
  }
}

TEST_CASE("a region that the account has not enabled is closed, and the key is not to blame", "[providers]") {
  RecordedAccount account(*find_provider("aws"));
  account.http.reply(ec2 + "DescribeRegions", 200, account.file("handmade/DescribeRegions-optin.xml"));
  const auto before = account.run(account->locations());
  CHECK(is_available(before, "ap-east-1"));
  CHECK_FALSE(is_available(before, "af-south-1"));  // as it says itself
  account.http.reply("https://ec2.ap-east-1.amazonaws.com/#DescribeAvailabilityZones", 401,
                     account.file("handmade/error-AuthFailure.xml"));
  const auto types = account.run(account->instance_types({"ap-east-1"}));
  REQUIRE_FALSE(types);
  CHECK(types.error().kind == Errc::forbidden);
  const auto after = account.run(account->locations());
  CHECK_FALSE(is_available(after, "ap-east-1"));
  CHECK(is_available(after, "us-east-1"));
  // Where no account has to be let in, the key is wrong.
  account.http.reply("https://ec2.eu-west-1.amazonaws.com/#DescribeAvailabilityZones", 401,
                     account.file("handmade/error-AuthFailure.xml"));
  const auto elsewhere = account.run(account->instance_types({"eu-west-1"}));
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error().kind == Errc::auth);
}

TEST_CASE("no region is closed for what is refused of an image or another thing that was named", "[providers]") {
  struct Case {
    std::string region;
    std::string code;
    std::string words;
    bool is_closed;
  };
  const std::string product = "In order to use this AWS Marketplace product you need to accept terms and subscribe.";
  const std::string service = "You are not subscribed to this service.";
  const std::string key = "AWS was not able to validate the provided access credentials";
  const std::vector<Case> cases = {
      {"us-east-1", "OptInRequired", product, false},
      {"ap-east-1", "OptInRequired", product, false},
      {"us-east-1", "OptInRequired", service, false},
      {"ap-east-1", "OptInRequired", service, true},
      {"ap-east-1", "AuthFailure", "Not authorized for images: [ami-1]", false},
      {"ap-east-1", "AuthFailure", "You do not have permission to access the specified resource.", false},
      {"ap-east-1", "AuthFailure", key, true}};
  for (const Case& each : cases) {
    CAPTURE(each.region, each.code, each.words);
    RecordedAccount account(*find_provider("aws"));
    account.http.reply(ec2 + "DescribeRegions", 200, account.file("handmade/DescribeRegions-optin.xml"));
    REQUIRE(is_available(account.run(account->locations()), each.region));
    account.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
      if (!call.body.starts_with("Action=StartInstances&")) return std::nullopt;
      Response refused;
      refused.status = 401;
      refused.body = "<Response><Errors><Error><Code>" + each.code + "</Code><Message>" + each.words +
                     "</Message></Error></Errors></Response>";
      return refused;
    };
    const InstanceRef machine(CloudId("i-0aee8bc700b5f3b7c"), each.region);
    const auto started = account.run(account->stops_starts()->start(machine));
    REQUIRE_FALSE(started);
    CHECK(started.error().kind == Errc::forbidden);
    CHECK(started.error().message == each.words);
    CHECK((started.error().advice.find("may not be enabled") != std::string::npos) == each.is_closed);
    CHECK(is_available(account.run(account->locations()), each.region) != each.is_closed);
  }
}

TEST_CASE("an image of AWS Marketplace that nobody has subscribed to is refused for this create", "[providers]") {
  RecordedAccount account(*find_provider("aws"));
  account.http.reply(ec2 + "RunInstances", 401, account.file("handmade/error-OptInRequired-marketplace.xml"));
  account.http.reply(ec2 + "DeleteKeyPair", 200, account.file("moto/DeleteKeyPair.xml"));
  account.http.reply(ec2 + "DeleteSecurityGroup", 200, account.file("moto/DeleteSecurityGroup.xml"));
  const auto created = account.run(account->creates()->create(account.order));
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::forbidden);
  CHECK(created.error().certainty == Certainty::nothing_happened);
  CHECK_THAT(created.error().message, Catch::Contains("https://aws.amazon.com/marketplace/pp?sku="));
  CHECK_THAT(created.error().advice, Catch::Contains("subscribe to it"));
  CHECK(is_available(account.run(account->locations()), "us-east-1"));
}

TEST_CASE("who is asked too fast is asked less, for that action in that region, and longer each time", "[providers]") {
  RecordedAccount account(*find_provider("aws"));
  account.http.reply(ec2 + "DescribeInstances", 503, account.file("handmade/error-RequestLimitExceeded.xml"));
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 8; ++i) {
    const auto outcome = account.run(account->instances(account.scope));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == Errc::rate_limited);
    waits.push_back(outcome.error().retry_after.value().count());
  }
  CHECK(waits == std::vector<std::int64_t>{1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000});
  for (const auto& call : account.http.sent) CHECK(call.pool == "DescribeInstances/us-east-1");
  CHECK(account.run(account->locations()));
}

}  // namespace tally::aws_errors_test
