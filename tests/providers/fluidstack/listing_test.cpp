// What is listed of a FluidStack region: its types with their capacity and prices, and its machines.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/providers/fluidstack/site.hpp"

namespace tally::fluidstack_listing_test {
using namespace tally::fakes;

namespace {

Row<InstanceType> type_of(const Answer<InstanceType>& answer, const std::string& name) {
  return find_row(answer, [&](const InstanceType& type) { return type.type == name; });
}

Row<Instance> machine_of(const Answer<Instance>& answer, const std::string& name) {
  return find_row(answer, [&](const Instance& machine) { return machine.name == name; });
}

}  // namespace

TEST_CASE("without its capacity a region's types are there, and nobody says that they can be had", "[providers]") {
  const auto [status, body] = GENERATE(table<int, std::string>({{403, R"({"message":"forbidden"})"},
                                                                {501, R"({"message":"not implemented"})"},
                                                                {503, ""},
                                                                {200, "{}"},
                                                                {200, "["}}));
  FluidstackSite site;
  const auto before = site.types("us-east-1");
  REQUIRE(before);
  site.http.reply(fluidstack_east + "/capacity", status, body);
  const auto types = site.types("us-east-1");
  REQUIRE(types);
  REQUIRE(types->rows.size() == before->rows.size());
  for (const auto& row : types->rows) {
    CHECK(row->is_available == std::nullopt);
    CHECK(row->availability_reason == std::nullopt);
  }
  CHECK(types->odd.size() == types->rows.size());
  CHECK(types->odd.front().field == "capacity");
}

TEST_CASE("a FluidStack type whose capacity cannot be read says so", "[providers]") {
  FluidstackSite site;
  site.http.reply(fluidstack_east + "/capacity", 200, R"([{"name":"h100-hgx-80gb.1x","capacity":"x"}])");
  const auto types = site.types("us-east-1");
  REQUIRE(types);
  CHECK(type_of(*types, "h100-hgx-80gb.1x")->is_available == std::nullopt);
  CHECK(type_of(*types, "h100-hgx-80gb.2x")->is_available == false);
  REQUIRE(types->odd.size() == 1);
  CHECK(types->odd[0].id == type_of(*types, "h100-hgx-80gb.1x")->id.str());
  CHECK(types->odd[0].field == "capacity");
}

TEST_CASE("what no region lets a FluidStack key do, its account cannot do", "[providers]") {
  const Capabilities all = find_provider("fluidstack")->description.capabilities;
  FluidstackSite site;
  const auto poll = [&site](const std::string& region, int status, const std::string& words) {
    site.http.reply("https://" + region + ".atlas.fluidstack.io/api/v1alpha1/capabilities", status, words);
    REQUIRE(site.types(region));
  };
  const auto can = [&site](std::string_view what) {
    const Capabilities now = site->capabilities();
    return std::find(now.begin(), now.end(), what) != now.end();
  };
  CHECK(site->capabilities() == all);  // nobody has said anything
  poll("us-east-1", 200, R"(["instances:list","instances:delete","instances:stop","quantum:leap"])");
  CHECK(site->capabilities() == all);  // eu-west-1 may let it
  poll("eu-west-1", 200, R"(["instances:list","instances:read"])");
  CHECK_FALSE(can("create-instance"));
  CHECK_FALSE(can("instance-userdata"));
  CHECK_FALSE(can("stop-start-instance"));
  CHECK(can("terminate-instance"));
  SECTION("while nobody answers, what was said holds") {
    poll("eu-west-1", 501, R"({"message":"not implemented"})");
    poll("eu-west-1", 200, "{}");
    poll("eu-west-1", 200, "[");
    CHECK_FALSE(can("create-instance"));
  }
  SECTION("a word that nobody knows says nothing of what the others let it") {
    poll("eu-west-1", 200, R"(["instances:*"])");
    CHECK(site->capabilities() == all);
  }
  SECTION("a list that does not speak of instances says nothing of them") {
    poll("eu-west-1", 200, R"(["projects:list", 7, null])");
    CHECK(site->capabilities() == all);
  }
  SECTION("what is given back is there again") {
    poll("us-east-1", 200, FluidstackSite::file("capabilities.json"));
    CHECK(site->capabilities() == all);
  }
}

TEST_CASE("a type of which nothing changed is the same object, and one that sold out another", "[providers]") {
  FluidstackSite site;
  const auto first = site.types("us-east-1");
  const auto again = site.types("us-east-1");
  site.reply(fluidstack_east + "/capacity", "capacity_us-east-1_poll2.json");
  const auto later = site.types("us-east-1");
  REQUIRE((first && again && later));
  CHECK(first->rows == again->rows);
  CHECK(type_of(*first, "cpu.8x") == type_of(*later, "cpu.8x"));
  CHECK(type_of(*first, "h100-hgx-80gb.8x")->is_available == true);
  CHECK(type_of(*later, "h100-hgx-80gb.8x")->is_available == false);
  CHECK(type_of(*later, "h100-hgx-80gb.8x")->availability_reason == AvailabilityReason::capacity);
}

TEST_CASE("FluidStack's prices are the configuration's estimates, or not known", "[providers]") {
  OptionTable<Money> prices;
  prices.emplace("h100-hgx-80gb.8x", *Money::parse("16.00"));
  FluidstackSite site({{"prices", prices}});
  const auto types = site.types("us-east-1");
  REQUIRE(types);
  const Price* known = find_price(*type_of(*types, "h100-hgx-80gb.8x"), UsageClass::on_demand);
  REQUIRE(known != nullptr);
  CHECK(known->amount == Money::parse("16"));
  CHECK(known->source == PriceSource::estimate);
  const Price* unknown = find_price(*type_of(*types, "cpu.8x"), UsageClass::on_demand);
  REQUIRE(unknown != nullptr);
  CHECK_FALSE(unknown->amount);
  const Price* spot = find_price(*type_of(*types, "h100-hgx-80gb.8x"), UsageClass::spot);
  REQUIRE(spot != nullptr);
  CHECK_FALSE(spot->amount);
}

TEST_CASE("an odd field of a FluidStack type costs that field, one without a name its row", "[providers]") {
  FluidstackSite site;
  site.http.reply(fluidstack_east + "/instance-types", 200,
                  R"([{"name":"a","cpu":-4,"memory":"lots","gpuModel":null,"gpuCount":2},{"cpu":1},
                     {"name":"b","cpu":4,"memory":"8Gi","gpuModel":"GH100_H100_SXM5_80GB","gpuCount":-1,"new":{}}, 7])");
  const auto types = site.types("us-east-1");
  REQUIRE(types);
  REQUIRE(types->rows.size() == 2);
  const InstanceType& odd = *types->rows[0];
  CHECK(odd.id == InstanceTypeId("us-east-1-noSub-a"));
  CHECK_FALSE(odd.vcpu);
  CHECK_FALSE(odd.memory);
  REQUIRE(odd.gpus.size() == 1);
  CHECK(odd.gpus[0].count == 2);
  CHECK(types->rows[1]->gpus.empty());
  CHECK(types->rejected.size() == 2);
  CHECK(types->odd.size() == 2);
}

TEST_CASE("FluidStack's states are ours, and an unknown one keeps its word", "[providers]") {
  using Status = LifecycleStatus;
  const auto [state, status] = GENERATE(table<std::string, std::optional<Status>>({
      {"\"creating\"", Status::pending},
      {"\"starting\"", Status::pending},
      {"\"running\"", Status::running},
      {"\"stopping\"", Status::stopping},
      {"\"stopped\"", Status::stopped},
      {"\"deleting\"", Status::terminating},
      {"\"out-of-stock\"", Status::failed},
      {"\"error\"", Status::failed},
      {"\"melting\"", std::nullopt},
      {"null", std::nullopt},
  }));
  FluidstackSite site;
  site.http.reply(fluidstack_east + "/instances", 200, R"([{"id":"m-1","type":"t","state":)" + state + "}]");
  const auto machines = site.instances("us-east-1");
  REQUIRE(machines);
  REQUIRE(machines->rows.size() == 1);
  CHECK(machines->rows[0]->status == status);
  if (state == "\"melting\"") CHECK(machines->rows[0]->provider_status == "melting");
  if (state == "\"out-of-stock\"") CHECK(machines->rows[0]->status_message == "out of stock");
}

TEST_CASE("a FluidStack machine is met at its address where that is anybody's, or where it is said to be",
          "[providers]") {
  FluidstackSite site;
  const auto machines = site.instances("us-east-1");
  REQUIRE(machines);
  CHECK(machine_of(*machines, "train-a")->private_ip == "10.0.0.2");
  CHECK(machine_of(*machines, "train-a")->public_ip.empty());
  CHECK(machine_of(*machines, "spot-1")->public_ip == "185.216.20.7");
  CHECK(machine_of(*machines, "spot-1")->is_spot);
  CHECK(machine_of(*machines, "train-a")->ssh_user == "ubuntu");
  CHECK(machine_of(*machines, "train-a")->ssh_port == 22);
  FluidstackSite inside({{"use_private_ip", true}, {"ssh_user", std::string("ops")}});
  const auto met = inside.instances("us-east-1");
  REQUIRE(met);
  CHECK(machine_of(*met, "train-a")->public_ip == "10.0.0.2");
  CHECK(machine_of(*met, "train-a")->ssh_user == "ops");
}

TEST_CASE("the next poll of a FluidStack region has exactly its changes", "[providers]") {
  FluidstackSite site;
  const auto types = site.types("us-east-1");
  const auto machines = site.instances("us-east-1");
  site.reply(fluidstack_east + "/capacity", "capacity_us-east-1_poll2.json");
  site.reply(fluidstack_east + "/instance-types", "instance-types_us-east-1_poll2.json");
  site.reply(fluidstack_east + "/instances", "instances_us-east-1_poll2.json");
  const auto later = site.types("us-east-1");
  const auto left = site.instances("us-east-1");
  REQUIRE((types && machines && later && left));
  std::set<std::string> changed;
  for (const auto& row : later->rows) {
    const auto before = type_of(*types, row->type);
    if (!before || !(*before == *row)) changed.insert(row->type);
  }
  CHECK(changed ==
        std::set<std::string>{"h100-hgx-80gb.8x", "h200-hgx-141gb.8x", "a6000-pcie-48gb.2x", "b300-hgx-288gb.8x"});
  CHECK(type_of(*later, "h100-hgx-80gb.8x")->memory == Bytes(1024LL << 30U));
  CHECK(type_of(*later, "h100-hgx-80gb.8x")->is_available == false);
  CHECK(type_of(*later, "h200-hgx-141gb.8x")->is_available == true);
  CHECK(type_of(*later, "a6000-pcie-48gb.2x")->is_available == false);
  CHECK(type_of(*later, "a6000-pcie-48gb.8x") == nullptr);
  CHECK(type_of(*later, "b300-hgx-288gb.8x")->gpus.at(0).name == "B300");
  std::map<std::string, std::string> states;
  for (const auto& row : left->rows) {
    const auto before = machine_of(*machines, row->name);
    REQUIRE(before);
    if (!(*before == *row)) states[row->name] = std::string(to_string(row->status.value()));
  }
  CHECK(states == std::map<std::string, std::string>{
                      {"new-one", "running"}, {"restarted", "running"}, {"going-down", "stopped"}});
  CHECK(machine_of(*left, "leaving") == nullptr);
}

}  // namespace tally::fluidstack_listing_test
