// Messages that Nebius does not mean: whatever the bytes, there are rows or an error.
#include <catch2/catch.hpp>

#include "tests/providers/hostile_replies.hpp"
#include "tests/providers/nebius/feed.hpp"
#include "tests/providers/nebius/messages.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::nebius_hostile_test {
using namespace tally::fakes;

TEST_CASE("whatever happens to a message, the outcome is rows or an error", "[nebius]") {
  Mutator mutator(4711);
  int taken = 0;
  for (const char* name : {"platforms", "quotas", "advice", "projects", "instances", "images", "disks", "price",
                           "token", "instance", "op_network"}) {
    const std::string good = encoded_message(read_file(std::string("nebius/recorded/") + name + ".pbtxt"));
    CHECK_NOTHROW(feed_nebius(good));
    for (int i = 0; i < 200; ++i) {
      const std::string damaged = mutator.damage(good);
      CAPTURE(name, i);
      REQUIRE_NOTHROW(taken += feed_nebius(damaged));
    }
  }
  CHECK(taken > 0);
}

TEST_CASE("a row that is no message costs only itself, and its answer is not taken for a whole one", "[nebius]") {
  ::nebius::listing::Page page;
  page.add_items(message_of<::nebius::compute::v1::Instance>("metadata { id: \"good\" }").SerializeAsString());
  page.add_items("\xff\xff\xff");
  RecordedAccount account(*find_provider("nebius"));
  account.http.reply("/nebius.compute.v1.InstanceService/List", 200, page.SerializeAsString());
  const auto list = account.run(account->instances(account.scope));
  REQUIRE(list);
  REQUIRE(list->rows.size() == 1);
  CHECK(list->rows.front()->cloud_id.str() == "good");
  REQUIRE(list->rejected.size() == 1);
  CHECK(list->rejected.front().id.empty());
}

TEST_CASE("pages that never end, or lead back, are an error", "[nebius]") {
  RecordedAccount account(*find_provider("nebius"));
  const auto row = message_of<::nebius::compute::v1::Instance>("metadata { id: \"i\" }");
  account.http.reply("/nebius.compute.v1.InstanceService/List", 200,
                     page_of<::nebius::compute::v1::Instance>({row}, "same-token"));
  const auto list = account.run(account->instances(account.scope));
  REQUIRE_FALSE(list);
  CHECK(list.error().kind == Errc::service_unavailable);
}

}  // namespace tally::nebius_hostile_test
