// Who may have the daemon change something: real peers of a real socket.
#include "api/operators.hpp"

#include <grp.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sstream>
#include <thread>

#include "api/routes.hpp"
#include "tests/api/api_site.hpp"

namespace tally::operators_test {
using namespace tally::api_tests;

namespace {

constexpr uid_t somebody = 54'321;
constexpr gid_t operators = 54'322;
constexpr gid_t others = 54'323;

const std::vector<std::string> actions = {"/v1/reload", "/v1/instances/cred/i-1/trust-host-key?fingerprint=x",
                                          "/v1/notify/r/test"};

/// Asks as another user. The kernel keeps users per thread, and these calls change that of this thread only.
HttpAnswer ask_as(const Site& site, uid_t user, gid_t group, std::vector<gid_t> groups, const std::string& target,
                  const std::string& method = "POST") {
  for (std::filesystem::path path = site.socket(); path != path.root_path(); path = path.parent_path()) {
    struct stat status{};
    REQUIRE(stat(path.c_str(), &status) == 0);
    if (status.st_uid == geteuid() &&
        path.string().starts_with(std::filesystem::temp_directory_path().string() + "/")) {
      chmod(path.c_str(), S_ISSOCK(status.st_mode) ? 0666 : 0755);
    }
  }
  HttpAnswer answer;
  std::thread([&] {
    const bool is_other = syscall(SYS_setgroups, groups.size(), groups.data()) == 0 &&
                          syscall(SYS_setresgid, group, group, group) == 0 &&
                          syscall(SYS_setresuid, user, user, user) == 0;
    if (is_other) answer = ask(site.socket(), method, target);
  }).join();
  return answer;
}

bool is_root() {
  if (geteuid() == 0) return true;
  WARN("only root can be another user");
  return false;
}

}  // namespace

TEST_CASE("root, the daemon's user and members of the group may act", "[api]") {
  const UserGroup group{operators, "ops"};
  api::Peer peer;
  peer.uid = somebody;
  peer.gid = others;
  CHECK_FALSE(api::may_act(peer, 1, group));
  CHECK_FALSE(api::may_act(peer, 1, std::nullopt));
  CHECK(api::may_act(peer, somebody, std::nullopt));
  peer.groups = {others, operators};
  CHECK(api::may_act(peer, 1, group));
  CHECK_FALSE(api::may_act(peer, 1, std::nullopt));
  peer.groups.clear();
  peer.gid = operators;
  CHECK(api::may_act(peer, 1, group));
  peer.gid = others;
  peer.uid = 0;
  CHECK(api::may_act(peer, 1, std::nullopt));
  CHECK_FALSE(api::may_act(api::Peer(), 1, group));  // of whom nothing is known
}

TEST_CASE("a peer that may not act is told which group is missing, and nothing happens", "[api]") {
  if (!is_root()) return;
  Site site;
  site.control().operators_ = UserGroup{operators, "ops"};
  for (const std::string& action : actions) {
    const HttpAnswer answer = ask_as(site, somebody, others, {others}, action);
    CHECK(answer.status == 403);
    CHECK(answer.head.find("application/problem+json") != std::string::npos);
    CHECK(answer.body.at("kind").as_string() == "forbidden");
    CHECK(answer.body.at("group").as_string() == "ops");
    CHECK(std::string(answer.body.at("detail").as_string()).find("ops") != std::string::npos);
  }
  CHECK(site.control().trusted_.empty());
}

TEST_CASE("every call that changes something is for operators", "[api]") {
  Site site;
  int count = 0;
  for (const api::Route& route : site.routes().all()) {
    const bool is_read = route.method == "GET" || route.path.ends_with("/probe") || route.path.ends_with("/check");
    CAPTURE(route.method, route.path);
    CHECK(route.is_action != is_read);
    count += route.is_action ? 1 : 0;
  }
  CHECK(count == 14);
  if (!is_root()) return;
  site.control().operators_ = UserGroup{operators, "ops"};
  const HttpAnswer answer = ask_as(site, somebody, others, {others}, "/v1/instances/cred/i-1", "DELETE");
  CHECK(answer.status == 403);
  CHECK(answer.body.at("group").as_string() == "ops");
  CHECK(site.lifecycle().asked_.empty());
}

TEST_CASE("a peer's own group and each of its others let it act", "[api]") {
  if (!is_root()) return;
  Site site;
  site.control().operators_ = UserGroup{operators, "ops"};
  for (const std::string& action : actions) {
    CHECK(ask_as(site, somebody, operators, {}, action).status == 200);
    std::vector<gid_t> many(300);
    for (gid_t i = 0; i < 300; ++i) many[i] = 60'000 + i;
    many.back() = operators;
    CHECK(ask_as(site, somebody, others, many, action).status == 200);
    CHECK(get(site, action, "POST").status == 200);  // root
  }
}

TEST_CASE("without a group only root and the daemon's user act, and the answer says how to name one", "[api]") {
  if (!is_root()) return;
  Site site;
  const HttpAnswer answer = ask_as(site, somebody, operators, {}, actions.front());
  CHECK(answer.status == 403);
  CHECK(std::string(answer.body.at("detail").as_string()).find("[control] operator_group") != std::string::npos);
  CHECK_FALSE(answer.body.as_object().contains("group"));
}

TEST_CASE("who may not act may read, probe and check", "[api]") {
  if (!is_root()) return;
  Site site;
  CHECK(ask_as(site, somebody, others, {}, "/v1/offers", "GET").status == 200);
  CHECK(ask_as(site, somebody, others, {}, "/v1/instances/cred/i-1/probe").status == 200);
  CHECK(ask_as(site, somebody, others, {}, "/v1/credentials/cred/check").status == 200);
}

TEST_CASE("each action logs who asked for it", "[api]") {
  std::ostringstream text;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
  {
    Site site;
    for (const std::string& action : actions) get(site, action, "POST");
    if (is_root()) ask_as(site, somebody, others, {}, actions.front());
  }
  spdlog::set_default_logger(before);
  CHECK_THAT(text.str(), Catch::Contains("POST /v1/reload 200 by uid " + std::to_string(geteuid())));
  CHECK_THAT(text.str(), Catch::Contains("trust-host-key?fingerprint=x 200 by uid " + std::to_string(geteuid())));
  if (geteuid() == 0) CHECK_THAT(text.str(), Catch::Contains("POST /v1/reload 403 by uid 54321"));
}

}  // namespace tally::operators_test
