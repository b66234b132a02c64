// Rows from the recorded replies against what the vendor-neutral reference implementation made of the same replies,
// field by field. Every difference that is meant is in the table below with its reason; one that is not there fails,
// and so does one that no longer occurs.
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/providers/lambda/account.hpp"

using namespace tally;
using namespace tally::fakes;
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

/// What differed, as keys of `meant`.
class Differences {
 public:
  template <class A, class B>
  void compare(const std::string& what, const std::string& row, const A& expected, const B& ours) {
    if (expected == ours) return;
    INFO(row);
    if (!meant.contains(what)) {
      CAPTURE(expected, ours);
      FAIL_CHECK("not a meant difference: " << what);
    }
    seen.insert(what);
  }
  void note(const std::string& what) {
    if (!meant.contains(what)) FAIL_CHECK("not a meant difference: " << what);
    seen.insert(what);
  }
  std::set<std::string> seen;
};

std::string text(const json::object& object, const char* key) {
  const json::value& value = object.at(key);
  return value.is_null() ? "" : json::value_to<std::string>(value);
}

std::int64_t integer(const json::object& object, const char* key) { return object.at(key).to_number<std::int64_t>(); }

std::string price_text(const std::optional<Money>& amount) {
  if (!amount) return "none";
  std::string decimal = to_text(*amount);
  return decimal.substr(0, decimal.find(' '));
}

void compare_type(Differences& differences, const json::object& expected, const InstanceType& ours) {
  const std::string id = ours.id.str();
  const auto compare = [&](const char* what, const auto& a, const auto& b) { differences.compare(what, id, a, b); };
  compare("type provider", text(expected, "provider"), ours.provider);
  compare("type cloud", text(expected, "cloud"), ours.cloud);
  compare("type type", text(expected, "type"), ours.type);
  compare("type location", text(expected, "location"), ours.location);
  compare("type sub_location", text(expected, "sub_location"), ours.sub_location);
  compare("type vcpu", integer(expected, "vcpu"), std::int64_t{ours.vcpu.value()});
  compare("type memory_bytes", integer(expected, "memory_bytes"), ours.memory.value().count());
  compare("type is_available", expected.at("is_available").as_bool(), ours.is_available.value());
  compare("type stoppable", expected.at("stoppable").as_bool(), ours.is_stoppable.value());
  compare("type rebootable", expected.at("rebootable").as_bool(), ours.is_rebootable.value());
  compare("type base_price", text(expected, "base_price"), price_text(ours.prices.at(0).amount));
  compare("type currency", text(expected, "currency"), std::string(ours.prices.at(0).amount->currency.code()));
  compare("type usage classes", std::size_t{1}, ours.prices.size());
  compare("type azs", expected.at("available_azs").as_array().size(), ours.available_azs.size());
  const auto& gpus = expected.at("gpus").as_array();
  compare("type gpus", gpus.size(), ours.gpus.size());
  for (std::size_t i = 0; i < std::min(gpus.size(), ours.gpus.size()); ++i) {
    const json::object& gpu = gpus[i].as_object();
    const Gpu& our = ours.gpus[i];
    compare("gpu count", integer(gpu, "count"), std::int64_t{our.count});
    differences.compare("gpu name " + text(gpu, "name") + ">" + our.name, id, text(gpu, "name"), our.name);
    compare("gpu type", text(gpu, "type"), our.type);
    compare("gpu memory_bytes", integer(gpu, "memory_bytes"), our.memory.value().count());
    compare("gpu memory_details", text(gpu, "memory_details"), our.memory_details);
    compare("gpu network_details", text(gpu, "network_details"), our.network_details);
    compare("gpu manufacturer", text(gpu, "manufacturer"), our.manufacturer);
  }
  const auto& storage = expected.at("storage").as_array();
  compare("type storage", storage.size(), ours.storage.size());
  for (std::size_t i = 0; i < std::min(storage.size(), ours.storage.size()); ++i) {
    const json::object& disk = storage[i].as_object();
    compare("storage count", integer(disk, "count"), std::int64_t{ours.storage[i].count});
    compare("storage type", text(disk, "type"), ours.storage[i].type);
    compare("storage size", integer(disk, "size_bytes"), ours.storage[i].size.value().count());
    compare("storage ephemeral", disk.at("is_ephemeral").as_bool(), ours.storage[i].is_ephemeral);
  }
}

void compare_instance(Differences& differences, const json::object& expected, const Instance& ours) {
  const std::string id = ours.cloud_id.str();
  const auto compare = [&](const std::string& what, const auto& a, const auto& b) {
    differences.compare(what, id, a, b);
  };
  const std::string status(to_string(ours.status.value()));
  compare("instance name", text(expected, "name"), ours.name);
  compare("instance ref_id", text(expected, "ref_id"), ours.ref_id.str());
  compare("instance cloud_cred_ref_id", text(expected, "cloud_cred_ref_id"), ours.cloud_cred_ref_id.str());
  compare("instance status " + text(expected, "status") + ">" + status, text(expected, "status"), status);
  compare("instance location", text(expected, "location"), ours.location);
  compare("instance sub_location", text(expected, "sub_location"), ours.sub_location);
  compare("instance type", text(expected, "instance_type"), ours.type);
  compare("instance type id", text(expected, "instance_type_id"), ours.instance_type_id.str());
  compare("instance public_ip", text(expected, "public_ip"), ours.public_ip);
  compare("instance private_ip", text(expected, "private_ip"), ours.private_ip);
  compare("instance hostname", text(expected, "hostname"), ours.hostname);
  compare("instance image", text(expected, "image_id"), ours.image_id);
  compare("instance disk", integer(expected, "disk_size_bytes"), ours.disk_size.value().count());
  compare("instance ssh_user", text(expected, "ssh_user"), ours.ssh_user);
  compare("instance ssh_port", integer(expected, "ssh_port"), std::int64_t{ours.ssh_port.value()});
  compare("instance spot", expected.at("spot").as_bool(), ours.is_spot);
  compare("instance stoppable", expected.at("stoppable").as_bool(), ours.is_stoppable.value());
  compare("instance rebootable", expected.at("rebootable").as_bool(), ours.is_rebootable.value());
  compare("instance tags", expected.at("tags").as_object().size(), ours.tags.size());
  const std::string created = ours.created_at ? to_iso8601(*ours.created_at).substr(0, 19) + "Z" : "";
  compare("instance created_at", text(expected, "created_at"), created);
  const json::object& other = expected.at("other").as_object();
  compare("instance public_dns", other.contains("public_dns") ? text(other, "public_dns") : "", ours.public_dns);
  compare("instance volume_type", text(other, "volume_type"), ours.attributes.volume_type);
  compare("instance firewall_rules", other.contains("firewall_rules"), !ours.attributes.ingress_rules.empty());
}

json::object index(const json::array& items, const char* key) {
  json::object by_key;
  for (const json::value& item : items) by_key[text(item.as_object(), key)] = item;
  return by_key;
}

void compare_poll(Differences& differences, const std::string& suffix, const std::string& expected_file) {
  LambdaAccount account;
  account.http.reply("/instance-types", 200, LambdaAccount::recorded("instance-types" + suffix + ".json"));
  account.http.reply("/instances", 200, LambdaAccount::recorded("instances" + suffix + ".json"));
  const json::object expected = json::parse(read_file("lambda/expected/" + expected_file)).as_object();

  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  const json::object regions = index(expected.at("locations").at("items").as_array(), "name");
  std::set<std::string> names;
  for (const auto& row : locations->items) {
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

  const auto types = account.run(account->instance_types({}));
  REQUIRE(types);
  CHECK(types->rejected.empty());
  CHECK(types->items.size() == 520);
  json::object remaining = index(expected.at("instance_types").at("items").as_array(), "id");
  for (const auto& row : types->items) {
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
  for (const auto& row : instances->items) {
    const auto at = machines.find(row->cloud_id.str());
    REQUIRE(at != machines.end());
    compare_instance(differences, at->value().as_object(), *row);
    machines.erase(at);
  }
  CHECK(machines.empty());
}

}  // namespace

TEST_CASE("rows of both polls equal the reference field by field, but for the meant differences", "[providers]") {
  Differences differences;
  compare_poll(differences, "", "poll1.json");
  compare_poll(differences, "_poll2", "poll2.json");
  for (const auto& [what, reason] : meant) {
    INFO("no longer different: " << what << " (" << reason << ")");
    CHECK(differences.seen.contains(what));
  }
}

TEST_CASE("one instance equals the reference", "[providers]") {
  const json::object expected =
      json::parse(read_file("lambda/expected/get_instance.json")).at("get_instance").as_object();
  Differences differences;
  for (const auto& entry : expected) {
    LambdaAccount account;
    const std::string file(entry.key());
    const json::object& want = entry.value().as_object();
    if (!want.contains("item")) continue;
    const std::string id = text(want, "id_asked");
    account.http.reply("/instances/" + id, 200, LambdaAccount::recorded(file));
    const auto instance = account.run(account->instance(CloudId(id)));
    REQUIRE(instance);
    compare_instance(differences, want.at("item").as_object(), *instance);
  }
}
