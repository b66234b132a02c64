// Images and quotas in the catalog.
#include <catch2/catch.hpp>

#include "tests/store/catalog_world.hpp"

namespace tally::list_tables_test {
using namespace tally::store_tests;

namespace {

const ListingKey images_of_east{SyncerKind::images, "east"};
const ListingKey quotas{SyncerKind::quotas, ""};

Image image(const std::string& id, const std::string& name = "ubuntu") {
  Image image;
  image.id = id;
  image.name = name;
  image.architecture = "x86_64";
  image.created_at = Timestamp(5h);
  return image;
}

template <class... Rows>
AccountList<Image> seen(Rows... rows) {
  AccountList<Image> list;
  (list.rows.push_back(row(image(rows))), ...);
  return list;
}

ListingState failure(const ListingKey& key, Timestamp at) {
  ListingState state;
  state.key = key;
  state.interval = 1h;
  Error error;
  error.kind = Errc::auth;
  return failed(state, at, 1s, error);
}

}  // namespace

TEST_CASE("a list's rows follow the last complete answer, and a failure leaves them stale", "[store]") {
  World world;
  const Timestamp first = now() - 10min;
  world.catalog.apply(cred, seen("a", "b"), state(images_of_east, first));
  CHECK(world.integer("SELECT count(*) FROM images WHERE location = 'east'") == 2);
  CHECK(world.integer("SELECT max(is_stale) FROM images") == 1);  // three intervals of a minute are over
  world.catalog.apply(cred, seen("b", "c"), state(images_of_east, now()));
  CHECK(world.integer("SELECT count(*) FROM images WHERE image_id IN ('b', 'c') AND is_stale = 0") == 2);
  CHECK(world.integer("SELECT count(*) FROM images") == 2);
  const std::int64_t success = world.integer("SELECT last_success_at_ms FROM list_states");
  world.catalog.note_list_failure(cred, failure(images_of_east, now()));
  world.catalog.note_list_failure(cred, failure(images_of_east, now() + 1min));
  CHECK(world.integer("SELECT count(*) FROM images WHERE is_stale = 1 AND seen_at_ms = " + std::to_string(success)) ==
        2);
  CHECK(world.integer("SELECT failing_since_ms < last_attempt_at_ms FROM list_states") == 1);
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("unknown"));
  CHECK(world.integer("SELECT count(*) FROM sync_states") == 0);
}

TEST_CASE("a list that is as it was writes none of its rows", "[store]") {
  World world;
  world.catalog.apply(cred, seen("a", "b"), state(images_of_east, now()));
  std::vector<std::string> tables;
  world.catalog.on_row_written([](void* to, int, const char*, const char* table,
                                  long long) { static_cast<std::vector<std::string>*>(to)->emplace_back(table); },
                               &tables);
  world.catalog.apply(cred, seen("a", "b"), state(images_of_east, now()));
  CHECK(tables == std::vector<std::string>{"list"});
}

TEST_CASE("a row that cannot be read stays as it was, stale, and is told of once", "[store]") {
  World world;
  world.catalog.apply(cred, seen("a", "b"), state(images_of_east, now()));
  AccountList<Image> odd = seen("a");
  odd.unread = {"b"};
  odd.problems = {{{"row_rejected", "image", "b", ""}, "in east: no name"}};
  CHECK(world.catalog.apply(cred, odd, state(images_of_east, now())).size() == 1);
  CHECK(world.catalog.apply(cred, odd, state(images_of_east, now())).empty());
  CHECK(world.integer("SELECT is_stale FROM images WHERE image_id = 'b'") == 1);
  CHECK(world.integer("SELECT is_stale FROM images WHERE image_id = 'a'") == 0);
  CHECK(world.integer("SELECT count(*) FROM id_problems WHERE subject_id = 'b' AND ended_at_ms IS NULL") == 1);
  CHECK(world.catalog.load(cred).credential_problems.empty());
  CHECK(world.catalog.apply(cred, seen("a", "b"), state(images_of_east, now())).front().event.kind == "problem_ended");
  CHECK(world.integer("SELECT max(is_stale) FROM images") == 0);
  AccountList<Image> nameless = seen("a");
  nameless.may_lack_rows = true;
  world.catalog.apply(cred, nameless, state(images_of_east, now()));
  CHECK(world.integer("SELECT count(*) FROM images") == 2);
}

TEST_CASE("a list of a removed credential is stale, and goes with its history", "[store]") {
  World world;
  AccountList<Quota> list;
  list.rows = {row(Quota{"gpus", "GPUs", 8, std::nullopt, "gpu"})};
  world.catalog.apply(cred, list, state(quotas, now()));
  CHECK(world.integer("SELECT is_stale = 0 AND current IS NULL AND location IS NULL FROM quotas") == 1);
  world.catalog.set_credentials({}, now());
  CHECK(world.integer("SELECT is_stale FROM quotas") == 1);
  const auto prune = [&world](Timestamp at) {
    RetentionCursor cursor;
    while (cursor.stage != RetentionCursor::Stage::done) world.catalog.prune(RetentionLimits(), at, cursor);
  };
  prune(now() + std::chrono::days(399));
  CHECK(world.integer("SELECT count(*) FROM quotas") == 1);
  prune(now() + std::chrono::days(401));
  CHECK(world.integer("SELECT count(*) FROM quotas") == 0);
  CHECK(world.integer("SELECT count(*) FROM list_states") == 0);
}

}  // namespace tally::list_tables_test
