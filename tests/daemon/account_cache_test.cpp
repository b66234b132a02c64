#include "daemon/account_cache.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/manual_clock.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::account_cache_test {
using namespace tally::store_tests;

TEST_CASE("what an account remembers is written as soon as the catalog takes it, the newest value of each key",
          "[daemon]") {
  World world;
  boost::asio::io_context context;
  ManualClock clock(context);
  CatalogWriter writer(world.catalog, context.get_executor(), context.get_executor(), clock);
  Tasks tasks(context.get_executor(), nullptr);
  AccountCache cache(cred, {}, writer, clock, tasks);
  int refusals = 3;
  world.catalog.on_commit([](void* left) { return --*static_cast<int*>(left) >= 0 ? 1 : 0; }, &refusals);
  cache.put("prices", "old");
  cache.put("images", "all");
  clock.advance(1500ms);
  CHECK(world.catalog.load_cache(cred).empty());
  cache.put("prices", "new");
  clock.advance(10s);
  CHECK(world.catalog.load_cache(cred) == AccountCache::Values{{"images", "all"}, {"prices", "new"}});
}

TEST_CASE("what is known already is not written again", "[daemon]") {
  World world;
  boost::asio::io_context context;
  ManualClock clock(context);
  CatalogWriter writer(world.catalog, context.get_executor(), context.get_executor(), clock);
  Tasks tasks(context.get_executor(), nullptr);
  AccountCache cache(cred, {{"prices", "old"}}, writer, clock, tasks);
  int commits = 0;
  world.catalog.on_commit([](void* count) { return ++*static_cast<int*>(count), 0; }, &commits);
  cache.put("prices", "old");
  clock.advance(10s);
  CHECK(commits == 0);
  cache.put("prices", "new");
  clock.advance(10s);
  CHECK(commits == 1);
}

TEST_CASE("what an account could not write goes on with the one that takes its place", "[daemon]") {
  World world;
  boost::asio::io_context context;
  ManualClock clock(context);
  CatalogWriter writer(world.catalog, context.get_executor(), context.get_executor(), clock);
  Tasks before(context.get_executor(), nullptr);
  AccountCache cache(cred, {}, writer, clock, before);
  world.catalog.on_commit([](void*) { return 1; }, nullptr);
  cache.put("prices", "new");
  clock.advance(2s);
  before.cancel();
  clock.run_ready();
  world.catalog.on_commit(nullptr, nullptr);
  Tasks after(context.get_executor(), nullptr);
  AccountCache heir(cred, {}, writer, clock, after);
  heir.adopt(cache);
  clock.advance(2s);
  CHECK(heir.get("prices") == "new");
  CHECK(world.catalog.load_cache(cred) == AccountCache::Values{{"prices", "new"}});
}

}  // namespace tally::account_cache_test
