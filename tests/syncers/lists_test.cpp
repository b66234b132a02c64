// Images and quotas of an account on virtual time.
#include <catch2/catch.hpp>

#include "syncers/diff/judge_list.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/sync_world.hpp"

namespace tally::lists_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

/// Two regions, each with images of its own; quotas of the whole account.
class ListingAccount final : public Account, public ListsImages, public Quotas {
 public:
  std::map<std::string, Answer<Image>> all;
  Answer<Quota> limits;
  std::string broken;  // the region whose images are refused
  std::map<std::string, int> asked;

  [[nodiscard]] TenantId tenant_id() const override { return {}; }
  [[nodiscard]] Capabilities capabilities() const override { return {}; }
  Task<Answer<Location>> locations() override { co_return listing(make_location("east"), make_location("west")); }
  Task<Offering> instance_types(Scope /*scope*/) override { co_return Offering(); }
  Task<Answer<Instance>> instances(Scope /*scope*/) override { co_return Answer<Instance>(); }
  Task<Instance> instance(InstanceRef /*instance*/) override { co_return tl::unexpected(Error()); }
  Task<Answer<Image>> list_images(Scope scope, ImageQuery /*query*/) override {
    ++asked[scope.location];
    if (scope.location == broken) co_return tl::unexpected(Error());
    co_return all[scope.location];
  }
  Task<Answer<Quota>> list_quotas(Scope scope) override {
    ++asked["quotas" + scope.location];
    co_return limits;
  }
  [[nodiscard]] bool are_quotas_of_locations() const override { return false; }
};

Image image(const std::string& id, const std::string& name = "ubuntu") {
  Image image;
  image.id = id;
  image.name = name;
  return image;
}

ProviderDescription locational() {
  ProviderDescription provider;
  provider.name = provider.provider_id = "fake";
  provider.api_type = ApiType::locational;
  provider.instance_type_interval = 60s;
  provider.instance_interval = 60s;
  return provider;
}

}  // namespace

TEST_CASE("images and quotas are asked for where they are, and a region that fails costs only itself", "[syncers]") {
  ListingAccount account;
  account.all["east"] = listing(image("a"), image("b"));
  account.all["west"] = listing(image("c"));
  account.limits = listing(Quota{"gpus", "GPUs", 8, 2, "gpu"});
  SyncWorld world(locational(), Timestamp(24h * 365 * 50));
  world.start(account);
  world.clock.advance(30s);
  CHECK(world.count("SELECT count(*) FROM images") == 3);
  CHECK(world.count("SELECT count(*) FROM quotas WHERE location IS NULL AND maximum = 8") == 1);
  CHECK(account.asked == std::map<std::string, int>{{"east", 1}, {"west", 1}, {"quotas", 1}});

  account.broken = "west";
  account.all["east"] = listing(image("b"), image("d"));
  account.limits = listing(Quota{"gpus", "GPUs", 16, 2, "gpu"});
  world.clock.advance(61min);
  CHECK(world.count("SELECT count(*) FROM images WHERE location = 'east' AND image_id IN ('b', 'd')") == 2);
  CHECK(world.count("SELECT count(*) FROM images") == 3);
  CHECK(world.count("SELECT count(*) FROM list_states WHERE failing_since_ms IS NOT NULL AND location = 'west'") == 1);
  CHECK(world.count("SELECT count(*) FROM list_states WHERE failing_since_ms IS NOT NULL") == 1);
  CHECK(world.count("SELECT listings_failing FROM credentials") == 0);
  CHECK(world.count("SELECT maximum FROM quotas") == 16);
  CHECK(account.asked["east"] == 2);
  CHECK(account.asked["quotas"] == 7);
  CHECK(world.count("SELECT count(*) FROM events WHERE subject_kind IN ('image', 'quota')") == 0);

  const std::int64_t since = world.count("SELECT max(failing_since_ms) FROM list_states");
  world.start(account);  // as a new process
  world.clock.advance(30s);
  CHECK(world.count("SELECT max(failing_since_ms) FROM list_states") == since);
  CHECK(world.count("SELECT count(*) FROM images") == 3);
  account.broken = "";
  world.clock.advance(10min);
  CHECK(world.count("SELECT count(*) FROM list_states WHERE failing_since_ms IS NOT NULL") == 0);
}

TEST_CASE("rows of one ID that differ are none of them believed, nor is too long a list", "[syncers]") {
  const ListingKey key{SyncerKind::images, "east"};
  Answer<Image> answer = listing(image("a"), image("a"), image("b"), image("b", "debian"));
  answer.rejected.push_back({"", "no ID", "{}"});
  const auto list = judge_list(answer, key, Redactor());
  REQUIRE(list);
  REQUIRE(list->rows.size() == 1);
  CHECK(list->rows.front()->id == "a");
  CHECK(list->unread == std::set<std::string>{"b"});
  CHECK(list->may_lack_rows);
  CHECK(list->problems.size() == 2);
  CHECK(list->problems.contains({"duplicate_id", "image", "b", ""}));
  Answer<Image> endless;
  endless.rows.assign(limits::rows_per_list + 1, row(image("a")));
  CHECK_FALSE(judge_list(endless, key, Redactor()));
}

}  // namespace tally::lists_test
