// What Lambda, or something in its place, may answer instead.
#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "tests/providers/lambda/account.hpp"

using namespace tally;
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

Result<Listing<Instance>> list(const std::string& body, int status = 200) {
  LambdaAccount account;
  account.http.reply("/instances", status, body);
  return account.run(account->instances({}));
}

Result<Listing<InstanceType>> list_types(const std::string& body, int status = 200) {
  LambdaAccount account;
  account.http.reply("/instance-types", status, body);
  return account.run(account->instance_types({}));
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
      std::string(100'000, '['), std::string(R"({"data":)") + std::string(5'000, '[') + std::string(5'000, ']') + "}");
  CAPTURE(body.substr(0, 80));
  for (const auto& error : {list(body).error(), list_types(body).error()}) {
    CHECK(error.kind == Errc::service_unavailable);
    CHECK(error.provider == "lambda-labs");
    CHECK_FALSE(error.message.empty());
    CHECK(error.is_retry_safe);
  }
}

TEST_CASE("one 30-digit number costs one row, whose ID is known", "[providers]") {
  const std::string huge(30, '9');
  const auto types = list_types("{\"data\":{" + type_entry("good") + "," + type_entry("bad", "199", huge) + "," +
                                type_entry("fine") + "}}");
  REQUIRE(types);
  CHECK(types->items.size() == 2 * 20);
  REQUIRE(types->rejected.size() == 20);
  CHECK(types->rejected[0].id == "us-west-1-noSub-bad");
  CHECK(types->rejected[0].raw.find(huge) != std::string::npos);

  const auto instances = list("{\"data\":[" + instance_row("a") + "," + instance_row("b", ",\"x\":" + huge) + "]}");
  REQUIRE(instances);
  CHECK(instances->items.size() == 1);
  CHECK(instances->rejected.size() == 1);
}

TEST_CASE("a price that is absent, null, zero or negative leaves the row without a price", "[providers]") {
  const std::string price = GENERATE("0", "-5", "null");
  const auto types = list_types("{\"data\":{" + type_entry("odd", price) + "}}");
  REQUIRE(types);
  REQUIRE(types->items.size() == 20);
  CHECK(types->rejected.empty());
  CHECK_FALSE(types->items[0]->prices.at(0).amount);
}

TEST_CASE("a price that is no whole number costs its row", "[providers]") {
  const std::string price = GENERATE("1.5", "\"199\"", "1e3", "true", "[]");
  const auto types = list_types("{\"data\":{" + type_entry("odd", price) + "," + type_entry("good") + "}}");
  REQUIRE(types);
  CHECK(types->items.size() == 20);
  CHECK(types->rejected.size() == 20);
}

TEST_CASE("a row without a usable ID is rejected without one", "[providers]") {
  const std::string id = GENERATE("", "a/b", "a b", "\\u0000", "\\n");
  const auto instances = list("{\"data\":[" + instance_row(id) + "," + instance_row("good") + "]}");
  REQUIRE(instances);
  CHECK(instances->items.size() == 1);
  REQUIRE(instances->rejected.size() == 1);
  CHECK(instances->rejected[0].id.empty());
}

TEST_CASE("a rejected row's raw text holds no token", "[providers]") {
  const std::string more =
      GENERATE(R"(,"name":17)", R"(,"name":17,"\u006aupyter_url":"s3cret")", R"(,"x":99999999999999999999999)");
  const auto instances = list("{\"data\":[" + instance_row("a", more) + "]}");
  REQUIRE(instances);
  REQUIRE(instances->rejected.size() == 1);
  CHECK(instances->rejected[0].raw.find("s3cret") == std::string::npos);
}

TEST_CASE("nulls, absent and unknown fields are accepted", "[providers]") {
  const auto instances =
      list(R"({"data":[{"id":"a","status":null,"name":null,"ip":null,"ssh_key_names":[],"region":null,
    "instance_type":null,"tags":null,"surprise":{"deep":[1,2,{"x":null}]}}, {"id":"b"}],"page_token":null})");
  REQUIRE(instances);
  CHECK(instances->rejected.empty());
  REQUIRE(instances->items.size() == 2);
  CHECK_FALSE(instances->items[0]->status);
  CHECK(instances->items[1]->instance_type_id.empty());
}

TEST_CASE("the same row text is the same object on the next poll", "[providers]") {
  LambdaAccount account;
  const auto first = account.run(account->instances({}));
  const auto second = account.run(account->instances({}));
  REQUIRE(first);
  REQUIRE(second);
  for (std::size_t i = 0; i < first->items.size(); ++i) CHECK(first->items[i] == second->items[i]);
  const auto types = account.run(account->instance_types({}));
  const auto again = account.run(account->instance_types({}));
  REQUIRE(types);
  REQUIRE(again);
  CHECK(types->items == again->items);
}

TEST_CASE("a region that shows capacity joins the regions", "[providers]") {
  LambdaAccount account;
  account.http.reply(
      "/instance-types", 200,
      R"j({"data":{"x":{"instance_type":{"name":"x","description":"1x A10 (24 GB)","specs":{"gpus":1}},)j"
      R"j("regions_with_capacity_available":[{"name":"moon-1","description":"Moon"}]}}})j");
  const auto types = account.run(account->instance_types({}));
  REQUIRE(types);
  REQUIRE(types->items.size() == 21);
  CHECK(types->items.back()->location == "moon-1");
  CHECK(types->items.back()->is_available == true);
  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  CHECK(locations->items.back()->name == "moon-1");
}

TEST_CASE("an old server without GET /regions is served from what is known; any other failure fails the poll",
          "[providers]") {
  LambdaAccount account;
  account.http.reply("/regions", 404, R"({"error":{"code":"global/not-found","message":"no"}})");
  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  CHECK(locations->items.size() == 18);
  CHECK(account.run(account->instance_types({})));
  account.http.reply("/regions", 500, "");
  CHECK_FALSE(account.run(account->locations()));
  CHECK_FALSE(account.run(account->instance_types({})));
}

TEST_CASE("a pass asks once for regions and once for types, with the key as bearer", "[providers]") {
  LambdaAccount account;
  REQUIRE(account.run(account->locations()));
  REQUIRE(account.run(account->instance_types({})));
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
    return account.run(account->instance(CloudId("gone")));
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

TEST_CASE("whatever happens to a reply's bytes, the outcome is a listing or an error", "[providers]") {
  std::mt19937 random(7);
  const auto below = [&random](std::size_t limit) { return random() % limit; };
  LambdaAccount account;
  for (const char* name : {"instances", "instance-types", "regions"}) {
    const std::string good = LambdaAccount::recorded(std::string(name) + ".json");
    for (int round = 0; round < 300; ++round) {
      std::string body = good;
      for (std::size_t edits = 1 + below(3); edits > 0; --edits) {
        const std::size_t at = below(body.size());
        switch (below(4)) {
          case 0: body[at] = static_cast<char>(below(256)); break;
          case 1: body.erase(at, 1 + below(40)); break;
          case 2: body.insert(at, body.substr(below(body.size()), below(60))); break;
          default: body.resize(at + 1);
        }
      }
      account.http.reply(std::string("/") + name, 200, body);
      const auto locations = account.run(account->locations());
      const auto types = account.run(account->instance_types({}));
      const auto instances = account.run(account->instances({}));
      if (instances) {
        for (const auto& row : instances->items) CHECK_FALSE(row->cloud_id.empty());
      }
      if (types) {
        for (const auto& row : types->items) CHECK_FALSE(row->id.empty());
      }
      CHECK((locations || !locations.error().message.empty()));
      account.http.reply(std::string("/") + name, 200, good);
    }
  }
}
