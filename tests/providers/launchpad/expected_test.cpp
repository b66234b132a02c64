// Rows from the recorded replies against what the vendor-neutral reference implementation made of the same replies,
// field by field. Every difference that is meant is in the table below with its reason; one that is not there fails,
// and so does one that no longer occurs.
#include <boost/json/parse.hpp>

#include "tests/providers/launchpad/site.hpp"
#include "tests/providers/reference.hpp"

namespace tally::launchpad_expected_test {
using namespace tally::fakes;
using namespace tally::reference;
namespace json = boost::json;

namespace {

const std::map<std::string, std::string> meant = {
    {"type row: sold out", "a type that is sold out is known; the reference leaves it out"},
    {"type base_price", "the vendor's price; the reference has a table of its own"},
    {"gpu memory_bytes", "a nominal N GB of VRAM is N x 2^30 for every provider"},
    {"gpu network_details", "one spelling for every vendor: PCIe, SXM"},
    {"instance tags", "ours are none of the owner's; the reference leaves them among the others"},
    {"instance public_ip", "a DNS name is no address"},
    {"instance public_dns", "an address is no DNS name"},
};

void compare_types(Differences& differences, LaunchpadSite& site, const json::object& expected) {
  const auto types = site.types();
  REQUIRE(types);
  CHECK(types->rejected.empty());
  CHECK(types->odd.empty());
  json::object remaining = index(expected.at("instance_types").at("items").as_array(), "id");
  for (const auto& row : types->rows) {
    const auto at = remaining.find(row->id.str());
    if (at == remaining.end()) {
      CHECK(row->is_available == false);
      differences.note("type row: sold out");
      continue;
    }
    const json::object& want = at->value().as_object();
    const json::object& other = want.at("other").as_object();
    const auto& architecture = other.at("supported_architectures").at(0);
    CHECK(json::value_to<std::string>(architecture) == row->architectures.at(0));
    CHECK(other.at("estimated_deploy_time").at("seconds").to_number<std::int64_t>() ==
          row->attributes.estimated_deploy_time_s);
    compare_type(differences, want, *row);
    remaining.erase(at);
  }
  CHECK(remaining.empty());
}

void compare_places(Differences& differences, LaunchpadSite& site, const json::object& expected) {
  const auto places = site.run(site->locations());
  REQUIRE(places);
  json::object remaining = index(expected.at("locations_including_unavailable").at("items").as_array(), "name");
  for (const auto& row : places->rows) {
    const auto at = remaining.find(row->name);
    REQUIRE(at != remaining.end());
    const json::object& want = at->value().as_object();
    differences.compare("location available", row->name, want.at("available").as_bool(), row->is_available);
    differences.compare("location description", row->name, text(want, "description"), row->description);
    remaining.erase(at);
  }
  CHECK(remaining.empty());
}

void compare_machine(Differences& differences, const json::object& want, const Instance& ours) {
  compare_instance(differences, want, ours);
  const json::value& mapping = want.at("other").at("internal_port_mappings").at(0);
  REQUIRE(ours.attributes->internal_port_mappings.size() == 1);
  CHECK(mapping.at("from_port").to_number<int>() == ours.attributes->internal_port_mappings[0].from_port);
  CHECK(mapping.at("to_port").to_number<int>() == ours.attributes->internal_port_mappings[0].to_port);
}

}  // namespace

TEST_CASE(
    "Launchpad's types, regions and deployments equal the reference field by field, in one page and in several, but "
    "for "
    "the meant differences",
    "[providers]") {
  Differences differences(meant);
  const json::object expected = json::parse(read_file("launchpad/expected/single-page.json")).as_object();
  for (const bool is_one_page : {true, false}) {
    LaunchpadSite site;
    if (is_one_page) {
      site.reply(launchpad_urls::types + "1", "instance_types_all.json");
      site.reply(launchpad_urls::list + "1", "deployments_all.json");
    }
    compare_types(differences, site, expected);
    compare_places(differences, site, expected);
    const auto instances = site.run(site->instances({}));
    REQUIRE(instances);
    CHECK(instances->rejected.empty());
    CHECK(instances->odd.empty());
    json::object machines = index(expected.at("instances").at("items").as_array(), "cloud_id");
    for (const auto& row : instances->rows) {
      const auto at = machines.find(row->cloud_id.str());
      REQUIRE(at != machines.end());
      compare_machine(differences, at->value().as_object(), *row);
      machines.erase(at);
    }
    CHECK(machines.empty());
  }
  for (const auto& entry : expected.at("get_instance").as_object()) {
    const json::object& want = entry.value().as_object();
    const std::string id = text(want, "id_asked");
    LaunchpadSite site;
    const auto* item = want.if_contains("item");
    site.http.reply("/" + id + "/" + launchpad_urls::expand, item != nullptr ? 200 : 404,
                    LaunchpadSite::file(std::string(entry.key())));
    const auto instance = site.run(site->instance(InstanceRef(CloudId(id), "")));
    REQUIRE(instance.has_value() == (item != nullptr));
    if (item != nullptr) compare_machine(differences, item->as_object(), *instance);
    if (item == nullptr) CHECK(instance.error().kind == Errc::instance_not_found);
  }
  differences.check_all_seen();
}

}  // namespace tally::launchpad_expected_test
