// What is listed of FluidStack: regions, types with their capacity and prices, machines, and what only the Management
// API shows.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/providers/fluidstack/site.hpp"

namespace tally::fluidstack_listing_test {
using namespace tally::fakes;

namespace {

const std::string project = "123e4567-e89b-12d3-a456-426614174003";

Row<InstanceType> type_of(const Answer<InstanceType>& answer, const std::string& name) {
  return find_row(answer, [&](const InstanceType& type) { return type.type == name; });
}

Row<Instance> machine_of(const Answer<Instance>& answer, const std::string& name) {
  return find_row(answer, [&](const Instance& machine) { return machine.name == name; });
}

std::string management_row(const std::string& id, const std::string& region, const std::string& in_project) {
  return R"({"id":")" + id + R"(","name":"n","type":"cpu.8x","ip":"10.0.0.9","state":"running","region":")" + region +
         R"(","project_id":")" + in_project + "\"}";
}

}  // namespace

TEST_CASE("FluidStack's regions come from the Management API, which is a place of its own", "[providers]") {
  FluidstackSite site;
  const auto places = site.run(site->locations());
  REQUIRE(places);
  REQUIRE(places->rows.size() == 3);
  CHECK(places->rows[0]->name == "us-east-1");
  CHECK(places->rows[0]->endpoint == fluidstack_east);
  CHECK(places->rows[1]->name == "eu-west-1");
  CHECK(places->rows[2]->name == "management");
  const auto nothing = site.types("management");
  REQUIRE(nothing);
  CHECK(nothing->rows.empty());
}

TEST_CASE("an endpoint is FluidStack's one region, and the key goes nowhere else", "[providers]") {
  FluidstackSite site({}, fluidstack_west);
  const auto places = site.run(site->locations());
  REQUIRE(places);
  REQUIRE(places->rows.size() == 1);
  CHECK(places->rows[0]->name == "eu-west-1");
  REQUIRE(site.types("eu-west-1"));
  REQUIRE(site.instances("eu-west-1"));
  CHECK_FALSE(site.instances("management"));
  for (const auto& call : site.http.sent) CHECK(call.url.starts_with(fluidstack_west));
}

TEST_CASE("regions may be named, and the Management API elsewhere", "[providers]") {
  GivenOptions options;
  options["regions"] = std::vector<NamedUrl>{{"mine", fluidstack_east}};
  SECTION("beside the default endpoint") {
    FluidstackSite site(options);
    const auto places = site.run(site->locations());
    REQUIRE(places);
    REQUIRE(places->rows.size() == 2);
    CHECK(places->rows[0]->name == "mine");
    REQUIRE(site.types("mine"));
    CHECK(site.sent_to(fluidstack_management + "/regions") == 0);
  }
  SECTION("as the name of an endpoint") {
    options["management_url"] = fluidstack_management;
    FluidstackSite site(options, fluidstack_east);
    const auto places = site.run(site->locations());
    REQUIRE(places);
    REQUIRE(places->rows.size() == 2);
    CHECK(places->rows[0]->name == "mine");
    CHECK(places->rows[1]->name == "management");
  }
}

TEST_CASE("a region whose URL is none of the vendor's is rejected, and never called", "[providers]") {
  FluidstackSite site;
  site.http.reply(fluidstack_management + "/regions", 200,
                  R"([{"name":"us-east-1","url":")" + fluidstack_east +
                      R"("},{"name":"evil","url":"https://evil.example/api"},{"name":"management","url":")" +
                      fluidstack_east + R"("},{"url":"x"}])");
  const auto places = site.run(site->locations());
  REQUIRE(places);
  CHECK(places->rows.size() == 2);
  REQUIRE(places->rejected.size() == 3);
  CHECK(places->rejected[0].id == "evil");
  CHECK_FALSE(site.types("evil"));
  for (const auto& call : site.http.sent) CHECK(call.url.find("evil") == std::string::npos);
}

TEST_CASE("machines and capacity are asked for in the region's project", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.types("us-east-1"));
  REQUIRE(site.instances("us-east-1"));
  REQUIRE(site.instances("us-east-1"));
  CHECK(site.sent_to(fluidstack_east + "/projects") == 1);
  for (const auto& call : site.http.sent) {
    INFO(call.url);
    const bool is_of_a_project = call.url.ends_with("/capacity") || call.url.ends_with("/instances");
    CHECK(call.headers.contains("X-PROJECT-ID") == is_of_a_project);
    if (is_of_a_project) CHECK(call.headers.at("X-PROJECT-ID") == project);
    CHECK(call.authorization == "Bearer canary-4711");
  }
}

TEST_CASE("a project that is named is not looked for", "[providers]") {
  FluidstackSite site({{"project_id", std::string("p-9")}});
  REQUIRE(site.instances("us-east-1"));
  CHECK(site.sent_to(fluidstack_east + "/projects") == 0);
  CHECK(site.http.sent.back().headers.at("X-PROJECT-ID") == "p-9");
}

TEST_CASE("a project that is gone is looked for again", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.instances("us-east-1"));
  site.http.reply(fluidstack_east + "/instances", 404, FluidstackSite::file("errors/404_project.json"));
  const auto refused = site.instances("us-east-1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::resource_not_found);
  site.reply(fluidstack_east + "/instances", "instances_us-east-1.json");
  CHECK(site.instances("us-east-1"));
  CHECK(site.sent_to(fluidstack_east + "/projects") == 2);
}

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

TEST_CASE("where nobody says which project is meant, FluidStack's types are there all the same", "[providers]") {
  FluidstackSite site;
  site.http.reply(fluidstack_east + "/projects", 200,
                  R"([{"id":"p-1","name":"a","state":"active"},{"id":"p-2","name":"b","state":"active"}])");
  const auto types = site.types("us-east-1");
  REQUIRE(types);
  CHECK(types->rows.front()->is_available == std::nullopt);
  const auto machines = site.instances("us-east-1");
  REQUIRE_FALSE(machines);
  CHECK(machines.error().kind == Errc::invalid_request);
  CHECK_THAT(machines.error().message, Catch::Contains("p-1 (a), p-2 (b)"));
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

TEST_CASE("a machine that its region lists is none of the Management API's", "[providers]") {
  FluidstackSite site;
  const auto all = site.instances("management");
  REQUIRE(all);
  CHECK(all->rows.empty());
  CHECK(all->rejected.empty());
  site.http.reply(fluidstack_management + "/instances", 200,
                  "[" + management_row("m-1", "us-east-1", project) + "," +
                      management_row("m-2", "us-east-1", "other") + "," + management_row("m-3", "mars-1", project) +
                      "]");
  const auto others = site.instances("management");
  REQUIRE(others);
  REQUIRE(others->rows.size() == 2);
  CHECK(others->rows[0]->cloud_id == CloudId("m-2"));
  CHECK(others->rows[0]->location == "management");
  CHECK(others->rows[0]->sub_location == "us-east-1");
  CHECK(others->rows[0]->instance_type_id == InstanceTypeId("us-east-1-noSub-cpu.8x"));
  CHECK(others->rows[1]->cloud_id == CloudId("m-3"));
}

TEST_CASE(
    "while a region cannot say what it lists, the Management API's machines there are neither listed twice nor gone",
    "[providers]") {
  FluidstackSite site;
  site.http.reply(fluidstack_east + "/projects", 503, "");
  site.http.reply(
      fluidstack_management + "/instances", 200,
      "[" + management_row("m-1", "us-east-1", "other") + "," + management_row("m-2", "eu-west-1", "other") + "]");
  for (int pass = 0; pass < 2; ++pass) {
    const auto all = site.instances("management");
    REQUIRE(all);
    REQUIRE(all->rows.size() == 1);
    CHECK(all->rows[0]->cloud_id == CloudId("m-2"));
    REQUIRE(all->rejected.size() == 1);
    CHECK(all->rejected[0].id == "m-1");
  }
  CHECK(site.sent_to(fluidstack_east + "/projects") == 1);
}

TEST_CASE("a failure of FluidStack's Management API touches no region, nor a region's another's", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.run(site->locations()));
  site.http.reply(fluidstack_management + "/regions", 500, "");
  site.http.reply(fluidstack_management + "/instances", 500, "");
  for (const char* path : {"/projects", "/instances", "/instance-types", "/capacity"}) {
    site.http.reply(fluidstack_west + path, 500, "");
  }
  CHECK_FALSE(site.run(site->locations()));
  CHECK_FALSE(site.instances("management"));
  CHECK_FALSE(site.instances("eu-west-1"));
  CHECK_FALSE(site.types("eu-west-1"));
  CHECK(site.instances("us-east-1"));
  CHECK(site.types("us-east-1"));
}

TEST_CASE("FluidStack's regions go on after a restart while the Management API does not answer", "[providers]") {
  FluidstackSite before;
  REQUIRE(before.run(before->locations()));
  const auto silence = [](FluidstackSite& site) {
    site.http.reply(fluidstack_management + "/regions", 503, "");
    site.http.reply(fluidstack_management + "/instances", 503, "");
  };
  SECTION("with their machines and types, and with what changes them") {
    FluidstackSite site({}, fluidstack_management, before.cache);
    silence(site);
    CHECK(site.instances("us-east-1"));
    CHECK(site.types("eu-west-1"));
    CHECK_FALSE(site.run(site->locations()));
    CHECK_FALSE(site.instances("mars-1"));
    Response accepted;
    accepted.status = 204;
    site.http.answer_changes(accepted);
    CHECK(site.run(site->terminates()->terminate(InstanceRef(CloudId("m-1"), "us-east-1"))));
  }
  SECTION("as it names them, once it answers") {
    FluidstackSite site({}, fluidstack_management, before.cache);
    site.http.reply(fluidstack_management + "/regions", 200,
                    R"([{"name":"us-east-1","url":")" + fluidstack_west + R"("}])");
    REQUIRE(site.run(site->locations()));
    REQUIRE(site.instances("us-east-1"));
    CHECK(site.sent_to(fluidstack_west + "/instances") == 1);
    CHECK(site.sent_to(fluidstack_east + "/instances") == 0);
    CHECK(site.cache.get("regions")->find(fluidstack_east) == std::string::npos);
  }
  SECTION("but never at an address that is none of the vendor's") {
    MemoryCache planted;
    planted.put("regions", R"([{"name":"us-east-1","url":"https://evil.example/api"}])");
    FluidstackSite site({}, fluidstack_management, planted);
    silence(site);
    CHECK_FALSE(site.instances("us-east-1"));
    for (const auto& call : site.http.sent) CHECK(call.url.find("evil") == std::string::npos);
  }
  SECTION("and what is no list of regions is forgotten") {
    MemoryCache broken;
    broken.put("regions", "[{");
    FluidstackSite site({}, fluidstack_management, broken);
    CHECK(site.instances("us-east-1"));
  }
}

TEST_CASE("a region that FluidStack's list leaves out is still asked for its machines, also after a restart",
          "[providers]") {
  FluidstackSite before;
  REQUIRE(before.run(before->locations()));
  const std::string without_west = R"([{"name": "us-east-1", "url": ")" + fluidstack_east + R"("}])";
  before.http.reply(fluidstack_management + "/regions", 200, without_west);
  REQUIRE(before.run(before->locations()));

  FluidstackSite after({}, fluidstack_management, before.cache);
  after.http.reply(fluidstack_management + "/regions", 200, without_west);
  CHECK(after.instances("eu-west-1"));
}

TEST_CASE("FluidStack's regions that are listed no more do not add up for ever", "[providers]") {
  FluidstackSite site;
  const auto list = [&site](std::size_t from) {
    std::string regions;
    for (std::size_t i = from; i < from + limits::locations_per_account; ++i) {
      regions += (regions.empty() ? "" : ", ") + (R"({"name": "r)" + std::to_string(i) + R"(", "url": ")") +
                 fluidstack_east + R"("})";
    }
    site.http.reply(fluidstack_management + "/regions", 200, "[" + regions + "]");
    REQUIRE(site.run(site->locations()));
  };
  list(0);
  list(limits::locations_per_account);
  const auto forgotten = site.run(site->terminates()->terminate({CloudId("i-1"), "r0"}));
  REQUIRE_FALSE(forgotten);
  CHECK(forgotten.error().message.find("no such region") != std::string::npos);
}

TEST_CASE("a machine that the Management API's list lacks a second time is gone there", "[providers]") {
  FluidstackSite site;
  site.http.reply(fluidstack_management + "/instances", 200, "[" + management_row("m-2", "mars-1", project) + "]");
  const auto there = site.run(site->instance(InstanceRef(CloudId("m-2"), "management")));
  REQUIRE(there);
  CHECK(there->sub_location == "mars-1");
  const auto gone = site.run(site->instance(InstanceRef(CloudId("m-3"), "management")));
  REQUIRE_FALSE(gone);
  CHECK(gone.error().kind == Errc::instance_not_found);
  site.http.reply(fluidstack_management + "/instances", 200,
                  R"([{"id":"m-3"},)" + management_row("m-2", "mars-1", project) + "]");
  const auto unread = site.run(site->instance(InstanceRef(CloudId("m-3"), "management")));
  REQUIRE_FALSE(unread);
  CHECK(unread.error().kind == Errc::service_unavailable);
}

TEST_CASE("a machine that only the Management API shows cannot be changed", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.run(site->locations()));
  site.http.reply(
      fluidstack_management + "/instances", 200,
      "[" + management_row("m-2", "mars-1", project) + "," + management_row("m-3", "us-east-1", "other") + "]");
  const auto check = [](const auto& outcome) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == Errc::not_implemented);
    CHECK(outcome.error().certainty == Certainty::nothing_happened);
  };
  for (const char* id : {"m-2", "m-3"}) {
    const InstanceRef there(CloudId(id), "management");
    check(site.run(site->terminates()->terminate(there)));
    check(site.run(site->stops_starts()->stop(there)));
    check(site.run(site->stops_starts()->start(there)));
  }
  for (const auto& call : site.http.sent) CHECK(call.method == "GET");
}

TEST_CASE("a machine that its region begins to list stays alive under the Management API, and is changed there",
          "[providers]") {
  FluidstackSite site;
  REQUIRE(site.run(site->locations()));
  site.http.reply(fluidstack_management + "/instances", 200, "[" + management_row("m-1", "us-east-1", project) + "]");
  REQUIRE(site.instances("management")->rows.empty());
  const InstanceRef shown(CloudId("m-1"), "management");
  const auto there = site.run(site->instance(shown));
  REQUIRE(there);
  CHECK(there->location == "management");
  CHECK(there->sub_location == "us-east-1");
  site.http.reply("DELETE " + fluidstack_east + "/instances/m-1", 204, "");
  REQUIRE(site.run(site->terminates()->terminate(shown)));
  CHECK(site.http.sent.back().url == fluidstack_east + "/instances/m-1");
  CHECK(site.http.sent.back().headers.at("X-PROJECT-ID") == project);
}

TEST_CASE("a machine that its region does not know is there while the Management API shows it", "[providers]") {
  FluidstackSite site({{"project_id", std::string("new")}});
  site.http.reply(fluidstack_east + "/instances/m-1", 404, FluidstackSite::file("errors/404_instance.json"));
  const auto read = [&] { return site.run(site->instance(InstanceRef(CloudId("m-1"), "us-east-1"))); };
  site.http.reply(fluidstack_management + "/instances", 200, "[" + management_row("m-1", "us-east-1", "old") + "]");
  const auto there = read();
  REQUIRE(there);
  CHECK(there->status == LifecycleStatus::running);
  CHECK(there->location == "us-east-1");
  CHECK(there->sub_location.empty());
  CHECK(there->instance_type_id == InstanceTypeId("us-east-1-noSub-cpu.8x"));
  const auto [status, body, kind] = GENERATE(table<int, std::string, Errc>({
      {200, "[]", Errc::instance_not_found},
      {200, R"([{"id":"m-9"}])", Errc::instance_not_found},
      {200, R"([{"id":"m-1"}])", Errc::service_unavailable},
      {503, "", Errc::instance_not_found},
  }));
  INFO(status << body);
  site.http.reply(fluidstack_management + "/instances", status, body);
  const auto gone = read();
  REQUIRE_FALSE(gone);
  CHECK(gone.error().kind == kind);
}

TEST_CASE("a machine of a region that nobody asks any more is the Management API's", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.run(site->locations()));
  site.http.reply(fluidstack_management + "/instances", 200, "[" + management_row("m-1", "us-east-1", project) + "]");
  const auto is_shown = [&site] {
    const auto all = site.instances("management");
    REQUIRE(all);
    CHECK(all->rejected.empty());
    return !all->rows.empty();
  };
  REQUIRE(site.instances("us-east-1"));
  site.pass(std::chrono::hours(1));
  CHECK_FALSE(is_shown());  // both are asked once an hour
  CHECK_FALSE(is_shown());
  REQUIRE(site.instances("us-east-1"));
  for (int pass = 0; pass < 5; ++pass) CHECK_FALSE(is_shown());
  site.pass(std::chrono::minutes(10));
  CHECK(is_shown());
  REQUIRE(site.instances("us-east-1"));
  CHECK_FALSE(is_shown());
}

TEST_CASE("while a region's list fails, what it had is the region's, and of others nobody knows", "[providers]") {
  FluidstackSite site;
  const std::string forbidden = FluidstackSite::file("errors/403_forbidden.json");
  site.http.reply(
      fluidstack_management + "/instances", 200,
      "[" + management_row("m-1", "us-east-1", project) + "," + management_row("m-2", "us-east-1", project) + "]");
  site.http.reply(fluidstack_east + "/instances", 200, R"([{"id":"m-1","type":"t","state":"running"}])");
  const bool was_read = GENERATE(true, false);
  if (was_read) REQUIRE(site.instances("us-east-1"));
  site.http.reply(fluidstack_east + "/instances", 403, forbidden);
  REQUIRE_FALSE(site.instances("us-east-1"));
  const auto all = site.instances("management");
  REQUIRE(all);
  CHECK(all->rows.empty());
  REQUIRE(all->rejected.size() == (was_read ? 1 : 2));
  CHECK(all->rejected.back().id == "m-2");
}

TEST_CASE("the project that is used at FluidStack stays that over a restart, while there is such a project",
          "[providers]") {
  FluidstackSite before;
  REQUIRE(before.instances("us-east-1"));
  const auto used = [&before](const std::string& projects) {
    FluidstackSite after({}, fluidstack_management, before.cache);
    after.http.reply(fluidstack_east + "/projects", 200, projects);
    REQUIRE(after.instances("us-east-1"));
    return after.http.sent.back().headers.at("X-PROJECT-ID");
  };
  const auto listed = [](const std::string& id, const std::string& state) {
    return R"({"id":")" + id + R"(","name":"n","state":")" + state + "\"}";
  };
  const std::string p2 = listed("p-2", "active");
  CHECK(used("[" + p2 + "," + listed(project, "active") + "]") == project);
  CHECK(used("[" + p2 + "," + listed(project, "deleting") + "]") == project);
  CHECK(used("[" + p2 + "]") == "p-2");
}

TEST_CASE("a project of which FluidStack says that it is gone is not used because it was", "[providers]") {
  FluidstackSite site;
  REQUIRE(site.instances("us-east-1"));
  site.http.reply(fluidstack_east + "/instances", 404, FluidstackSite::file("errors/404_project.json"));
  REQUIRE_FALSE(site.instances("us-east-1"));
  site.http.reply(fluidstack_east + "/projects", 200,
                  R"([{"id":")" + project + R"(","state":"deleting"},{"id":"p-2","state":"active"}])");
  site.reply(fluidstack_east + "/instances", "instances_us-east-1.json");
  REQUIRE(site.instances("us-east-1"));
  CHECK(site.http.sent.back().headers.at("X-PROJECT-ID") == "p-2");
}

}  // namespace tally::fluidstack_listing_test
