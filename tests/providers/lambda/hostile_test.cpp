// What Lambda, or something in its place, may answer instead.
#include <catch2/catch.hpp>

#include "providers/lambda/regions.hpp"
#include "tests/providers/lambda/account.hpp"

namespace tally::lambda_hostile_test {
using namespace tally::fakes;

namespace {

std::string type_entry(const std::string& name, const std::string& price = "199", const std::string& vcpus = "30") {
  return R"j(")j" + name + R"j(":{"instance_type":{"name":")j" + name +
         R"j(","description":"1x A10 (24 GB PCIe)","gpu_description":"A10 (24 GB PCIe)","price_cents_per_hour":)j" +
         price + R"j(,"specs":{"vcpus":)j" + vcpus +
         R"j(,"memory_gib":200,"storage_gib":512,"gpus":1}},"regions_with_capacity_available":[]})j";
}

std::string instance_row(const std::string& id, const std::string& more = "") {
  return R"({"id":")" + id + R"(","status":"active","ssh_key_names":["key"],"jupyter_token":"s3cret")" + more +
         R"(,"region":{"name":"us-east-1","description":"Virginia"},"instance_type":{"name":"gpu_1x_a10",)"
         R"("price_cents_per_hour":75,"specs":{"storage_gib":512}}})";
}

Result<Answer<Instance>> list(const std::string& body, int status = 200) {
  LambdaAccount account;
  account.http.reply("/instances", status, body);
  return account.run(account->instances({}));
}

Result<Answer<InstanceType>> list_types(const std::string& body, int status = 200) {
  LambdaAccount account;
  account.http.reply("/instance-types", status, body);
  return account.types();
}

}  // namespace

TEST_CASE("a body that is no complete list fails the poll", "[providers]") {
  const std::string good = LambdaAccount::recorded("instances.json");
  const std::string types = LambdaAccount::recorded("instance-types.json");
  const auto body = GENERATE_COPY(
      std::string(), std::string(" "), std::string("null"), std::string("[]"), std::string("{}"), std::string("17"),
      std::string(R"({"data":null})"), std::string(R"({"data":"text"})"), std::string(R"({"data":17})"),
      std::string(R"({"error":{"code":"global/internal-error","message":"no"}})"),
      std::string("<html>maintenance</html>"), std::string(R"({"data":[]} {"data":[]})"),
      std::string(R"({"data":[],"data":[]})"), std::string(R"({"data":[)"), std::string(R"({"data":[}])"),
      std::string(R"({"data":[{"id":"a",}]})"), std::string(R"({"data":[{"id" "a"}]})"),
      std::string("{\"data\":[\"\xff\xfe\"]}"), std::string(R"({"data":[], "meta": tru})"),
      good.substr(0, good.size() / 2), good.substr(0, good.size() - 3), types.substr(0, types.size() / 3), good + "x",
      std::string(100'000, '['), std::string("\xff\xfe{"));
  CAPTURE(body.substr(0, 80));
  for (const auto& error : {list(body).error(), list_types(body).error()}) {
    CHECK(error.kind == Errc::service_unavailable);
    CHECK(error.provider == "lambda-labs");
    CHECK_FALSE(error.message.empty());
    CHECK(error.certainty == Certainty::nothing_happened);
  }
}

TEST_CASE("one 30-digit number costs its field, and the row where it decides", "[providers]") {
  const std::string huge(30, '9');
  const auto types = list_types("{\"data\":{" + type_entry("good") + "," + type_entry("bad", "199", huge) + "," +
                                type_entry("fine") + "}}");
  REQUIRE(types);
  CHECK(types->rows.size() == 3 * 20);
  CHECK(types->rejected.empty());
  REQUIRE(types->odd.size() == 20);
  CHECK(types->odd[0].id == "us-west-1-noSub-bad");
  CHECK(types->odd[0].field == "instance_type.specs.vcpus");
  CHECK_FALSE(types->rows[20]->vcpu);

  const std::string odd = instance_row("b", ",\"x\":" + huge) + "," + instance_row("c", ",\"region\":" + huge);
  const auto instances = list("{\"data\":[" + instance_row("a") + "," + odd + "]}");
  REQUIRE(instances);
  CHECK(instances->rows.size() == 2);
  REQUIRE(instances->rejected.size() == 1);
  CHECK(instances->rejected[0].id == "c");
}

TEST_CASE("a price that is absent, null, zero or negative leaves the row without a price", "[providers]") {
  const std::string price = GENERATE("0", "-5", "null");
  const auto types = list_types("{\"data\":{" + type_entry("odd", price) + "}}");
  REQUIRE(types);
  REQUIRE(types->rows.size() == 20);
  CHECK(types->rejected.empty());
  CHECK_FALSE(types->rows[0]->prices.at(0).amount);
}

TEST_CASE("a price is its value, whatever its spelling: one that is no number is not known", "[providers]") {
  const auto [price, nanos] = GENERATE(table<std::string, std::int64_t>({{"199.0", 1'990'000'000},
                                                                         {"1.99e2", 1'990'000'000},
                                                                         {"1.5", 15'000'000},
                                                                         {"\"199\"", 0},
                                                                         {"true", 0},
                                                                         {"[]", 0}}));
  const auto types = list_types("{\"data\":{" + type_entry("odd", price, "8.0") + "}}");
  REQUIRE(types);
  REQUIRE(types->rows.size() == 20);
  CHECK(types->rows[0]->vcpu == 8);
  CHECK(types->rows[0]->prices.at(0).amount.value_or(Money()).nanos == nanos);
  CHECK(types->odd.size() == (nanos == 0 ? 20 : 0));
}

TEST_CASE("a list of types where an object is documented is no answer, nor a type without a name", "[providers]") {
  CHECK_FALSE(list_types(R"({"data":[]})"));
  CHECK(list_types(R"({"data":{}})"));
  const auto types = list_types(R"j({"data":{"":{"instance_type":{"description":"1x A10 (24 GB)"}}}})j");
  REQUIRE(types);
  CHECK(types->rows.empty());
  REQUIRE(types->rejected.size() == 1);
  CHECK(types->rejected[0].id.empty());
}

TEST_CASE("capacity of which nothing is said is not known", "[providers]") {
  const std::string said = GENERATE("null", "[]");
  std::string entry = type_entry("a");
  entry.replace(entry.rfind("[]"), 2, said);
  const auto types = list_types("{\"data\":{" + entry + "}}");
  REQUIRE(types);
  REQUIRE(types->rows.size() == 20);
  CHECK(types->rows[0]->is_available == (said == "null" ? std::nullopt : std::optional(false)));
}

TEST_CASE("a region that cannot be read costs a Lambda type its capacity elsewhere, not where it is said",
          "[providers]") {
  const std::string odd = GENERATE("null", "17", R"({"description":"x"})", R"({"name":17})");
  std::string entry = type_entry("a");
  entry.replace(entry.rfind("[]"), 2, "[" + odd + R"(,{"name":"us-east-1"}])");
  const auto types = list_types("{\"data\":{" + entry + "," + type_entry("b") + "}}");
  REQUIRE(types);
  REQUIRE(types->rows.size() == 2 * 20);
  for (const auto& row : types->rows) {
    INFO(row->id.str());
    const std::optional<bool> elsewhere = row->type == "a" ? std::nullopt : std::optional(false);
    CHECK(row->is_available == (row->type == "a" && row->location == "us-east-1" ? std::optional(true) : elsewhere));
  }
  REQUIRE(types->rejected.size() == 1);
  CHECK(types->rejected[0].id.empty());
  CHECK(types->rejected[0].reason.starts_with("regions_with_capacity_available"));
  entry = type_entry("a");
  entry.replace(entry.rfind("[]"), 2, "[" + odd + "]");
  const auto nowhere = list_types("{\"data\":{" + entry + "}}");
  REQUIRE(nowhere);
  CHECK(nowhere->rows.empty());
  CHECK(nowhere->rejected.size() == 20);
}

TEST_CASE("a text cut inside an emoji costs its field, and its row where it decides", "[providers]") {
  const std::string half = R"("box \ud83d")";
  const std::string rows = instance_row("a", ",\"name\":" + half) + "," + instance_row("b", ",\"unread\":" + half) +
                           R"(,{"id":"c","status":"\ud83d"})";
  const auto instances = list("{\"data\":[" + rows + "],\"meta\":" + half + "}");
  REQUIRE(instances);
  REQUIRE(instances->rows.size() == 2);
  CHECK(instances->rows[0]->name.empty());
  REQUIRE(instances->odd.size() == 1);
  CHECK(instances->odd[0].id == "a");
  REQUIRE(instances->rejected.size() == 1);
  CHECK(instances->rejected[0].id == "c");
  const auto refused = list(R"({"error":{"code":"global/invalid-api-key","message":"no \ud83d"}})", 401);
  CHECK(refused.error().code == "global/invalid-api-key");
  CHECK(refused.error().message == "no \xef\xbf\xbd");
}

TEST_CASE("types in regions are counted before they are made", "[providers]") {
  std::string regions;
  for (int i = 0; i < 900; ++i)
    regions += (i == 0 ? "" : ",") + std::string(R"({"name":"r)") + std::to_string(i) + "\"}";
  std::string entries;
  for (int i = 0; i < 400; ++i) entries += (i == 0 ? "" : ",") + type_entry("t" + std::to_string(i));
  entries.replace(entries.rfind("[]"), 2, "[" + regions + "]");
  const auto types = list_types("{\"data\":{" + entries + "}}");
  REQUIRE_FALSE(types);
  CHECK(types.error().message == "400 types in 920 regions; more than 300000 rows are not believable");
}

TEST_CASE("an address that is nobody's, and a birth that cannot be, are not known", "[providers]") {
  const std::string name = R"(,"name":"cred--2068-01-01-00-00-00Z-00","ip":"0.0.0.0")";
  const auto instances = list("{\"data\":[" + instance_row("a", name) + "]}");
  REQUIRE(instances);
  REQUIRE(instances->rows.size() == 1);
  CHECK(instances->rows[0]->public_ip.empty());
  CHECK(instances->rows[0]->public_dns.empty());
  CHECK_FALSE(instances->rows[0]->created_at);
  CHECK(instances->rows[0]->cloud_cred_ref_id == CredentialRef("cred"));
}

TEST_CASE("a key that the vendor echoes leaves every text before it is cut", "[providers]") {
  const std::string padded = std::string(295, 'x') + "canary-key";
  const auto refused = list(R"({"error":{"code":"global/invalid-api-key","message":")" + padded + R"("}})", 401);
  CHECK(to_text(refused.error()).find("canary") == std::string::npos);
  const auto quoted = list("no such thing as canary-key", 500);
  CHECK(quoted.error().message == "the answer is not in the API's form: no such thing as [redacted]");
  CHECK(list("<html>", 502).error().message.find("is `endpoint` right?") != std::string::npos);
}

TEST_CASE("a row without a usable ID is rejected without one", "[providers]") {
  const std::string id = GENERATE("", "a/b", "a b", "\\u0000", "\\n");
  const auto instances = list("{\"data\":[" + instance_row(id) + "," + instance_row("good") + "]}");
  REQUIRE(instances);
  CHECK(instances->rows.size() == 1);
  REQUIRE(instances->rejected.size() == 1);
  CHECK(instances->rejected[0].id.empty());
}

TEST_CASE("a rejected row's raw text holds no token", "[providers]") {
  const std::string more =
      GENERATE(R"(,"tags":1)", R"(,"\u006aupyter_url":"s3cret")", R"(,"x":99999999999999999999999)");
  std::string row = instance_row("a", more);
  row.replace(row.find("\"active\""), 8, "17");
  const auto instances = list("{\"data\":[" + row + "]}");
  REQUIRE(instances);
  REQUIRE(instances->rejected.size() == 1);
  CHECK_FALSE(instances->rejected[0].raw.empty());
  CHECK(instances->rejected[0].raw.find("s3cret") == std::string::npos);
}

TEST_CASE("nulls, absent and unknown fields are accepted", "[providers]") {
  const auto instances =
      list(R"({"data":[{"id":"a","status":null,"name":null,"ip":null,"ssh_key_names":[],"region":null,
    "instance_type":null,"tags":null,"surprise":{"deep":[1,2,{"x":null}]}}, {"id":"b"}],"page_token":null})");
  REQUIRE(instances);
  CHECK(instances->rejected.empty());
  REQUIRE(instances->rows.size() == 2);
  CHECK_FALSE(instances->rows[0]->status);
  CHECK(instances->rows[1]->instance_type_id.empty());
}

TEST_CASE("the same row text is the same object on the next poll", "[providers]") {
  LambdaAccount account;
  const auto first = account.run(account->instances({}));
  const auto second = account.run(account->instances({}));
  REQUIRE(first);
  REQUIRE(second);
  for (std::size_t i = 0; i < first->rows.size(); ++i) CHECK(first->rows[i] == second->rows[i]);
  const auto types = account.types();
  const auto again = account.types();
  REQUIRE(types);
  REQUIRE(again);
  CHECK(types->rows == again->rows);
}

TEST_CASE("a region that shows capacity joins the regions", "[providers]") {
  LambdaAccount account;
  account.http.reply(
      "/instance-types", 200,
      R"j({"data":{"x":{"instance_type":{"name":"x","description":"1x A10 (24 GB)","specs":{"gpus":1}},)j"
      R"j("regions_with_capacity_available":[{"name":"moon-1","description":"Moon"}]}}})j");
  const auto offering = account.run(account->instance_types({}));
  REQUIRE(offering);
  REQUIRE(offering->types.rows.size() == 21);
  CHECK(offering->types.rows.back()->location == "moon-1");
  CHECK(offering->types.rows.back()->is_available == true);
  CHECK(offering->locations.value().rows.back()->name == "moon-1");
  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  CHECK(locations->rows.back()->name == "moon-1");
}

TEST_CASE("a region that only capacity named is remembered for a day", "[providers]") {
  using namespace std::chrono_literals;
  Location moon;
  moon.name = "moon-1";
  lambda::NamedRegions regions;
  regions.note({moon}, TimePoint(0h));
  regions.note({}, TimePoint(24h));
  CHECK(regions.list() == std::vector{moon});
  regions.note({moon}, TimePoint(24h));
  regions.note({}, TimePoint(48h));
  CHECK(regions.list().size() == 1);
  regions.note({}, TimePoint(49h));
  CHECK(regions.list().empty());
}

TEST_CASE("a region that only capacity named is there after a restart, sold out", "[providers]") {
  const std::string type = R"j({"data":{"x":{"instance_type":{"name":"x","description":"1x A10 (24 GB)",)j"
                           R"j("specs":{"gpus":1}},"regions_with_capacity_available":[)j";
  LambdaAccount before;
  before.http.reply("/instance-types", 200, type + R"j({"name":"moon-1","description":"Moon"}]}}})j");
  REQUIRE(before.types());
  LambdaAccount after(before.cache);
  after.http.reply("/instance-types", 200, type + "]}}}");
  const auto offering = after.run(after->instance_types({}));
  REQUIRE(offering);
  CHECK(offering->types.rows.back()->location == "moon-1");
  CHECK(offering->types.rows.back()->is_available == false);
  CHECK(offering->locations.value().rows.back()->description == "Moon");

  MemoryCache broken;
  broken.put("named_regions", "[{");
  LambdaAccount other(broken);
  CHECK(other.run(other->locations()));
}

TEST_CASE("a 404 for the regions that the API did not say, or that comes after an answer, fails the poll",
          "[providers]") {
  LambdaAccount account;
  account.http.reply("/regions", 404, GENERATE("", "<html>", R"({"message":"no Route matched with those values"})"));
  CHECK(account.run(account->locations()).error().kind == Errc::service_unavailable);
  account.http.reply("/regions", 200, LambdaAccount::recorded("regions.json"));
  REQUIRE(account.run(account->locations()));
  account.http.reply("/regions", 404, LambdaAccount::recorded("errors/404_not_found.json"));
  CHECK_FALSE(account.run(account->locations()));
  // Nor does it lose it over a restart.
  LambdaAccount restarted;
  restarted.cache.values = account.cache.values;
  restarted.http.reply("/regions", 404, LambdaAccount::recorded("errors/404_not_found.json"));
  CHECK_FALSE(restarted.run(restarted->locations()));
}

TEST_CASE("an old server without GET /regions is served from what is known: any other failure fails the poll",
          "[providers]") {
  LambdaAccount account;
  account.http.reply("/regions", 404, R"({"error":{"code":"global/not-found","message":"no"}})");
  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  CHECK(locations->rows.size() == 18);
  CHECK(account.types());
  account.http.reply("/regions", 500, "");
  CHECK_FALSE(account.run(account->locations()));
  CHECK_FALSE(account.types());
}

TEST_CASE("a pass asks once for regions and once for types, with the key as bearer", "[providers]") {
  LambdaAccount account;
  const auto offering = account.run(account->instance_types({}));
  REQUIRE(offering);
  CHECK(offering->locations);
  REQUIRE(account.http.sent.size() == 2);
  CHECK(account.http.sent[0].url == "https://lambda.test/api/v1/regions");
  CHECK(account.http.sent[1].url == "https://lambda.test/api/v1/instance-types");
  CHECK(account.http.sent[1].method == "GET");
  CHECK(account.http.sent[1].authorization == "Bearer canary-key");
}

TEST_CASE("only the vendor's own envelope says that an instance is gone", "[providers]") {
  LambdaAccount account;
  const auto ask = [&account](int status, const std::string& body) {
    account.http.reply("/instances/gone", status, body);
    return account.run(account->instance(InstanceRef(CloudId("gone"), "")));
  };
  CHECK(ask(404, LambdaAccount::recorded("errors/404_instance.json")).error().kind == Errc::instance_not_found);
  CHECK(ask(404, LambdaAccount::recorded("errors/404_instance_legacy.json")).error().kind == Errc::instance_not_found);
  CHECK(ask(404, "").error().kind == Errc::service_unavailable);
  CHECK(ask(404, "<html>not found</html>").error().kind == Errc::service_unavailable);
  CHECK(ask(404, LambdaAccount::recorded("errors/404_not_found.json")).error().kind == Errc::resource_not_found);
  CHECK(ask(200, LambdaAccount::recorded("instance_get_active.json")).error().kind == Errc::service_unavailable);
}

TEST_CASE("every error body has its kind", "[providers]") {
  const std::map<std::string, Errc> kinds = {
      {"400_duplicate.json", Errc::invalid_request},
      {"400_file_system_in_wrong_region.json", Errc::invalid_request},
      {"400_quota_exceeded.json", Errc::out_of_quota},
      {"400_ssh_key_in_use.json", Errc::conflict},
      {"401_invalid_api_key.json", Errc::auth},
      {"403_account_inactive.json", Errc::forbidden},
      {"403_forbidden.json", Errc::forbidden},
      {"403_invalid_address.json", Errc::forbidden},
      {"404_not_found.json", Errc::resource_not_found},
      {"409_conflict.json", Errc::conflict},
      {"429_banned.html", Errc::rate_limited},
      {"429_plain.txt", Errc::rate_limited},
      {"500_internal.json", Errc::service_unavailable},
      {"502_gateway.html", Errc::service_unavailable},
      {"503_provider_unavailable.json", Errc::service_unavailable},
  };
  for (const auto& [file, kind] : kinds) {
    INFO(file);
    const auto answer = list(LambdaAccount::recorded("errors/" + file), std::stoi(file.substr(0, 3)));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == kind);
    CHECK(answer.error().status == std::stoi(file.substr(0, 3)));
    CHECK(to_text(answer.error()).find("canary-key") == std::string::npos);
  }
  CHECK(list(LambdaAccount::recorded("errors/429_banned.html"), 200).error().kind == Errc::rate_limited);
}

}  // namespace tally::lambda_hostile_test
