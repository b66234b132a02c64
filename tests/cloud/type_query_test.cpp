#include "cloud/type_query.hpp"

#include <catch2/catch.hpp>

namespace tally::type_query_test {
namespace {

InstanceType h100() {
  InstanceType type;
  type.type = "gpu_1x_h100";
  type.location = "us-east-1";
  type.cloud = "hyperstack";
  type.architectures = {"x86_64"};
  Gpu gpu;
  gpu.manufacturer = "NVIDIA";
  type.gpus = {gpu};
  return type;
}

}  // namespace

TEST_CASE("an empty query matches every type, one without GPU or architecture, too", "[cloud]") {
  CHECK(matches(TypeQuery{}, h100()));
  CHECK(matches(TypeQuery{}, InstanceType{}));
}

TEST_CASE("a query for locations takes those, or all of them when all or * is among them", "[cloud]") {
  TypeQuery query;
  query.locations = {"us-west-1"};
  CHECK_FALSE(matches(query, h100()));
  const std::string every = GENERATE("all", "*", "us-east-1");
  query.locations->push_back(every);
  CHECK(matches(query, h100()));
  query.locations = std::vector<std::string>();
  CHECK_FALSE(matches(query, h100()));
}

TEST_CASE("type names are compared exactly", "[cloud]") {
  TypeQuery query;
  query.types = {"gpu_1x_h10"};
  CHECK_FALSE(matches(query, h100()));
  query.types.emplace_back("gpu_1x_h100");
  CHECK(matches(query, h100()));
}

TEST_CASE("every GPU, the cloud and every architecture must be let through, exclusions first", "[cloud]") {
  InstanceType type = h100();
  TypeQuery query;
  SECTION("manufacturers") {
    query.gpu_manufacturers.include = {"NVIDIA"};
    CHECK(matches(query, type));
    type.gpus.push_back(Gpu{});
    CHECK_FALSE(matches(query, type));
    type.gpus.clear();
    CHECK(matches(query, type));
    query.gpu_manufacturers.exclude = {"NVIDIA"};
    CHECK_FALSE(matches(query, h100()));
  }
  SECTION("clouds") {
    query.clouds.exclude = {"verda"};
    CHECK(matches(query, type));
    query.clouds.include = {"hyperstack"};
    CHECK(matches(query, type));
    type.cloud.clear();
    CHECK_FALSE(matches(query, type));
  }
  SECTION("architectures") {
    query.architectures.include = {"x86_64"};
    CHECK(matches(query, type));
    type.architectures.emplace_back("arm64");
    CHECK_FALSE(matches(query, type));
    type.architectures.clear();
    CHECK(matches(query, type));
  }
}

TEST_CASE("locations that cannot be used are left out unless asked for", "[cloud]") {
  Location location;
  location.is_available = false;
  CHECK_FALSE(matches(location, false));
  CHECK(matches(location, true));
}

}  // namespace tally::type_query_test
