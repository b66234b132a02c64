// What Nebius says of disks and images becomes no more than it says.
#include <catch2/catch.hpp>
#include <chrono>

#include "providers/nebius/instance_mapping.hpp"
#include "tests/providers/nebius/messages.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::nebius_disk_and_image_test {
using namespace tally::fakes;
using namespace tally::nebius;
namespace compute = ::nebius::compute::v1;

namespace {

std::string type_of(const compute::Disk& message) {
  json::Findings findings;
  const BootDisk disk = read_disk(message, findings);
  CHECK(findings.fault.empty());
  return with_disk(Instance(), &disk).attributes->volume_type;
}

std::string type_of(const std::string& spec) {
  return type_of(message_of<compute::Disk>("metadata { id: \"d\" } spec { " + spec + " }"));
}

}  // namespace

TEST_CASE("a machine's volume is of the type that its disk has, and of none where that is not known", "[nebius]") {
  CHECK(type_of("type: NETWORK_SSD") == "network-ssd");
  CHECK(type_of("type: NETWORK_HDD") == "network-hdd");
  CHECK(type_of("type: NETWORK_SSD_NON_REPLICATED") == "network-ssd-non-replicated");
  CHECK(type_of("type: NETWORK_SSD_IO_M3") == "network-ssd-io-m3");
  CHECK(type_of("").empty());
  compute::Disk of_new_type = message_of<compute::Disk>("metadata { id: \"d\" }");
  of_new_type.mutable_spec()->set_type(static_cast<compute::DiskSpec::DiskType>(77));
  CHECK(type_of(of_new_type).empty());
  CHECK(with_disk(Instance(), nullptr).attributes->volume_type.empty());
}

TEST_CASE("an image is to be had until the end of its family, which is announced ahead", "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  const auto in_an_hour = std::chrono::floor<std::chrono::seconds>(account.clock.wall_now()) + std::chrono::hours(1);
  const std::string seconds = std::to_string(in_an_hour.time_since_epoch().count());
  const auto image = message_of<compute::Image>(
      "metadata { id: \"computeimage-e00old\" } spec { image_family: \"ubuntu24.04-cuda13.0\" } status { state: READY "
      "image_family_deprecation { deprecated_at { seconds: " +
      seconds + " } } }");
  account.http.reply("/nebius.compute.v1.ImageService/ListPublic", 200, page_of<compute::Image>({image}));
  const auto listed = [&] {
    const auto images = account.run(account->lists_images()->list_images(account.scope, {}));
    REQUIRE(images);
    return images->rows.size();
  };
  CHECK(listed() == 1);
  account.clock.advance(std::chrono::minutes(59));
  CHECK(listed() == 1);
  account.clock.advance(std::chrono::minutes(1));
  CHECK(listed() == 0);
}

}  // namespace tally::nebius_disk_and_image_test
