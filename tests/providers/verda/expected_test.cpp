// Rows from the recorded replies against what the vendor-neutral reference implementation made of the same replies,
// field by field. Every difference that is meant is in the table below with its reason; one that is not there fails,
// and so does one that no longer occurs.
#include <boost/json/parse.hpp>

#include "tests/providers/recorded_account.hpp"
#include "tests/providers/reference.hpp"

namespace tally::verda_expected_test {
using namespace tally::fakes;
using namespace tally::reference;
namespace json = boost::json;

namespace {

const std::map<std::string, std::string> meant = {
    {"type row: sold out", "every type is listed in every location; the reference leaves out what cannot be had"},
    {"type cloud", "who runs the machine is said; the reference leaves it empty"},
    {"type usage classes", "spot has a price of its own; the comparison counts one"},
    {"gpu memory_bytes", "a nominal N GB of VRAM is N x 2^30 for every provider"},
    {"gpu network_details", "the form factor (SXM5); the speed between GPUs is kept apart"},
    {"gpu type", "as the vendor writes it; the reference writes it in capitals"},
    {"gpu name TESLA V100>V100", "one spelling for every vendor, so that offers meet"},
    {"instance ref_id", "a machine whose description is no name of ours is nobody's"},
    {"instance cloud_cred_ref_id", "as above; the reference takes it for this credential's"},
    {"instance status pending>", "the vendor does not know the state either: the last known one stays"},
    {"instance status pending>failed", "an installation that failed does not come up"},
    {"instance tags", "tags are kept; the reference drops them"},
};

const json::object& expected() {
  static const json::object all = json::parse(read_file("verda/expected/default.json")).as_object();
  return all;
}

void compare_types(Differences& differences) {
  RecordedAccount account(*find_provider("verda"));
  const auto types = account.types();
  REQUIRE(types);
  CHECK(types->rejected.empty());
  CHECK(types->odd.empty());
  CHECK(types->rows.size() == 14 * 4);
  json::object remaining = index(expected().at("instance_types").at("items").as_array(), "id");
  for (const auto& row : types->rows) {
    const auto at = remaining.find(row->id.str());
    if (at == remaining.end()) {
      differences.note("type row: sold out");
      CHECK(row->is_available == false);
      CHECK(row->availability_reason == AvailabilityReason::capacity);
      continue;
    }
    const json::object& want = at->value().as_object();
    const json::object& other = want.at("other").as_object();
    differences.compare("type architecture", row->id.str(),
                        json::value_to<std::string>(other.at("supported_architectures").at(0)),
                        row->architectures.at(0));
    differences.compare("type sold as spot", row->id.str(), other.at("supported_usage_classes").as_array().size(),
                        row->prices.size());
    CHECK(row->attributes.has_elastic_root_volume == true);
    compare_type(differences, want, *row);
    const json::object& disk = want.at("storage").at(0).at("other").as_object();
    CHECK(row->storage.at(0).min_size->count() == disk.at("min_size_bytes").as_int64());
    CHECK(row->storage.at(0).max_size->count() == disk.at("max_size_bytes").as_int64());
    remaining.erase(at);
  }
  CHECK(remaining.empty());
}

void compare_locations(Differences& differences) {
  RecordedAccount account(*find_provider("verda"));
  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  CHECK(locations->rejected.empty());
  json::object remaining = index(expected().at("locations_including_unavailable").at("items").as_array(), "name");
  for (const auto& row : locations->rows) {
    const auto at = remaining.find(row->name);
    REQUIRE(at != remaining.end());
    const json::object& want = at->value().as_object();
    differences.compare("location country", row->name, text(want, "country"), row->country);
    differences.compare("location description", row->name, text(want, "description"), row->description);
    differences.compare("location available", row->name, want.at("available").as_bool(), row->is_available);
    remaining.erase(at);
  }
  CHECK(remaining.empty());
}

void compare_instances(Differences& differences) {
  RecordedAccount account(*find_provider("verda"));
  const auto instances = account.run(account->instances({}));
  REQUIRE(instances);
  CHECK(instances->rejected.empty());
  CHECK(instances->odd.empty());
  json::object remaining = index(expected().at("instances").at("items").as_array(), "cloud_id");
  for (const auto& row : instances->rows) {
    const auto at = remaining.find(row->cloud_id.str());
    REQUIRE(at != remaining.end());
    compare_instance(differences, at->value().as_object(), *row);
    remaining.erase(at);
  }
  CHECK(remaining.empty());
}

void compare_single(Differences& differences) {
  for (const auto& entry : expected().at("get_instance").as_object()) {
    const json::object& want = entry.value().as_object();
    if (!want.contains("item")) continue;
    RecordedAccount account(*find_provider("verda"));
    const std::string id = text(want, "id_asked");
    account.http.reply("/instances/" + id, 200, account.file(std::string(entry.key())));
    const auto instance = account.run(account->instance(InstanceRef(CloudId(id), "")));
    REQUIRE(instance);
    compare_instance(differences, want.at("item").as_object(), *instance);
  }
}

}  // namespace

TEST_CASE("Verda's rows equal the reference field by field, but for the meant differences", "[providers]") {
  Differences differences(meant);
  compare_locations(differences);
  compare_types(differences);
  compare_instances(differences);
  compare_single(differences);
  differences.check_all_seen();
}

TEST_CASE("what a Verda type costs is what its text says, in both usage classes", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  const auto types = account.types();
  REQUIRE(types);
  const auto find = [&types](const std::string& id) {
    const auto at = std::find_if(types->rows.begin(), types->rows.end(),
                                 [&id](const Row<InstanceType>& row) { return row->id.str() == id; });
    REQUIRE(at != types->rows.end());
    return **at;
  };
  const InstanceType cpu = find("FIN-02-noSub-CPU.4V.16G");
  CHECK(cpu.gpus.empty());
  CHECK(find_price(cpu, UsageClass::on_demand)->amount->nanos == 27'900'000);
  CHECK(find_price(cpu, UsageClass::spot)->amount->nanos == 13'900'000);
  CHECK(cpu.is_available == true);
  CHECK(cpu.attributes.is_spot_available == false);
  CHECK(cpu.storage.at(0).price_per_gb_hr->nanos == 273'973);  // 0.20 a month
  const InstanceType h100 = find("FIN-02-noSub-8H100.80S.176V");
  CHECK(h100.gpus.at(0).count == 8);
  CHECK(h100.gpus.at(0).memory_gb == 80);
  CHECK(h100.gpus.at(0).network_details == "SXM5");
  CHECK(h100.attributes.network_performance == "900 GB/s between GPUs");
  CHECK(find("FIN-01-noSub-1V100.6V").attributes.is_spot_available == true);
  const InstanceType grace = find("FIN-03-noSub-1GB300.32V");
  CHECK(grace.architectures == std::vector<std::string>{"arm64"});
  CHECK(find_price(grace, UsageClass::spot) == nullptr);
  CHECK_FALSE(grace.attributes.is_spot_available);
}

}  // namespace tally::verda_expected_test
