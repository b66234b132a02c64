// Which instances and images a caller asks for.
#include "cloud/instance_query.hpp"

#include <catch2/catch.hpp>

#include "cloud/image.hpp"

namespace tally::instance_query_test {

TEST_CASE("an instance is asked for by location, ID and tags, all of which must fit", "[cloud]") {
  Instance machine;
  machine.cloud_id = CloudId("i-1");
  machine.location = "us-1";
  machine.tags = {{"team", "ml"}, {"stage", "test"}};
  InstanceQuery query;
  CHECK(matches(query, machine));

  query.locations = std::vector<std::string>{"eu-1"};
  CHECK_FALSE(matches(query, machine));
  query.locations = std::vector<std::string>{"eu-1", "all"};
  CHECK(matches(query, machine));
  query.locations = std::vector<std::string>();
  CHECK_FALSE(matches(query, machine));
  query.locations.reset();

  query.ids = {CloudId("i-2"), CloudId("i-1")};
  CHECK(matches(query, machine));
  query.ids = {CloudId("i-2")};
  CHECK_FALSE(matches(query, machine));
  query.ids.clear();

  query.tags = {{"team", {"web", "ml"}}, {"stage", {}}};
  CHECK(matches(query, machine));
  query.tags["owner"] = {};
  CHECK_FALSE(matches(query, machine));
  query.tags = {{"team", {"web"}}};
  CHECK_FALSE(matches(query, machine));
}

TEST_CASE("an image is asked for by ID, architecture and names with wildcards", "[cloud]") {
  Image image;
  image.id = "img-1";
  image.name = "ubuntu-22.04-cuda";
  image.architecture = "x86_64";
  const auto is_named = [&image](const std::string& pattern) {
    ImageQuery query;
    query.names = {"nothing", pattern};
    return matches(query, image);
  };
  CHECK(matches(ImageQuery(), image));
  for (const char* pattern :
       {"ubuntu-22.04-cuda", "*", "ubuntu*", "*cuda", "*22.04*", "u?untu*", "*-*-*", "**cuda**"}) {
    CAPTURE(pattern);
    CHECK(is_named(pattern));
  }
  for (const char* pattern : {"", "ubuntu", "Ubuntu*", "*22.04", "?ubuntu*", "ubuntu-22.04-cuda?", "[u]buntu*"}) {
    CAPTURE(pattern);
    CHECK_FALSE(is_named(pattern));
  }
  image.name = std::string(100'000, 'a');
  CHECK_FALSE(is_named("*a*a*a*b"));

  ImageQuery query;
  query.ids = {"img-1"};
  query.architectures = {"arm64"};
  CHECK_FALSE(matches(query, image));
}

}  // namespace tally::instance_query_test
