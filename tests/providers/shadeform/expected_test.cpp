// Rows from the recorded replies against what the vendor-neutral reference implementation made of the same replies,
// field by field. Every difference that is meant is in the table below with its reason; one that is not there fails,
// and so does one that no longer occurs.
#include <boost/json/parse.hpp>

#include "tests/providers/recorded_account.hpp"
#include "tests/providers/reference.hpp"

namespace tally::shadeform_expected_test {
using namespace tally::fakes;
using namespace tally::reference;
namespace json = boost::json;

namespace {

const std::map<std::string, std::string> meant = {
    {"location country", "read from the display name, which begins with it; the reference has none"},
    {"location available", "any type available makes a region available; the reference takes the first entry it meets"},
    {"type rebootable", "the service restarts virtual and bare machines, and the reference's instances say so, too"},
    {"gpu memory_bytes", "a nominal N GB of VRAM is N x 2^30 for every provider"},
    {"gpu network_details", "one spelling for every vendor: PCIe, SXM5"},
    {"gpu name A6000>RTX A6000", "one spelling for every vendor, so that offers meet"},
    {"gpu name A5000>RTX A5000", "as above"},
    {"gpu name A4000>RTX A4000", "as above"},
    {"gpu name RTX6000Ada>RTX 6000 ADA", "as above"},
    {"gpu name RTX4000Ada>RTX 4000 ADA", "as above"},
    {"gpu name RTXPro6000>RTX PRO 6000", "as above"},
    {"gpu name RTX4090>RTX 4090", "as above"},
    {"gpu name RTX5090>RTX 5090", "as above"},
    {"instance type id", "linked to its type; the reference's list leaves it empty"},
    {"instance name", "without the RefID before it; the reference takes that off one instance, not off a list"},
    {"instance tags", "kept in both answers; the reference drops them when asked for one instance"},
    {"instance ssh_port", "22 where the service says null or 0, as its own guides do"},
    {"instance public_ip", "a DNS name is no address"},
    {"instance status pending>terminating", "deleting is on its way out"},
    {"instance row: foreign", "machines without our tags run and cost, too; the reference leaves them out"},
};

void compare_poll(Differences& differences, const std::string& suffix) {
  RecordedAccount account(*find_provider("shadeform"));
  account.http.reply("/instances/types", 200, account.file("instances_types" + suffix + ".json"));
  account.http.reply("/instances", 200, account.file("instances" + suffix + ".json"));
  const std::string expected_file = suffix.empty() ? "poll1.json" : "poll2.json";
  const json::object expected = json::parse(read_file("shadeform/expected/" + expected_file)).as_object();

  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  CHECK(locations->rejected.empty());
  json::object regions = index(expected.at("locations_including_unavailable").at("items").as_array(), "name");
  for (const auto& row : locations->rows) {
    const auto at = regions.find(row->name);
    REQUIRE(at != regions.end());
    const json::object& region = at->value().as_object();
    differences.compare("location country", row->name, text(region, "country"), row->country);
    differences.compare("location description", row->name, text(region, "description"), row->description);
    differences.compare("location available", row->name, region.at("available").as_bool(), row->is_available);
    regions.erase(at);
  }
  CHECK(regions.empty());

  const auto types = account.types();
  REQUIRE(types);
  CHECK(types->rejected.empty());
  json::object remaining = index(expected.at("instance_types").at("items").as_array(), "id");
  for (const auto& row : types->rows) {
    const auto at = remaining.find(row->id.str());
    REQUIRE(at != remaining.end());
    const json::object& want = at->value().as_object();
    const std::string architecture = json::value_to<std::string>(want.at("other").at("supported_architectures").at(0));
    differences.compare("type architecture", row->id.str(), architecture, row->architectures.at(0));
    compare_type(differences, want, *row);
    remaining.erase(at);
  }
  CHECK(remaining.empty());

  const auto instances = account.run(account->instances({}));
  REQUIRE(instances);
  CHECK(instances->rejected.empty());
  json::object machines = index(expected.at("instances").at("items").as_array(), "cloud_id");
  for (const auto& row : instances->rows) {
    const auto at = machines.find(row->cloud_id.str());
    if (at == machines.end()) {
      differences.note("instance row: foreign");
      continue;
    }
    compare_instance(differences, at->value().as_object(), *row);
    machines.erase(at);
  }
  CHECK(machines.empty());
}

void compare_single(Differences& differences) {
  const json::object expected =
      json::parse(read_file("shadeform/expected/get_instance.json")).at("get_instance").as_object();
  for (const auto& entry : expected) {
    RecordedAccount account(*find_provider("shadeform"));
    const json::object& want = entry.value().as_object();
    if (!want.contains("item")) continue;
    const std::string id = text(want, "id_asked");
    account.http.reply("/instances/" + id + "/info", 200, account.file(std::string(entry.key())));
    const auto instance = account.run(account->instance(InstanceRef(CloudId(id), "")));
    REQUIRE(instance);
    compare_instance(differences, want.at("item").as_object(), *instance);
  }
}

}  // namespace

TEST_CASE(
    "rows of both Shadeform polls, and instances asked for by ID, equal the reference field by field, but for the "
    "meant differences",
    "[providers]") {
  Differences differences(meant);
  compare_poll(differences, "");
  compare_poll(differences, "_poll2");
  compare_single(differences);
  differences.check_all_seen();
}

}  // namespace tally::shadeform_expected_test
