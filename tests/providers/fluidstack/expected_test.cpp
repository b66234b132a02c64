// Rows from the recorded replies against what the vendor-neutral reference implementation made of the same replies,
// field by field. Every difference that is meant is in the table below with its reason; one that is not there fails,
// and so does one that no longer occurs.
#include <boost/json/parse.hpp>

#include "tests/providers/fluidstack/site.hpp"
#include "tests/providers/reference.hpp"

namespace tally::fluidstack_expected_test {
using namespace tally::fakes;
using namespace tally::reference;
namespace json = boost::json;

namespace {

const std::map<std::string, std::string> meant = {
    {"type location", "a row is of a region; the reference has none"},
    {"type memory_bytes", "read in the vendor's unit, Gi; the reference reads \"GB\" only, and makes it 0"},
    {"type is_available", "by the capacity of the region; the reference says always"},
    {"type stoppable", "the service stops and starts machines; the reference has the calls not implemented"},
    {"type base_price", "0 is no price: not known without a price of the configuration's"},
    {"type currency", "as above"},
    {"type usage classes", "any type can be ordered preemptible"},
    {"type gpus", "one entry with its count; the reference has one entry a GPU, each of count 0"},
    {"gpu count", "as above"},
    {"gpu type", "the vendor's model, which the reference has for the name"},
    {"gpu memory_bytes", "read from the model"},
    {"gpu network_details", "as above"},
    {"gpu manufacturer", "as above"},
    {"gpu name AD102_L40S_PCIE_48GB>L40S", "one spelling for every vendor, so that offers meet"},
    {"gpu name GA100_A100_SXM4_80GB>A100", "as above"},
    {"gpu name GA102_RTX_A6000_PCIE_48GB>RTX A6000", "as above"},
    {"gpu name GB100_B200_SXM6_180GB>B200", "as above"},
    {"gpu name GB110_B300_SXM6_288GB>B300", "as above"},
    {"gpu name GB200_GB200_NVL_186GB>GB200", "as above"},
    {"gpu name GH100_H100_SXM5_80GB>H100", "as above"},
    {"gpu name GH100_H100_PCIE_80GB>H100", "as above"},
    {"gpu name GH100_H200_SXM5_141GB>H200", "as above"},
    {"instance ref_id", "of our tags; the reference does not read them"},
    {"instance cloud_cred_ref_id", "as above"},
    {"instance tags", "ours are none of the owner's; the reference leaves them among the others"},
    {"instance status pending>failed", "out of stock never runs"},
    {"instance location", "a row is of a region; the reference has none"},
    {"instance type id", "linked to its type; the reference leaves it empty"},
    {"instance public_ip", "an address that can be reached from anywhere; the reference has none to probe"},
    {"instance ssh_user", "the images' user; the reference has none"},
    {"instance ssh_port", "as above"},
    {"instance spot", "preemptible"},
    {"instance stoppable", "the service stops and starts machines"},
};

void compare_region(Differences& differences, const std::string& region, const std::string& suffix) {
  FluidstackSite site;
  const std::string base = "https://" + region + ".atlas.fluidstack.io/api/v1alpha1";
  site.reply(base + "/instance-types", "instance-types_" + region + suffix + ".json");
  site.reply(base + "/capacity", "capacity_" + region + suffix + ".json");
  site.reply(base + "/instances", "instances_" + region + suffix + ".json");
  const json::object expected = json::parse(read_file("fluidstack/expected/" + region + suffix + ".json")).as_object();

  const auto types = site.types(region);
  REQUIRE(types);
  CHECK(types->rejected.empty());
  CHECK(types->odd.empty());
  json::object remaining = index(expected.at("instance_types").at("items").as_array(), "type");
  for (const auto& row : types->rows) {
    const auto at = remaining.find(row->type);
    REQUIRE(at != remaining.end());
    compare_type(differences, at->value().as_object(), *row);
    remaining.erase(at);
  }
  CHECK(remaining.empty());

  const auto instances = site.instances(region);
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

void compare_single(Differences& differences) {
  const json::object expected =
      json::parse(read_file("fluidstack/expected/get_instance.json")).at("get_instance").as_object();
  for (const auto& entry : expected) {
    FluidstackSite site;
    const json::object& want = entry.value().as_object();
    const std::string id = text(want, "id_asked");
    site.reply(fluidstack_east + "/instances/" + id, std::string(entry.key()));
    const auto instance = site.run(site->instance(InstanceRef(CloudId(id), "us-east-1")));
    REQUIRE(instance);
    compare_instance(differences, want.at("item").as_object(), *instance);
  }
}

}  // namespace

TEST_CASE(
    "rows of FluidStack's regions, and instances asked for by ID, equal the reference field by field, but for the "
    "meant "
    "differences",
    "[providers]") {
  Differences differences(meant);
  compare_region(differences, "us-east-1", "");
  compare_region(differences, "us-east-1", "_poll2");
  compare_region(differences, "eu-west-1", "");
  compare_single(differences);
  differences.check_all_seen();
}

}  // namespace tally::fluidstack_expected_test
