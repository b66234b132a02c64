// The commands `quotas` and `images`.
#include <catch2/catch.hpp>

#include "tests/cli/program.hpp"

namespace tally::cli_lists_test {
using namespace tally::cli_tests;

namespace {

Image image(const std::string& id, const std::string& location, bool is_default = false) {
  Image image;
  image.id = id;
  image.name = "ubuntu " + id;
  image.location = location;
  image.architecture = "x86_64";
  image.is_default = is_default;
  return image;
}

ListingState hourly(const ListingKey& key) {
  ListingState state = store_tests::state(key, now());
  state.interval = 1h;
  return state;
}

struct Lists : CliWorld {
  Lists() {
    AccountList<Quota> quotas;
    quotas.rows = {row(Quota{"gpus", "GPUs", 8, 8, "gpu"}), row(Quota{"disks", "", 10, {}, "disk"})};
    catalog.apply(cred, quotas, hourly({SyncerKind::quotas, ""}));
    AccountList<Image> images;
    images.rows = {row(image("a", "east", true)), row(image("b", "west")), row(image("c", ""))};
    catalog.apply(cred, images, hourly({SyncerKind::images, ""}));
  }
};

}  // namespace

TEST_CASE("quotas say what is had of what", "[cli]") {
  const Lists world;
  CHECK(world({"quotas"}).says("GPUs"));
  CHECK(world({"quotas"}).says("disks"));  // that has no name
  CHECK(world({"quotas"}).err.empty());
  CHECK(world({"quotas", "-o", "json"}).rows().size() == 2);
  const auto exhausted = world({"quotas", "--exhausted", "-o", "json"}).rows();
  REQUIRE(exhausted.size() == 1);
  CHECK(exhausted.at(0).at("quota_id").as_string() == "gpus");
  CHECK(exhausted.at(0).at("location").is_null());
  CHECK(world({"quotas", "--credential", "other", "-o", "json"}).rows().empty());
}

TEST_CASE("images of a region are its own and those of every region", "[cli]") {
  const Lists world;
  CHECK(world({"images", "-o", "json"}).rows().size() == 3);
  CHECK(world({"images", "--location", "east", "-o", "json"}).rows().size() == 2);
  CHECK(world({"images", "--default", "-o", "json"}).rows().size() == 1);
  CHECK(world({"images", "--name", "* b", "-o", "json"}).rows().size() == 1);
  CHECK(world({"images", "--architecture", "arm64"}).err.find("nothing matches") != std::string::npos);
  CHECK(world({"images", "-o", "csv"}).says("image_id"));
}

TEST_CASE("a list that fails is told of, and its rows are shown", "[cli]") {
  Lists world;
  Error error;
  error.kind = Errc::auth;
  ListingState broken;
  broken.key = {SyncerKind::quotas, ""};
  world.catalog.note_list_failure(cred, failed(broken, now() - 3h, 1s, error));
  const Ran ran = world({"quotas"});
  CHECK(ran.says("stale"));
  CHECK(ran.err.find("not all is known: cred: failing for 3 h") != std::string::npos);
}

}  // namespace tally::cli_lists_test
