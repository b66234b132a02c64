// Rows from the recorded replies against what the vendor-neutral reference implementation made of the same replies,
// field by field. Every difference that is meant is in the table below with its reason; one that is not there fails,
// and so does one that no longer occurs.
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/providers/lambda/account.hpp"
#include "tests/providers/reference.hpp"

namespace tally::lambda_expected_test {
using namespace tally::fakes;
using namespace tally::reference;
namespace json = boost::json;

namespace {

const std::map<std::string, std::string> meant = {
    {"type row: region", "GET /regions lists us-midwest-2 and us-southeast-1, which the reference's fixed list lacks"},
    {"type architectures", "the reference calls every machine x86_64; the reply says arm64 for Grace machines"},
    {"gpu name A6000>RTX A6000", "one spelling for every vendor, so that offers meet"},
    {"location row: us-midwest-2", "in GET /regions"},
    {"location row: us-southeast-1", "in GET /regions"},
    {"location description", "the vendor's own, where GET /regions has one (the reference spells Washington D.C)"},
    {"instance cloud_cred_ref_id", "a machine that is not ours has no credential (the reference takes its whole name)"},
    {"instance ref_id", "a machine that is not ours has no RefID (the reference takes its SSH key's name)"},
    {"instance status pending>terminated", "preempted means that it is over, with a message"},
    {"instance firewall_rules", "the reference states rules that the API does not give"},
    {"instance tags", "tags of the reply are kept"},
};

void compare_poll(Differences& differences, const std::string& suffix, const std::string& expected_file) {
  LambdaAccount account;
  account.http.reply("/instance-types", 200, LambdaAccount::recorded("instance-types" + suffix + ".json"));
  account.http.reply("/instances", 200, LambdaAccount::recorded("instances" + suffix + ".json"));
  const json::object expected = json::parse(read_file("lambda/expected/" + expected_file)).as_object();

  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  const json::object regions = index(expected.at("locations").at("items").as_array(), "name");
  std::set<std::string> names;
  for (const auto& row : locations->rows) {
    names.insert(row->name);
    const json::value* region = regions.if_contains(row->name);
    if (region == nullptr) {
      differences.note("location row: " + row->name);
      continue;
    }
    differences.compare("location country", row->name, text(region->as_object(), "country"), row->country);
    differences.compare("location description", row->name, text(region->as_object(), "description"), row->description);
    differences.compare("location available", row->name, region->at("available").as_bool(), row->is_available);
  }
  for (const auto& region : regions) CHECK(names.contains(std::string(region.key())));

  const auto types = account.types();
  REQUIRE(types);
  CHECK(types->rejected.empty());
  CHECK(types->rows.size() == 520);
  json::object remaining = index(expected.at("instance_types").at("items").as_array(), "id");
  for (const auto& row : types->rows) {
    const auto at = remaining.find(row->id.str());
    if (at == remaining.end()) {
      CHECK((row->location == "us-midwest-2" || row->location == "us-southeast-1"));
      differences.note("type row: region");
      continue;
    }
    const bool is_grace = row->gpus.size() == 1 && row->gpus[0].name == "GH200";
    CHECK(row->architectures == std::vector<std::string>{is_grace ? "arm64" : "x86_64"});
    if (is_grace) differences.note("type architectures");
    compare_type(differences, at->value().as_object(), *row);
    remaining.erase(at);
  }
  CHECK(remaining.empty());

  const auto instances = account.run(account->instances({}));
  REQUIRE(instances);
  CHECK(instances->rejected.empty());
  json::object machines = index(expected.at("instances").at("items").as_array(), "cloud_id");
  for (const auto& row : instances->rows) {
    const auto at = machines.find(row->cloud_id.str());
    REQUIRE(at != machines.end());
    compare_instance(differences, at->value().as_object(), *row);
    machines.erase(at);
  }
  CHECK(machines.empty());
}

}  // namespace

TEST_CASE("rows of both polls equal the reference field by field, but for the meant differences", "[providers]") {
  Differences differences(meant);
  compare_poll(differences, "", "poll1.json");
  compare_poll(differences, "_poll2", "poll2.json");
  differences.check_all_seen();
}

TEST_CASE("one instance equals the reference", "[providers]") {
  const json::object expected =
      json::parse(read_file("lambda/expected/get_instance.json")).at("get_instance").as_object();
  Differences differences(meant);
  for (const auto& entry : expected) {
    LambdaAccount account;
    const std::string file(entry.key());
    const json::object& want = entry.value().as_object();
    if (!want.contains("item")) continue;
    const std::string id = text(want, "id_asked");
    account.http.reply("/instances/" + id, 200, LambdaAccount::recorded(file));
    const auto instance = account.run(account->instance(InstanceRef(CloudId(id), "")));
    REQUIRE(instance);
    compare_instance(differences, want.at("item").as_object(), *instance);
  }
}

}  // namespace tally::lambda_expected_test
