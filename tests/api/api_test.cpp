// The control API: what it serves.
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>

#include "tests/api/api_site.hpp"

namespace tally::api_test {
using namespace tally::api_tests;
namespace asio = boost::asio;

TEST_CASE("the control socket is for the owner and the group", "[daemon]") {
  const Site site;
  struct stat status{};
  REQUIRE(stat(site.socket().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0660);
}

TEST_CASE("pages hold every row once, in order, whatever their size", "[daemon]") {
  const Site site;
  const std::string limit = GENERATE("1", "7", "30", "1000");
  std::vector<std::string> ids;
  std::string after;
  do {
    const HttpAnswer page = get(site, "/v1/instance-types?limit=" + limit + (after.empty() ? "" : "&after=" + after));
    REQUIRE(page.status == 200);
    for (const json::value& item : page.body.at("items").as_array()) {
      ids.emplace_back(item.at("instance_type_id").as_string());
    }
    after = page.body.at("next").is_null() ? "" : page.body.at("next").as_string().c_str();
  } while (!after.empty());
  CHECK(ids.size() == 30);
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("filters of the API choose rows", "[daemon]") {
  const Site site;
  const auto count = [&site](const std::string& query) {
    return get(site, "/v1/offers?limit=1000&" + query).body.at("items").as_array().size();
  };
  CHECK(count("location=region-1") == 10);
  CHECK(count("location=nowhere") == 0);
  CHECK(count("location=region%2D1&min_vram=1&available=false") == 10);
  CHECK(count("max_price=0.001") == 0);
}

TEST_CASE("instances are chosen by ID, tag and location", "[daemon]") {
  const Site site;
  const auto count = [&site](const std::string& query) {
    return get(site, "/v1/instances?" + query).body.at("items").as_array().size();
  };
  CHECK(count("limit=100") == 3);
  CHECK(count("cloud_id=i%2F1%20%C3%A9") == 1);
  CHECK(count("cloud_id=none") == 0);
  CHECK(count("tag=team%3Da%20%22quoted%22%20one") == 3);
  CHECK(count("tag=empty%3D") == 3);
  CHECK(count("tag=team") == 0);
  CHECK(count("tag=team%3Da%25") == 0);
  CHECK(count("location=nowhere&cloud_id=i%2F1%20%C3%A9") == 0);
}

TEST_CASE("one instance is found by credential and ID, percent-encoded", "[daemon]") {
  const Site site;
  const HttpAnswer found = get(site, "/v1/instances/cred/i%2F1%20%C3%A9");
  CHECK(found.status == 200);
  CHECK(found.body.at("cloud_id").as_string() == "i/1 é");
  CHECK(get(site, "/v1/instances/cred/none").status == 404);
  CHECK(get(site, "/v1/instances/cred").status == 404);
}

TEST_CASE("a socket that a dead daemon left is replaced, a live one is not", "[daemon]") {
  const Site site;
  CHECK_THAT(refusal_to_listen(site.socket()), Catch::Contains("another tallyd"));
  CHECK(get(site, "/-/ready").status == 200);
  const TemporaryDirectory directory;
  const std::filesystem::path left = directory / "left.sock";
  {
    asio::io_context context;
    asio::local::stream_protocol::acceptor dead(context, asio::local::stream_protocol::endpoint(left.string()));
  }
  REQUIRE(std::filesystem::exists(left));
  CHECK(refusal_to_listen(left).empty());
  CHECK_THAT(refusal_to_listen(directory / std::string(200, 'x')), Catch::Contains("too long"));
}

TEST_CASE("a reload is asked for by POST, and its problems come back", "[api]") {
  Site site;
  CHECK(get(site, "/v1/reload").status == 405);
  CHECK(get(site, "/v1/reload", "POST").status == 200);
  site.control().problems_ = {"tallyd.toml:3: colour: unknown key"};
  const HttpAnswer refused = get(site, "/v1/reload", "POST");
  CHECK(refused.status == 409);
  CHECK(refused.body.at("problems").at(0).as_string() == "tallyd.toml:3: colour: unknown key");
}

TEST_CASE("a credential that is not in force cannot be checked", "[api]") {
  const Site site;
  CHECK(get(site, "/v1/credentials/cred/check", "POST").body.at("credential").as_string() == "cred");
  CHECK(get(site, "/v1/credentials/other/check", "POST").status == 404);
  CHECK(get(site, "/v1/credentials/cred/check").status == 405);
  CHECK(get(site, "/v1/credentials/cred/check?deep=1", "POST").status == 400);
}

}  // namespace tally::api_test
