// What is listed of Launchpad: the catalog, its regions, and deployments in every state.
#include <catch2/catch.hpp>
#include <map>

#include "providers/launchpad/pages.hpp"
#include "providers/launchpad/product.hpp"
#include "tests/providers/launchpad/site.hpp"

namespace tally::launchpad_listing_test {
using namespace tally::fakes;

namespace {

Row<InstanceType> type_of(const Answer<InstanceType>& answer, const std::string& id) {
  for (const Row<InstanceType>& row : answer.rows) {
    if (row->id == InstanceTypeId(id)) return row;
  }
  return nullptr;
}

std::string deployment(const std::string& state, const std::string& more = "") {
  return R"({"id":"d-1","state":)" + state + more + "}";
}

Instance one(const std::string& state, const std::string& more = "") {
  LaunchpadSite site;
  site.rent(deployment(state, more));
  const auto machines = site.run(site->instances({}));
  if (!machines || machines->rows.size() != 1) throw std::runtime_error("no machine");
  return *machines->rows[0];
}

}  // namespace

TEST_CASE("Launchpad's pages are followed by what leads to the next one, and by nothing else", "[providers]") {
  LaunchpadSite site;
  const auto types = site.types();
  REQUIRE(types);
  CHECK(types->rows.size() == 10);
  CHECK(types->rejected.empty());
  for (const auto& call : site.http.sent) {
    CHECK(call.url.starts_with("https://launchpad.api.nvidia.com/v1/catalog/instance-types/?delivery=fast"));
    CHECK(call.authorization == "Token canary-4711");
  }
  CHECK(site.http.sent.size() == 2);
}

TEST_CASE("the number of Launchpad's next page is all that is taken from its URL", "[providers]") {
  const auto next = launchpad::page_after("/v1/a/?b=c");
  CHECK(launchpad::first_page("/v1/a/?b=c") == "/v1/a/?b=c&page=1");
  const auto after = [&next](const std::string& url) { return next(R"({"next":)" + url + R"(,"results":[]})"); };
  CHECK(after(R"("https://evil.example/x/?page_size=9&page=7&z")").value() == "/v1/a/?b=c&page=7");
  CHECK(after(R"("?page=2")").value() == "/v1/a/?b=c&page=2");
  CHECK(after("null").value() == std::nullopt);
  CHECK(next(R"({"results":[]})").value() == std::nullopt);
  for (const char* odd : {R"("")", R"("https://a.example/?page_size=2")", R"("?page=")", R"("?page=2x")", "7", "[]",
                          R"("?page=12345678901234567890")", R"("?page=-1")"}) {
    INFO(odd);
    CHECK_FALSE(after(odd));
  }
}

TEST_CASE("pages of Launchpad that come again, or never end, are no list", "[providers]") {
  const std::string next = GENERATE("1", "2", "3");
  LaunchpadSite site;
  site.http.reply(launchpad_urls::list + "2", 200,
                  R"({"count":9,"next":"https://launchpad.api.nvidia.com/?page=)" + next + R"(","results":[]})");
  const auto machines = site.run(site->instances({}));
  REQUIRE_FALSE(machines);
  CHECK(machines.error().kind == Errc::service_unavailable);
}

TEST_CASE("a page of Launchpad that is gone makes no shorter list", "[providers]") {
  LaunchpadSite site;
  site.http.reply(launchpad_urls::list + "2", 404, LaunchpadSite::file("error_404_invalid_page.json"));
  const auto machines = site.run(site->instances({}));
  REQUIRE_FALSE(machines);
  CHECK(machines.error().kind == Errc::service_unavailable);
}

TEST_CASE("a list of Launchpad's that ends before all that it counts is no list", "[providers]") {
  LaunchpadSite site;
  const std::string rows = deployment("\"ready\"");
  const auto reply = [&](const char* count) {
    site.http.reply(launchpad_urls::list + "1", 200,
                    R"({"count":)" + std::string(count) + R"(,"next":null,"results":[)" + rows + "]}");
    return site.run(site->instances({}));
  };
  CHECK(reply("1"));
  CHECK(reply("0"));
  CHECK(reply("null"));
  const auto cut = reply("2");
  REQUIRE_FALSE(cut);
  CHECK(cut.error().kind == Errc::service_unavailable);
}

TEST_CASE("a Launchpad row that does not say which of two sizes it is costs no other", "[providers]") {
  const std::string memory = GENERATE("null", "\"lots\"", "17");
  std::string odd = launchpad_row("A100", "A100-40GB", 40, R"({"a":1})");
  odd.replace(odd.find(R"("memory_gb":40)"), 14, "\"memory_gb\":" + memory);
  LaunchpadSite site;
  site.sell(odd + "," + launchpad_row("A100", "A100-80GB", 80, R"({"a":1})"));
  const auto types = site.types();
  REQUIRE(types);
  REQUIRE(types->rows.size() == 1);
  CHECK(types->rows[0]->gpus.at(0).memory_gb == 80);
  CHECK(types->rejected.size() == 1);
  launchpad::Product product;
  product.cloud = "oci";
  product.family = "A100";
  product.gpus = 1;
  product.connection = "sxm";
  CHECK(launchpad::type_name(product).empty());
}

TEST_CASE("a Launchpad deployment has no ID of a type while nobody says where it is", "[providers]") {
  const Instance nowhere = one("\"waiting\"", R"(,"region":null,"tags":{"InstanceType":"dmz.h100x1.pcie"})");
  CHECK(nowhere.type == "dmz.h100x1.pcie");
  CHECK(nowhere.instance_type_id.empty());
}

TEST_CASE("a Launchpad type is in every region that has a capacity of it, be it none", "[providers]") {
  LaunchpadSite site;
  site.sell(launchpad_row("H100", "H100", 80, R"({"a":3,"b":0,"c":-1,"d":null,"e":2.0})"));
  const auto types = site.types();
  REQUIRE(types);
  REQUIRE(types->rows.size() == 5);
  const auto available = [&](const char* region) {
    return type_of(*types, std::string(region) + "-noSub-oci.h100x1.sxm")->is_available;
  };
  CHECK(available("a") == true);
  CHECK(available("b") == false);
  CHECK(available("c") == false);
  CHECK(available("d") == std::nullopt);
  CHECK(available("e") == true);
  CHECK(type_of(*types, "b-noSub-oci.h100x1.sxm")->availability_reason == AvailabilityReason::capacity);
  const auto places = site.run(site->locations());
  REQUIRE(places);
  std::map<std::string, bool> is_available;
  for (const auto& row : places->rows) is_available[row->name] = row->is_available;
  CHECK(is_available == std::map<std::string, bool>{{"a", true}, {"b", false}, {"c", false}, {"d", true}, {"e", true}});
}

TEST_CASE("Launchpad's A100 of 40 GB is another type than that of 80 GB", "[providers]") {
  LaunchpadSite site;
  site.sell(launchpad_row("A100", "A100-40GB", 40, R"({"us-tx-1":1})") + "," +
            launchpad_row("A100", "A100-80GB", 80, R"({"us-tx-1":1})"));
  const auto types = site.types();
  REQUIRE(types);
  REQUIRE(types->rows.size() == 2);
  const auto small = type_of(*types, "us-tx-1-noSub-oci.a100-40x1.sxm");
  const auto large = type_of(*types, "us-tx-1-noSub-oci.a100x1.sxm");
  REQUIRE((small && large));
  CHECK(small->gpus.at(0).memory_gb == 40);
  CHECK(large->gpus.at(0).memory_gb == 80);
  CHECK(small->gpus.at(0).name == "A100");
  CHECK(small->gpus.at(0).network_details == "SXM");
}

TEST_CASE("a family of GPUs that is not made with twice the memory has the name of always", "[providers]") {
  launchpad::Product product;
  product.cloud = "dmz";
  product.gpus = 8;
  product.connection = "sxm";
  const auto name = [&product](const char* family, int memory_gb) {
    product.family = family;
    product.memory_gb = memory_gb;
    return launchpad::type_name(product);
  };
  CHECK(name("H100", 80) == "dmz.h100x8.sxm");
  CHECK(name("GH200", 96) == "dmz.gh200x8.sxm");
  CHECK(name("B200", 192) == "dmz.b200x8.sxm");
  CHECK(name("V100", 16) == "dmz.v100-16x8.sxm");
  CHECK(name("V100", 32) == "dmz.v100x8.sxm");
  CHECK(name("Wonder 9", 16) == "dmz.wonder 9x8.sxm");
  product.workshop = "w-1";
  CHECK(name("H100", 80) == "dmz.h100x8.sxm.w-1");
  product.gpus = 0;
  CHECK(name("H100", 80).empty());
  CHECK(launchpad::family_of("a100-80gb") == "A100");
  CHECK(launchpad::family_of("h100") == "H100");
  CHECK(launchpad::family_of("rtx pro 6000") == "RTX PRO 6000");
}

TEST_CASE("the memory of all GPUs of a Launchpad machine is told from that of one", "[providers]") {
  LaunchpadSite site;
  std::string row = launchpad_row("H100", "H100", 640, R"({"a":1})");
  row.replace(row.find(R"("count":1)"), 9, R"("count":8)");
  site.sell(row);
  const auto types = site.types();
  REQUIRE(types);
  CHECK(types->rows.at(0)->gpus.at(0).memory_gb == 80);
  CHECK(types->rows.at(0)->type == "oci.h100x8.sxm");
}

TEST_CASE("a Launchpad architecture is the processor's, in whichever case", "[providers]") {
  const auto [word, name] = GENERATE(table<std::string, std::string>(
      {{"amd64", "x86_64"}, {"ARM64", "arm64"}, {"AMD64", "x86_64"}, {"?", "unknown"}}));
  LaunchpadSite site;
  site.sell(launchpad_row("H100", "H100", 80, R"({"a":1})", R"(,"system_arch":")" + word + "\""));
  const auto types = site.types();
  REQUIRE(types);
  REQUIRE(types->rows.size() == 1);
  CHECK(types->rows[0]->architectures == std::vector<std::string>{name});
}

TEST_CASE("a Launchpad price is the vendor's, exactly, or what such a GPU usually costs, or not known", "[providers]") {
  const auto [text, stated] = GENERATE(table<std::string, std::optional<std::string>>({
      {R"({"currency":"USD","on_demand_per_hour":2.5})", "2.50 USD"},
      {R"({"currency":"USD","on_demand_per_hour":0.1234567891})", "0.123456789 USD"},
      {R"({"currency":"EUR","on_demand_per_hour":20})", "20.00 EUR"},
      {R"({"currency":"USD","on_demand_per_hour":0})", std::nullopt},
      {R"({"currency":"USD","on_demand_per_hour":-1})", std::nullopt},
      {R"({"currency":"???","on_demand_per_hour":1})", std::nullopt},
      {R"({"on_demand_per_hour":1})", std::nullopt},
      {"null", std::nullopt},
  }));
  const std::string gpu = GENERATE("H100", "B200");
  CAPTURE(text, gpu);
  const auto usual = gpu == "H100" ? std::optional<std::string>("18.96 USD") : std::nullopt;
  std::string row = launchpad_row(gpu, gpu, gpu == "H100" ? 80 : 192, R"({"a":1})", R"(,"price":)" + text);
  row.replace(row.find(R"("count":1)"), 9, R"("count":8)");
  LaunchpadSite site;
  site.sell(row);
  const auto types = site.types();
  REQUIRE(types);
  REQUIRE(types->rows.size() == 1);
  const Price* price = find_price(*types->rows[0], UsageClass::on_demand);
  REQUIRE(price != nullptr);
  const auto expected = stated ? stated : usual;
  CHECK(price->amount.has_value() == expected.has_value());
  if (expected) CHECK(to_text(price->amount.value()) == *expected);
  CHECK(price->source == (expected && !stated ? PriceSource::estimate : PriceSource::api));
}

TEST_CASE("a Launchpad GPU is its maker's, and of one that nobody knows the vendor says whose it is", "[providers]") {
  const auto [family, maker, expected] = GENERATE(table<std::string, std::string, std::string>({
      {"H100", "\"Intel\"", "NVIDIA"},
      {"Wonder 9", "\"nvidia\"", "NVIDIA"},
      {"Wonder 9", "\"INTEL\"", "Intel"},
      {"Wonder 9", "\"Acme\"", "Acme"},
      {"Wonder 9", "null", "unknown"},
      {"RTX 99", "null", "NVIDIA"},
  }));
  CAPTURE(family, maker);
  std::string row = launchpad_row(family, family, 80, R"({"a":1})");
  row.replace(row.find("\"NVIDIA\""), 8, maker);
  LaunchpadSite site;
  site.sell(row);
  const auto types = site.types();
  REQUIRE(types);
  REQUIRE(types->rows.size() == 1);
  CHECK(types->rows[0]->gpus.at(0).manufacturer == expected);
}

TEST_CASE("a Launchpad row that cannot be read costs itself, where it is known to be", "[providers]") {
  const auto [row, ids] = GENERATE(table<std::string, std::vector<std::string>>({
      {launchpad_row("H100", "H100", 80, R"({"a":1,"b":"x"})"), {"b-noSub-oci.h100x1.sxm"}},
      {launchpad_row("H100", "H100", 80, "null"), {""}},
      {launchpad_row("H100", "H100", 80, "[]"), {""}},
      {launchpad_row("H100", "H100", 80, "{}"), {"oci.h100x1.sxm"}},
      {launchpad_row("", "H100", 80, R"({"a":1})"), {""}},
      {R"({"cloud":"oci","capacity":{"a":1}})", {""}},
      {"7", {""}},
  }));
  INFO(row);
  LaunchpadSite site;
  site.sell(launchpad_row("L40S", "L40S", 48, R"({"z":1})") + "," + row);
  const auto types = site.types();
  REQUIRE(types);
  std::vector<std::string> rejected;
  for (const Rejected& each : types->rejected) rejected.push_back(each.id);
  CHECK(rejected == ids);
  CHECK(type_of(*types, "z-noSub-oci.l40sx1.sxm"));
}

TEST_CASE("Launchpad's states are ours, and an unknown one keeps its word", "[providers]") {
  using Status = LifecycleStatus;
  const auto [state, status] = GENERATE(table<std::string, std::optional<Status>>({
      {"waiting", Status::pending},
      {"ready", Status::running},
      {"failed", Status::pending},
      {"retrying", Status::pending},
      {"paused", Status::pending},
      {"starting", Status::pending},
      {"stopping", Status::stopping},
      {"stopped", Status::stopped},
      {"destroying", Status::terminating},
      {"destroyed", Status::terminated},
      {"error", Status::failed},
      {"melting", std::nullopt},
  }));
  const Instance machine = one("\"" + state + "\"");
  CHECK(machine.status == status);
  CHECK(machine.provider_status == state);
  if (state == "paused") CHECK(machine.status_message == "paused");
}

TEST_CASE("a Launchpad deployment is read whatever of it is there", "[providers]") {
  const Instance bare =
      one("\"ready\"", R"(,"cluster":"453c1e85","region":null,"tags":null,"ssh_user":"","ssh_port":0)");
  CHECK(bare.ssh_user == "nvidia");
  CHECK(bare.ssh_port == 22);
  CHECK(bare.attributes->internal_port_mappings == std::vector<PortMapping>{{22, 2022}});
  CHECK(bare.type.empty());
  CHECK(bare.location.empty());
  const Instance odd =
      one("\"ready\"", R"(,"tags":{"RefID":"r","n":7},"cluster":{"nodes":["x"],"public_address":"h.example.net"})");
  CHECK(odd.ref_id == RefId("r"));
  CHECK(odd.tags.empty());
  CHECK(odd.public_dns == "h.example.net");
  CHECK(odd.public_ip.empty());
  const Instance made =
      one("\"waiting\"", R"(,"region":"pdx","tags":{"InstanceType":"dmz.h100x1.pcie","Name":"box","team":"ml"})");
  CHECK(made.type == "dmz.h100x1.pcie");
  CHECK(made.instance_type_id == InstanceTypeId("pdx-noSub-dmz.h100x1.pcie"));
  CHECK(made.name == "box");
  CHECK(made.tags == std::map<std::string, std::string>{{"team", "ml"}});
}

TEST_CASE("stopping and starting Launchpad machines is what the configuration says", "[providers]") {
  LaunchpadSite without;
  CHECK(without->stops_starts() == nullptr);
  const Capabilities few = without->capabilities();
  CHECK(std::find(few.begin(), few.end(), "stop-start-instance") == few.end());
  LaunchpadSite with({{"stop_start", true}});
  CHECK(with->stops_starts() != nullptr);
  CHECK(with->capabilities() == find_provider("launchpad")->description.capabilities);
}

}  // namespace tally::launchpad_listing_test
