// Images and quotas over the API.
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "tests/api/api_site.hpp"

namespace tally::api_lists_test {
using namespace tally::api_tests;

TEST_CASE("images are read page by page, those of every location first", "[api]") {
  Site site;
  AccountList<Image> list;
  for (const char* id : {"a", "b", "c", "d"}) {
    Image image;
    image.id = id;
    image.location = image.id < "c" ? "" : "east";
    list.rows.push_back(row(image));
  }
  site.world().catalog.apply(cred, list, state({SyncerKind::images, ""}, now()));
  std::string after;
  std::vector<std::string> ids;
  for (int page = 0; page < 4; ++page) {
    const HttpAnswer answer = get(site, "/v1/images?limit=1" + (after.empty() ? "" : "&after=" + after));
    REQUIRE(answer.status == 200);
    const json::array& items = answer.body.at("items").as_array();
    REQUIRE(items.size() == 1);
    ids.emplace_back(items.front().at("image_id").as_string());
    CHECK(items.front().at("location").is_null() == (ids.back() < "c"));
    after = answer.body.at("next").is_null() ? "" : std::string(answer.body.at("next").as_string());
  }
  CHECK(after.empty());
  CHECK(ids == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(get(site, "/v1/images?location=east").body.at("items").as_array().size() == 4);
  CHECK(get(site, "/v1/images?location=west").body.at("items").as_array().size() == 2);
  CHECK(get(site, "/v1/images?default=yes").status == 400);
}

TEST_CASE("quotas of which nothing is left are found", "[api]") {
  Site site;
  AccountList<Quota> list;
  list.rows = {row(Quota{"gpus", "GPUs", 8, 8, "gpu"}), row(Quota{"disks", "disks", 10, 2, "disk"})};
  site.world().catalog.apply(cred, list, state({SyncerKind::quotas, "east"}, now()));
  CHECK(get(site, "/v1/quotas").body.at("items").as_array().size() == 2);
  const HttpAnswer answer = get(site, "/v1/quotas?exhausted=true&location=east&credential=cred");
  REQUIRE(answer.body.at("items").as_array().size() == 1);
  CHECK(answer.body.at("items").at(0).at("quota_id").as_string() == "gpus");
}

}  // namespace tally::api_lists_test
