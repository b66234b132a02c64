// What Verda lists, and what it, or something in its place, may answer instead.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::verda_listing_test {
using namespace tally::fakes;
namespace json = boost::json;

namespace {

const char* const types_path = "/instance-types?currency=usd";

json::value recorded(const std::string& file) { return json::parse(read_file("verda/recorded/" + file)); }

/// The type of that name in a recorded reply.
json::object& type_in(json::value& types, const std::string& name) {
  for (json::value& type : types.as_array()) {
    if (type.at("instance_type").as_string() == name) return type.as_object();
  }
  throw std::runtime_error("no type " + name);
}

/// One type on sale in one place, changed so.
Result<Answer<InstanceType>> types_with(const std::function<void(json::object& type)>& change) {
  json::value all = recorded("instance_types.json");
  json::object type = type_in(all, "8H100.80S.176V");
  change(type);
  RecordedAccount account(*find_provider("verda"));
  account.http.reply(types_path, 200, json::serialize(json::array{type}));
  account.http.reply("/locations", 200, R"([{"code":"FIN-02","name":"x","country_code":"FI"}])");
  account.http.reply("/instance-availability", 200,
                     R"([{"location_code":"FIN-02","availabilities":["8H100.80S.176V"]}])");
  account.http.reply("/instance-availability?is_spot=true", 200, "[]");
  return account.types();
}

InstanceType type_with(const std::function<void(json::object& type)>& change) {
  const auto types = types_with(change);
  REQUIRE(types);
  REQUIRE(types->rows.size() == 1);
  return *types->rows.front();
}

/// One machine, changed so.
Instance instance_with(const std::function<void(json::object& instance)>& change) {
  json::value machine = recorded("instance_running.json");
  change(machine.as_object());
  RecordedAccount account(*find_provider("verda"));
  account.http.reply("/instances", 200, json::serialize(json::array{machine}));
  const auto instances = account.run(account->instances({}));
  REQUIRE(instances);
  REQUIRE(instances->rows.size() == 1);
  return *instances->rows.front();
}

}  // namespace

TEST_CASE("a second poll of Verda differs by what changed, and by nothing else", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  // As they are written below: a row of another spelling is another row.
  account.http.reply(types_path, 200, json::serialize(recorded("instance_types.json")));
  account.http.reply("/instances", 200, json::serialize(recorded("instances.json")));
  const auto types = account.types();
  const auto instances = account.run(account->instances({}));
  REQUIRE(types);
  REQUIRE(instances);
  json::value prices = recorded("instance_types.json");
  type_in(prices, "1L40S.20V")["price_per_hour"] = "0.920000001";
  account.http.reply(types_path, 200, json::serialize(prices));
  json::value stock = recorded("instance_availability.json");
  stock.at(1).at("availabilities") = {"1H100.80S.30V", "1L40S.20V", "CPU.4V.16G"};  // the eight H100 are gone
  account.http.reply("/instance-availability", 200, json::serialize(stock));
  json::value machines = recorded("instances.json");
  machines.at(0).at("status") = "offline";
  account.http.reply("/instances", 200, json::serialize(machines));

  std::map<std::string, std::pair<InstanceType, InstanceType>> changed;
  const auto types2 = account.types();
  REQUIRE(types2);
  REQUIRE(types2->rows.size() == types->rows.size());
  for (std::size_t i = 0; i < types->rows.size(); ++i) {
    if (types->rows[i] != types2->rows[i]) {
      changed.emplace(types->rows[i]->id.str(), std::pair(*types->rows[i], *types2->rows[i]));
    }
  }
  REQUIRE(changed.size() == 1 + 4);
  auto [before, after] = changed.at("FIN-02-noSub-8H100.80S.176V");
  CHECK(after.is_available == false);
  before.is_available = false;
  before.availability_reason = AvailabilityReason::capacity;
  CHECK(before == after);
  for (const char* place : {"FIN-01", "FIN-02", "FIN-03", "ICE-01"}) {
    auto [old_row, new_row] = changed.at(std::string(place) + "-noSub-1L40S.20V");
    CHECK(new_row.prices.at(0).amount->nanos == 920'000'001);
    old_row.prices.at(0).amount->nanos = 920'000'001;
    CHECK(old_row == new_row);
  }
  const auto instances2 = account.run(account->instances({}));
  REQUIRE(instances2);
  REQUIRE(instances2->rows.size() == instances->rows.size());
  for (std::size_t i = 0; i < instances->rows.size(); ++i) {
    CHECK((instances->rows[i] == instances2->rows[i]) == (i != 0));
  }
  CHECK(instances2->rows[0]->status == LifecycleStatus::stopped);
}

TEST_CASE("what Verda does not say of a place's stock is not known there", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  const auto availability_in = [&account](const std::string& location, const std::string& stock) {
    account.http.reply("/instance-availability", 200, stock);
    const auto types = account.types();
    REQUIRE(types);
    for (const auto& row : types->rows) {
      if (row->id.str() == location + "-noSub-1A100.22V") return row->is_available;
    }
    throw std::runtime_error("no row in " + location);
  };
  CHECK(availability_in("FIN-01", R"([{"location_code":"FIN-01","availabilities":["1A100.22V"]}])") == true);
  CHECK(availability_in("FIN-01", R"([{"location_code":"FIN-01","availabilities":[]}])") == false);
  CHECK(availability_in("FIN-01", "[]") == false);
  CHECK_FALSE(availability_in("FIN-01", R"([{"location_code":"FIN-01","availabilities":null}])").has_value());
  CHECK_FALSE(availability_in("FIN-01", R"([{"location_code":"FIN-01","availabilities":"all"}])").has_value());
  CHECK_FALSE(availability_in("FIN-01", R"([{"location_code":null,"availabilities":[]}])").has_value());
  CHECK(availability_in("FIN-09", R"([{"location_code":"FIN-09","availabilities":["1A100.22V"]}])") == true);
}

TEST_CASE("when one of Verda's answers about types fails, all of them are stale", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  const std::string path = GENERATE("/instance-availability", "/instance-availability?is_spot=true", "/locations",
                                    "/instance-types?currency=usd");
  CAPTURE(path);
  account.http.reply(path, 503, "");
  CHECK_FALSE(account.types());
  account.http.reply(path, 200, "{}");
  const auto types = account.types();
  REQUIRE_FALSE(types);
  CHECK(types.error().kind == Errc::service_unavailable);
  CHECK(types.error().provider == "verda");
}

TEST_CASE("without Verda's prices of disks they cost what they did last, and at first the usual", "[providers]") {
  const char* const path = "/volume-types?currency=usd";
  RecordedAccount account(*find_provider("verda"));
  const auto price = [&account] {
    const auto types = account.types();
    REQUIRE(types);
    return types->rows.at(0)->storage.at(0).price_per_gb_hr.value().nanos;
  };
  account.http.reply(path, 503, "");
  CHECK(price() == 274'000);
  json::value kinds = recorded("volume_types.json");
  for (json::value& kind : kinds.as_array()) kind.at("price").at("price_per_month_per_gb") = 0.4;
  account.http.reply(path, 200, json::serialize(kinds));
  const auto dear = price();
  CHECK(dear > 500'000);
  account.http.reply(path, 200, "{}");
  CHECK(price() == dear);
  account.http.reply(path, 503, "");
  CHECK(price() == dear);
}

TEST_CASE("a Verda place where only spot machines can be had is available", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  account.http.reply("/locations", 200, R"([{"code":"FIN-01","name":"x","country_code":"FI"}])");
  account.http.reply("/instance-availability", 200, "[]");
  account.http.reply("/instance-availability?is_spot=true", 200,
                     R"([{"location_code":"FIN-01","availabilities":["1A100.22V"]},
                         {"location_code":"FIN-09","availabilities":["1A100.22V"]}])");
  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  REQUIRE(locations->rows.size() == 2);
  for (const auto& row : locations->rows) CHECK(row->is_available);
  CHECK(locations->rows[1]->name == "FIN-09");
  account.http.reply("/instance-availability?is_spot=true", 200, "[]");
  CHECK_FALSE(account.run(account->locations())->rows.at(0)->is_available);
}

TEST_CASE("a Verda location without a name has types that are not gone", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  account.http.reply("/locations", 200, R"([{"code":"FIN-01"},{"code":null}])");
  account.http.reply("/instance-availability", 200, R"([{"location_code":"FIN-01","availabilities":[]}])");
  const auto types = account.types();
  REQUIRE(types);
  REQUIRE(types->rejected.size() == 1);
  CHECK(types->rejected[0].id.empty());
}

TEST_CASE("of a Verda GPU the memory of one is known, whichever is stated", "[providers]") {
  const auto memory_gb = [](const char* memory) {
    return type_with([memory](json::object& type) { type["gpu_memory"] = json::parse(memory); }).gpus.at(0).memory_gb;
  };
  CHECK(memory_gb(R"({"size_in_gigabytes":640})") == 80);
  CHECK(memory_gb(R"({"size_in_gigabytes":80})") == 80);
  CHECK(memory_gb(R"({"size_in_gigabytes":0})") == 80);
  CHECK(memory_gb("null") == 80);
}

TEST_CASE("a Verda type with odd fields is what can be read of it", "[providers]") {
  const InstanceType bare = type_with([](json::object& type) {
    type["model"] = nullptr;
    type["p2p"] = 7;
    type["cpu"] = nullptr;
    type["unheard_of"] = {{"a", 1}};
    type.erase("currency");
    type["spot_price"] = nullptr;
  });
  CHECK(bare.gpus.at(0).name == "H100");
  CHECK_FALSE(bare.vcpu);
  CHECK(bare.prices.size() == 1);
  CHECK(bare.prices.at(0).amount->currency == Currency());
  const InstanceType exact = type_with([](json::object& type) { type["price_per_hour"] = "999999999.999999999"; });
  CHECK(exact.prices.at(0).amount->nanos == 999'999'999'999'999'999);
  CHECK(type_with([](json::object& type) { type["currency"] = "EUR"; }).prices.at(1).amount->currency.code() == "EUR");
  CHECK_FALSE(type_with([](json::object& type) { type["price_per_hour"] = "0"; }).prices.at(0).amount);
  CHECK(type_with([](json::object& type) { type["cpu"] = {{"model", "NVIDIA Grace"}}; }).architectures.at(0) ==
        "arm64");
}

TEST_CASE("a Verda type that cannot be read costs its own rows, by their IDs", "[providers]") {
  const std::string field = GENERATE("price_per_hour", "currency");
  const auto types = types_with([&field](json::object& type) { type[field] = "?\xc3\xa4"; });
  REQUIRE(types);
  CHECK(types->rows.empty());
  REQUIRE(types->rejected.size() == 1);
  CHECK(types->rejected[0].id == "FIN-02-noSub-8H100.80S.176V");
  CHECK(types->rejected[0].reason.find(field) != std::string::npos);
  const auto unnamed = types_with([](json::object& type) { type["instance_type"] = nullptr; });
  REQUIRE(unnamed);
  REQUIRE(unnamed->rejected.size() == 1);
  CHECK(unnamed->rejected[0].id.empty());
}

TEST_CASE("whose a Verda machine is, its tags say, else a description that is this credential's", "[providers]") {
  const auto owner_of = [](const char* description, const char* tags) {
    const Instance instance = instance_with([&](json::object& machine) {
      machine["description"] = description;
      machine["tags"] = json::parse(tags);
    });
    return instance.ref_id.str() + "|" + instance.cloud_cred_ref_id.str();
  };
  CHECK(owner_of("a_b_cred-vd-1", "[]") == "a_b|cred-vd-1");
  CHECK(owner_of("a_b_cred-other", "null") == "|");
  CHECK(owner_of("made in the console", "[]") == "|");
  CHECK(owner_of("_cred-vd-1", "[]") == "|");
  CHECK(owner_of("x_cred-vd-1", R"([{"id":"1","key":"ref-id","value":"r_1"},
                                    {"id":"2","key":"cloud-cred-ref-id","value":"other"}])") == "r_1|other");
  CHECK(owner_of("x_cred-vd-1", R"([{"id":"1","key":"ref-id","value":"r"}])") == "r|");
}

TEST_CASE("a Verda status that nobody knows keeps its text", "[providers]") {
  const auto status = [](const char* word) {
    return instance_with([word](json::object& machine) { machine["status"] = word; });
  };
  CHECK_FALSE(status("defragmenting").status);
  CHECK(status("defragmenting").provider_status == "defragmenting");
  CHECK_FALSE(status("Running").status);
  CHECK_FALSE(status("unknown").status);
  CHECK(status("hibernating").status == LifecycleStatus::suspended);
}

TEST_CASE("disks of Verda's machines are asked for once a minute, and when a machine is new", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  const auto polls_of_volumes = [&account] {
    return std::count_if(account.http.sent.begin(), account.http.sent.end(),
                         [](const auto& call) { return call.url.ends_with("/volumes"); });
  };
  for (int i = 0; i < 3; ++i) REQUIRE(account.run(account->instances({})));
  CHECK(polls_of_volumes() == 1);
  REQUIRE(account.run(account->instance(account.instance)));
  CHECK(polls_of_volumes() == 1);
  std::string machine = account.file("instance_created_ordered.json");
  account.http.reply("/instances", 200, "[" + machine + "]");
  for (int i = 0; i < 3; ++i) REQUIRE(account.run(account->instances({})));
  CHECK(polls_of_volumes() == 2);
}

TEST_CASE("a size that Verda does not tell costs itself", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  account.http.reply("/volumes", 500, "");
  const auto instances = account.run(account->instances({}));
  REQUIRE(instances);
  CHECK_FALSE(instances->rows.at(0)->disk_size);
}

TEST_CASE("a Verda volume that cannot be read is told, and loses no size that was known", "[providers]") {
  RecordedAccount account(*find_provider("verda"));
  const auto before = account.run(account->instances({}));
  REQUIRE(before);
  REQUIRE(before->rows.at(0)->disk_size);
  REQUIRE(before->odd.empty());
  json::value volumes = json::parse(account.file("volumes.json"));
  for (json::value& volume : volumes.as_array()) {
    if (volume.at("instance_id") == json::string(before->rows.at(0)->cloud_id.str())) volume = 17;
  }
  account.http.reply("/volumes", 200, json::serialize(volumes));
  account.clock.advance(std::chrono::minutes(2));
  const auto after = account.run(account->instances({}));
  REQUIRE(after);
  CHECK(after->rows.at(0)->disk_size == before->rows.at(0)->disk_size);
  CHECK(after->rows.at(0)->attributes->volume_type == before->rows.at(0)->attributes->volume_type);
  REQUIRE(after->odd.size() == 1);
  CHECK(after->odd[0].field == "volumes");
}

TEST_CASE("what cannot be read of Verda's stock is told", "[providers]") {
  const auto [stock, id, field] = GENERATE(table<std::string, std::string, std::string>(
      {{R"([17,{"availabilities":[]}])", "", "location_code"},
       {R"([{"location_code":"FIN-01","availabilities":"all"}])", "FIN-01", "availabilities"}}));
  RecordedAccount account(*find_provider("verda"));
  REQUIRE(account.run(account->locations())->odd.empty());
  account.http.reply("/instance-availability", 200, stock);
  const auto locations = account.run(account->locations());
  REQUIRE(locations);
  REQUIRE(locations->odd.size() == 1);
  CHECK(locations->odd[0].id == id);
  CHECK(locations->odd[0].field == field);
}

}  // namespace tally::verda_listing_test
