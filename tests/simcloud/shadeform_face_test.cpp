// What Shadeform's face does on the wire.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "tests/simcloud/cloud_site.hpp"

namespace tally::shadeform_face_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

class Shadeform : public CloudSite {
 public:
  Shadeform() : CloudSite("shadeform") {
    stock("gpu_1x_h100_sxm5", "us-east-1");
    key = text(post("/sshkeys/add", {{"name", "k"}, {"public_key", "ssh-ed25519 AAAA me"}}).body, "id");
  }
  [[nodiscard]] json::object request() const {
    return {{"cloud", "massedcompute"},
            {"region", "us-east-1"},
            {"shade_instance_type", "H100_sxm5"},
            {"shade_cloud", true},
            {"name", "ref-1_train"},
            {"ssh_key_id", key},
            {"tags", json::array{"refID=ref-1", "cloudCredRefID=prod", "team=", "plain"}}};
  }
  json::value info(const std::string& id) { return get("/instances/" + id + "/info").body; }
  std::string key;
};

}  // namespace

TEST_CASE("a created Shadeform instance lives as it is told and keeps its tags", "[simcloud]") {
  Shadeform cloud;
  const std::string id = text(cloud.post("/instances/create", cloud.request()).body, "id");
  REQUIRE_FALSE(id.empty());
  CHECK(text(cloud.info(id), "status") == "creating");
  CHECK(text(cloud.info(id), "name") == "ref-1_train");
  CHECK(text(cloud.info(id), "ssh_key_id") == cloud.key);
  CHECK(json::serialize(cloud.info(id).at("tags")) == R"(["cloudCredRefID=prod","plain","refID=ref-1","team="])");
  cloud.step(3);
  CHECK(text(cloud.info(id), "status") == "active");
  CHECK(cloud.post("/instances/" + id + "/restart").status == 200);
  CHECK(cloud.post("/instances/" + id + "/update", {{"tags", json::array{"a=b"}}}).status == 200);
  CHECK(json::serialize(cloud.info(id).at("tags")) == R"(["a=b"])");
  CHECK(cloud.post("/sshkeys/" + cloud.key + "/delete").status == 409);
  CHECK(cloud.post("/instances/" + id + "/delete").status == 200);
  CHECK(text(cloud.info(id), "status") == "deleting");
  CHECK(cloud.post("/instances/" + id + "/restart").status == 404);
  CHECK(cloud.post("/sshkeys/" + cloud.key + "/delete").status == 200);
  cloud.step(4);
  CHECK(cloud.get("/instances/" + id + "/info").status == 404);
}

TEST_CASE("a create that Shadeform refuses says why in its words", "[simcloud]") {
  Shadeform cloud;
  const auto [field, value, status, code] = GENERATE(
      table<std::string, json::value, int, std::string>({{"region", "nowhere-1", 409, "OUT_OF_STOCK"},
                                                         {"shade_instance_type", "H900", 409, "OUT_OF_STOCK"},
                                                         {"shade_instance_type", nullptr, 400, "INVALID_REQUEST"},
                                                         {"os", "windows", 400, "INVALID_REQUEST"},
                                                         {"ssh_key_id", "none", 404, "NOT_FOUND"}}));
  json::object body = cloud.request();
  body[field] = value;
  const WireAnswer answer = cloud.post("/instances/create", body);
  CAPTURE(field, json::serialize(answer.body));
  CHECK(answer.status == status);
  CHECK(text(answer.body, "error_code") == code);
}

TEST_CASE("without money or a free name Shadeform refuses", "[simcloud]") {
  Shadeform cloud;
  cloud.control("quota", {{"gpus", 0}});
  const WireAnswer poor = cloud.post("/instances/create", cloud.request());
  CHECK(poor.status == 409);
  CHECK(text(poor.body, "error_code") == "INSUFFICIENT_FUNDS");
  const WireAnswer taken = cloud.post("/sshkeys/add", {{"name", "k"}, {"public_key", "ssh-ed25519 BBBB"}});
  CHECK(text(taken.body, "error_code") == "DUPLICATE_NAME");
}

TEST_CASE("a Shadeform region says the country that it is in", "[simcloud]") {
  Shadeform cloud;
  const json::value types = cloud.get("/instances/types").body;
  std::map<std::string, std::string> names;
  for (const json::value& place : types.at("instance_types").at(0).at("availability").as_array()) {
    names[text(place, "region")] = text(place, "display_name");
  }
  CHECK(names.at("us-east-1") == "US, Virginia, USA");
  CHECK(names.at("europe-central-1") == "DE, Germany");
  CHECK(names.at("asia-northeast-1") == "JP, Osaka, Japan");
}

TEST_CASE("Shadeform's types are narrowed by the query", "[simcloud]") {
  Shadeform cloud;
  const json::value types = cloud.get("/instances/types?cloud=massedcompute&region=us-east-1&available=true").body;
  REQUIRE_FALSE(types.at("instance_types").as_array().empty());
  for (const json::value& type : types.at("instance_types").as_array()) {
    CHECK(text(type, "cloud") == "massedcompute");
    REQUIRE(type.at("availability").as_array().size() == 1);
    CHECK(type.at("availability").at(0).at("available").as_bool());
  }
}

TEST_CASE("a Shadeform volume is kept while an instance mounts it", "[simcloud]") {
  Shadeform cloud;
  const json::object disk{{"cloud", "massedcompute"}, {"region", "us-east-1"}, {"size_in_gb", 100}, {"name", "data"}};
  const std::string volume = text(cloud.post("/volumes/create", disk).body, "id");
  json::object body = cloud.request();
  body["volume_ids"] = json::array{volume};
  const std::string id = text(cloud.post("/instances/create", body).body, "id");
  CHECK(text(cloud.get("/volumes/" + volume + "/info").body, "mounted_by") == id);
  CHECK(cloud.post("/volumes/" + volume + "/delete").status == 409);
  cloud.post("/instances/" + id + "/delete");
  CHECK(cloud.post("/volumes/" + volume + "/delete").status == 200);
}

}  // namespace tally::shadeform_face_test
