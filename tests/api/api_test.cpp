// The control API: what it serves.
#include <sys/fsuid.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>

#include "tests/api/api_site.hpp"
#include "tests/fakes/files.hpp"

namespace tally::api_test {
using namespace tally::api_tests;
using fakes::text_of;
using fakes::write_private;
namespace asio = boost::asio;

namespace {

/// As a daemon does that dies.
void leave_socket(const std::filesystem::path& path) {
  asio::io_context context;
  const asio::local::stream_protocol::acceptor dead(context, asio::local::stream_protocol::endpoint(path.string()));
  REQUIRE(std::filesystem::exists(path));
}

/// While it lives, a test that root runs finds files closed to this thread as anybody does.
class Nobody {
 public:
  Nobody() = default;
  ~Nobody() { setfsuid(static_cast<uid_t>(before_)); }
  Nobody(const Nobody&) = delete;
  Nobody& operator=(const Nobody&) = delete;

 private:
  static constexpr uid_t nobody = 65534;
  const int before_ = setfsuid(nobody);
};

}  // namespace

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
  leave_socket(left);
  CHECK(refusal_to_listen(left).empty());
  CHECK_THAT(refusal_to_listen(directory / std::string(200, 'x')), Catch::Contains("too long"));
}

TEST_CASE("what is no socket is left where the control socket shall be, and named", "[daemon]") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory / "tallyd.sock";
  SECTION("a file") { write_private(path, "mine"); }
  SECTION("an empty directory") { std::filesystem::create_directory(path); }
  SECTION("a link to nothing") { std::filesystem::create_symlink(directory / "none", path); }
  SECTION("a link to the socket of a dead daemon") {
    leave_socket(directory / "left.sock");
    std::filesystem::create_symlink(directory / "left.sock", path);
  }
  const std::filesystem::file_type before = std::filesystem::symlink_status(path).type();
  CHECK_THAT(refusal_to_listen(path), Catch::Contains(path.string() + ": is no socket; name another control_socket"));
  CHECK(std::filesystem::symlink_status(path).type() == before);
}

TEST_CASE("a server that ends leaves what took the place of its socket", "[daemon]") {
  const TemporaryDirectory directory;
  {
    const Site site;
    // To where it outlives the site's own directory.
    std::filesystem::rename(site.socket().parent_path(), directory / "run");
    std::filesystem::create_directory_symlink(directory / "run", site.socket().parent_path());
    std::filesystem::remove(site.socket());
    write_private(site.socket(), "mine");
  }
  CHECK(text_of(directory / "run" / "tallyd.sock") == "mine");
}

TEST_CASE("a dead daemon's socket that may not be removed is told as such", "[daemon]") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory / "tallyd.sock";
  leave_socket(path);
  chmod(path.c_str(), 0777);
  chmod(directory.path().c_str(), 0555);
  {
    const Nobody nobody;
    CHECK_THAT(refusal_to_listen(path), Catch::Contains("cannot be removed: Permission denied"));
    CHECK_THAT(refusal_to_listen(directory / "new/tallyd.sock"),
               Catch::Contains("its directory cannot be made: Permission denied"));
  }
  chmod(directory.path().c_str(), 0755);
  CHECK(refusal_to_listen(path).empty());
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
