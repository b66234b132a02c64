// What a launch at Lambda comes to: its refusals, and a machine of which little is said yet.
#include <catch2/catch.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::lambda_launch_test {
using namespace tally::fakes;

TEST_CASE("a refused launch at Lambda is of the kind that its words say", "[providers]") {
  const auto [file, status, kind] = GENERATE(table<std::string, int, Errc>({
      {"400_insufficient_capacity.json", 400, Errc::insufficient_resources},
      {"400_invalid_parameters_region.json", 400, Errc::insufficient_resources},
      {"400_object_does_not_exist_image.json", 400, Errc::image_not_found},
      {"404_launch_ssh_key.json", 404, Errc::resource_not_found},
      {"400_quota_exceeded.json", 400, Errc::out_of_quota},
      {"400_file_system_in_wrong_region.json", 400, Errc::invalid_request},
  }));
  INFO(file);
  RecordedAccount account(*find_provider("lambda"));
  account.order.image_id = "an-image";
  account.http.reply("POST /instance-operations/launch", status, account.file("errors/" + file));
  const auto refused = account.run(account->creates()->create(account.order));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == kind);
}

TEST_CASE("a launch at Lambda for which there is not enough capacity is known by its words, too", "[providers]") {
  RecordedAccount account(*find_provider("lambda"));
  account.http.reply("POST /instance-operations/launch", 400,
                     R"({"error":{"code":"global/unavailable","message":"Not enough capacity to fulfill it."}})");
  const auto refused = account.run(account->creates()->create(account.order));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::insufficient_resources);
}

TEST_CASE("a machine at Lambda of which neither region nor type is said yet is where it was ordered", "[providers]") {
  RecordedAccount account(*find_provider("lambda"));
  const std::string id = "0920582c7ff041399e34823a0be62549";
  account.http.reply("POST /instance-operations/launch", 200, R"({"data":{"instance_ids":[")" + id + R"("]}})");
  account.http.reply("/instances/" + id, 200,
                     R"({"data":{"id":")" + id + R"(","status":"booting","region":null,"instance_type":null}})");
  const auto created = account.run(account->creates()->create(account.order));
  REQUIRE(created);
  CHECK(created->instance.cloud_id == CloudId(id));
  CHECK(created->instance.location == account.order.location);
  CHECK(created->instance.type == account.order.type);
  CHECK_FALSE(created->instance.instance_type_id.empty());
}

TEST_CASE("a Lambda machine of ours without a key has its RefID in its tags", "[providers]") {
  RecordedAccount account(*find_provider("lambda"));
  account.http.reply("/instances", 200,
                     R"({"data":[{"id":"m-1","status":"active","name":"cred-1--2026-08-20-20-53-39Z-00",)"
                     R"("ssh_key_names":[],"tags":[{"key":"ref-id","value":"job-7"},)"
                     R"({"key":"cloud-cred-ref-id","value":"cred-2"}]}]})");
  const auto listed = account.run(account->instances({}));
  REQUIRE(listed);
  REQUIRE(listed->rows.size() == 1);
  CHECK(listed->rows[0]->ref_id == RefId("job-7"));
  CHECK(listed->rows[0]->cloud_cred_ref_id == CredentialRef("cred-1"));
}

}  // namespace tally::lambda_launch_test
