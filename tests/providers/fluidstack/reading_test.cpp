// What FluidStack's words and numbers mean.
#include <catch2/catch.hpp>

#include "providers/fluidstack/address.hpp"
#include "providers/fluidstack/capacity.hpp"
#include "providers/fluidstack/gpu_model.hpp"
#include "providers/fluidstack/projects.hpp"
#include "providers/fluidstack/quantity.hpp"
#include "providers/fluidstack/regions.hpp"

namespace tally::fluidstack_reading_test {
using namespace tally::fluidstack;

TEST_CASE("a size is read in every unit, in any case, exactly", "[providers]") {
  const auto [text, bytes] = GENERATE(table<std::string, std::int64_t>({
      {"960Gi", 960LL << 30U},
      {"960gi", 960LL << 30U},
      {"960 GiB", 960LL << 30U},
      {"512Ki", 512LL << 10U},
      {"512Mi", 512LL << 20U},
      {"2Ti", 2LL << 40U},
      {"1Pi", 1LL << 50U},
      {"1Ei", 1LL << 60U},
      {"1K", 1'000},
      {"1kb", 1'000},
      {"3M", 3'000'000},
      {"3MB", 3'000'000},
      {"80G", 80'000'000'000},
      {"80 GB", 80'000'000'000},
      {"1.5T", 1'500'000'000'000},
      {"2TB", 2'000'000'000'000},
      {"1.5Gi", 3LL << 29U},
      {"0.1Gi", 107'374'182},
      {"1024", 1'024},
      {"0", 0},
  }));
  INFO(text);
  const auto size = parse_quantity(text);
  REQUIRE(size);
  CHECK(size->count() == bytes);
}

TEST_CASE("what is no size is none", "[providers]") {
  const std::string text = GENERATE("", "Gi", "-1Gi", "1.Gi", ".5Gi", "1..5Gi", "1e3Gi", "1Gx", "1iB", "1 G i", "many",
                                    "99999999999999999999Gi", "9Ei", "1Gi ");
  INFO(text);
  CHECK_FALSE(parse_quantity(text));
}

TEST_CASE("a GPU is known by FluidStack's words for it", "[providers]") {
  struct Case {
    std::string model;
    std::string name;
    std::optional<int> memory_gb;
    std::string network;
    std::string manufacturer;
    bool is_with_arm;
  };
  const std::vector<Case> cases = {
      {"GH100_H100_SXM5_80GB", "H100", 80, "SXM5", "NVIDIA", false},
      {"GH100_H100_PCIE_80GB", "H100", 80, "PCIe", "NVIDIA", false},
      {"GH100_H200_SXM5_141GB", "H200", 141, "SXM5", "NVIDIA", false},
      {"AD102_L40S_PCIE_48GB", "L40S", 48, "PCIe", "NVIDIA", false},
      {"GA102_RTX_A6000_PCIE_48GB", "RTX A6000", 48, "PCIe", "NVIDIA", false},
      {"AD102_RTX_6000_ADA_48GB", "RTX 6000 ADA", 48, "", "NVIDIA", false},
      {"GB100_B200_SXM6_180GB", "B200", 180, "SXM6", "NVIDIA", false},
      {"GB200_GB200_NVL_186GB", "GB200", 186, "NVL", "NVIDIA", true},
      {"GH200_96GB", "GH200", 96, "", "NVIDIA", true},
      {"MI300X_OAM_192GB", "MI300X", 192, "OAM", "AMD", false},
      {"MI999Z_OAM_512GB", "MI999Z", 512, "OAM", "AMD", false},
      {"H900_SXM9_999GB", "H900", 999, "SXM9", "NVIDIA", false},
      {"WONDER_9", "WONDER 9", std::nullopt, "", "unknown", false},
  };
  for (const Case& each : cases) {
    INFO(each.model);
    const Gpu gpu = gpu_of_model(each.model);
    CHECK(gpu.name == each.name);
    CHECK(gpu.memory_gb == each.memory_gb);
    CHECK(gpu.memory.has_value() == each.memory_gb.has_value());
    CHECK(gpu.network_details == each.network);
    CHECK(gpu.manufacturer == each.manufacturer);
    CHECK(gpu.type == each.model);
    CHECK(is_with_arm(gpu) == each.is_with_arm);
  }
  CHECK(gpu_of_type_name("h100-hgx-80gb.8x").name == "H100");
  CHECK(gpu_of_type_name("h100-pcie-80gb.8x").network_details == "PCIe");
  CHECK(gpu_of_type_name("h100-hgx-80gb.8x").memory_gb == 80);
  CHECK(gpu_of_type_name("").name == "GPU");
}

TEST_CASE("capacity that is not said is not known, and never there", "[providers]") {
  const auto read = [](const std::string& body) { return Capacity::read(body, WorkLimit()); };
  const auto good = read(R"([{"name":"a","capacity":2},{"name":"b","capacity":0},{"name":"c","capacity":null},
                            {"name":"d"},{"name":"e","capacity":"x"},{"name":"f","capacity":-1},{"name":"g","capacity":3.0}])");
  REQUIRE(good);
  CHECK(good->has("a") == true);
  CHECK(good->has("b") == false);
  CHECK(good->has("c") == std::nullopt);
  CHECK(good->has("d") == std::nullopt);
  CHECK(good->has("e") == std::nullopt);
  CHECK(good->has("f") == false);
  CHECK(good->has("g") == true);
  CHECK(good->has("of nobody") == false);
  const auto nameless = read(R"([{"name":"a","capacity":2},{"capacity":1}, 7])");
  REQUIRE(nameless);
  CHECK(nameless->has("a") == true);
  CHECK(nameless->has("b") == std::nullopt);
  for (const char* body : {"", "{}", "null", "[", R"({"data":[]})"}) CHECK_FALSE(read(body));
}

TEST_CASE("the one active project is used, and a choice is its user's", "[providers]") {
  const auto choose = [](const std::string& body) { return choose_project(body, "", WorkLimit()); };
  CHECK(choose(R"([{"id":"p-1","name":"a","state":"active"},{"id":"p-2","state":"deleting"},{"id":"p-3","state":"?"}])")
            .value() == "p-1");
  const auto many = choose(R"([{"id":"p-1","name":"a","state":"active"},{"id":"p-2","name":"b","state":"active"}])");
  REQUIRE_FALSE(many);
  CHECK(many.error().kind == Errc::invalid_request);
  CHECK_THAT(many.error().message, Catch::Contains("`project_id`") && Catch::Contains("p-1 (a), p-2 (b)"));
  const auto none = choose("[]");
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == Errc::invalid_request);
  const std::string odd =
      GENERATE("{}", "null", "[7]", R"([{"state":"active"}])", "[{\"id\":\"a\\r\\nX: y\",\"state\":\"active\"}]");
  const auto refused = choose(odd);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::service_unavailable);
}

TEST_CASE("the key is sent to the vendor's own regions only", "[providers]") {
  const std::string management = "https://api.atlas.fluidstack.io/api/v1alpha1";
  CHECK(is_beside("https://us-east-1.atlas.fluidstack.io/api/v1alpha1", management));
  CHECK(is_beside("https://a.b.atlas.fluidstack.io", management));
  CHECK(is_beside("https://api.atlas.fluidstack.io:8443/eu", management));
  for (const char* elsewhere :
       {"http://us-east-1.atlas.fluidstack.io", "https://us-east-1.atlas.fluidstack.io.evil.example",
        "https://evil.example", "https://xatlas.fluidstack.io", "http://127.0.0.1:1",
        "https://user@us-east-1.atlas.fluidstack.io", "https://us-east-1.atlas.fluidstack.io/?x=", "nothing", ""}) {
    INFO(elsewhere);
    CHECK_FALSE(is_beside(elsewhere, management));
  }
  CHECK(is_beside("http://127.0.0.1:4011", "http://127.0.0.1:4010"));
  CHECK(is_beside("http://localhost:4011", "http://127.0.0.1:4010"));
  CHECK_FALSE(is_beside("https://evil.example", "http://127.0.0.1:4010"));
  CHECK_FALSE(is_beside("https://b.example", "https://a.example"));
}

TEST_CASE("an address of a private network is not reached from anywhere", "[providers]") {
  for (const char* address :
       {"10.0.0.2", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.1.1", "203.0.113.7",
        "198.51.100.1", "127.0.0.1", "fd00::1", "fe80::1", "2001:db8::1", "", "x"}) {
    INFO(address);
    CHECK_FALSE(is_reached_from_anywhere(address, LoopbackIs::nobodys));
  }
  for (const char* address : {"185.216.20.7", "172.32.0.1", "100.128.0.1", "8.8.8.8", "2a00:1450::1"}) {
    INFO(address);
    CHECK(is_reached_from_anywhere(address, LoopbackIs::nobodys));
  }
  CHECK(is_reached_from_anywhere("127.0.0.1", LoopbackIs::an_instances));
}

}  // namespace tally::fluidstack_reading_test
