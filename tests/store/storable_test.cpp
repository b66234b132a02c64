// Text that no reader could read does not get into the catalog, and costs only itself.
#include "store/storable.hpp"

#include <catch2/catch.hpp>

#include "tests/store/catalog_world.hpp"

namespace tally::storable_test {
using namespace tally::store_tests;

namespace {
const std::string bad = std::string("a\0b", 3) + "\xff" + "é";
}

TEST_CASE("text that is not UTF-8 or holds a zero byte is stored printable", "[store]") {
  World world;
  Instance instance = make_instance("i-1");
  instance.name = bad;
  instance.tags = {{bad, bad}};
  world.catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
  ListingState failing = state(types_listing, now());
  failing.last_error = bad;
  world.catalog.record({{cred, failing}});
  for (const char* column : {"name FROM instances", "key FROM instance_tags", "value FROM instance_tags",
                             "last_error FROM sync_states WHERE syncer = 'instance_types'"}) {
    CHECK(world.one(std::string("SELECT ") + column) == SqlValue("a b?é"));
  }
}

TEST_CASE("a row whose ID would have to be altered costs only itself", "[store]") {
  World world;
  Instance good = make_instance("i-1");
  Instance odd = make_instance(bad);
  ChangeSet changes = addition(good, now());
  const ChangeSet other = addition(odd, now());
  changes.instances.push_back(other.instances.at(0));
  changes.statuses.push_back(other.statuses.at(0));
  changes.events.push_back({"instance_added", "instance", bad, {}, {}, {}, "{}"});
  world.catalog.apply(cred, changes, state(instances_listing, now()));
  CHECK(world.integer("SELECT count(*) FROM instances") == 1);
  CHECK(world.one("SELECT kind FROM events") == SqlValue("row_rejected"));
  CHECK(world.one("SELECT subject_id FROM events") == SqlValue());
  CHECK_FALSE(is_storable(bad));
}

}  // namespace tally::storable_test
