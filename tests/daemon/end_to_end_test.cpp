// The real programs on real sockets and a real catalog.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "store/catalog.hpp"
#include "store/error.hpp"
#include "tests/daemon/killed_at.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/slow_build.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::end_to_end_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> options_of_cloud(const std::vector<std::string>& more) {
  std::vector<std::string> options = {"--api-key", "canary-4711", "--step", "50"};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

/// A cloud that takes the sites' key.
struct LambdaCloud : Cloud {
  explicit LambdaCloud(const std::vector<std::string>& more = {}) : Cloud(options_of_cloud(more)) {}
};

std::int64_t last_event(const std::filesystem::path& state) {
  return std::get<std::int64_t>(Reader(state / "catalog.db").query("SELECT max(id) FROM events").rows.at(0).at(0));
}

struct Site {
  TemporaryDirectory directory;
  std::filesystem::path config = directory / "tallyd.toml";
  std::filesystem::path state = directory / "state";

  explicit Site(const std::string& endpoint, const std::string& key = "canary-4711") {
    write_private(directory / "key.json", "{\"api_key\": \"" + key + "\"}");
    write_private(config,
                  "state_dir = \"" + state.string() + "\"\ncontrol_socket = \"" + (directory / "tallyd.sock").string() +
                      "\"\n[log]\nlevel = \"debug\"\n[[credential]]\nref = \"sim\"\nprovider = \"lambda\"\nfile = \"" +
                      (directory / "key.json").string() + "\"\nendpoint = \"" + endpoint +
                      "\"\ninstance_type_interval = \"1s\"\ninstance_interval = \"1s\"\n");
  }
  [[nodiscard]] std::vector<std::string> command() const { return {binary("tallyd"), "--config", config.string()}; }
  [[nodiscard]] Reader reader() const { return Reader(state / "catalog.db"); }

  void await(const std::string& condition) const { await_catalog(state, condition); }
};

}  // namespace

TEST_CASE("the daemon fills the catalog, stops on SIGTERM, and leaves it readable", "[daemon]") {
  LambdaCloud cloud;
  const Site site(cloud.endpoint());
  Process daemon(site.command());
  site.await("count(*) > 100 FROM offers WHERE is_stale = 0");
  site.await("count(*) > 5 FROM instances WHERE status = 'running'");
  daemon.signal(SIGTERM);
  const std::string log = daemon.read_all();
  CHECK(daemon.wait() == 0);
  CHECK((is_slow_build || log.find("stopped") != std::string::npos));  // a stop that is late is cut off (StopGuard)
  CHECK(log.find("canary-4711") == std::string::npos);
  Reader reader = site.reader();
  CHECK(fold_differences(reader) == std::vector<std::string>());
}

TEST_CASE("a daemon killed again and again goes on where it was", "[daemon]") {
  LambdaCloud cloud({"--instances", "40"});
  const Site site(cloud.endpoint());
  const auto newest = [&site](const std::string& what) {
    return sql_text(
        site.reader()
            .query("SELECT coalesce(max(" + what + "), 0) FROM " + (what == "id" ? "events" : "sync_states"))
            .rows.at(0)
            .at(0));
  };
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    const std::string last = round == 0 ? "0" : newest("id");
    Process daemon(site.command());
    // Some are killed while they start, most while they poll, every tenth after it wrote something new. What the first
    // one made is there for all others.
    if (round % 5 != 0) daemon.read_until("syncing");
    if (round % 10 == 0) site.await("coalesce(max(id), 0) > " + last + " FROM events");
    if (round == 0) site.await("EXISTS (SELECT 1 FROM instance_types)");  // so that there is something to compare
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 150));
    daemon.signal(SIGKILL);
    CHECK(daemon.wait() == 128 + SIGKILL);
    Reader reader = site.reader();
    CHECK(sql_text(reader.query("PRAGMA integrity_check").rows.at(0).at(0)) == "ok");
    CHECK(fold_differences(reader) == std::vector<std::string>());
  }

  // Polling goes on: a success and an event that only the last daemon can have written.
  const std::string event = newest("id");
  const std::string success = newest("last_success_at_ms");
  Process daemon(site.command());
  site.await("min(last_success_at_ms) > " + success + " FROM sync_states");
  site.await("max(id) > " + event + " FROM events");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("a start or a stop that is killed at any change of a file loses nothing", "[daemon]") {
  const LambdaCloud cloud;
  const Site site(cloud.endpoint());
  {
    Process daemon(site.command());
    daemon.read_until("syncing");
    sqlite::Connection watcher((site.state / "catalog.db").string(), SQLITE_OPEN_READONLY);
    watcher.execute("BEGIN; SELECT count(*) FROM events");  // what is written from here on stays in the log
    site.await("count(*) > 0 FROM instances");
    site.await("count(*) > 0 FROM instance_types");
    daemon.signal(SIGKILL);
    daemon.wait();
  }
  const auto kept = site.directory / "kept";
  std::filesystem::rename(site.state, kept);
  const std::int64_t last = last_event(kept);
  int step = 1;
  for (;; step += is_slow_build ? 11 : 1) {
    std::filesystem::remove_all(site.state);
    std::filesystem::copy(kept, site.state, std::filesystem::copy_options::recursive);
    Process daemon(killed_at(step, site.command()));
    INFO("killed at change " << step << ": " << daemon.read_until("syncing"));
    daemon.signal(SIGTERM);
    const int end = daemon.wait();
    if (end != was_killed) {
      CHECK(end == 0);
      break;
    }
    REQUIRE_NOTHROW(Catalog(site.state / "catalog.db"));
    REQUIRE(last_event(site.state) >= last);
    REQUIRE(sql_text(site.reader().query("PRAGMA integrity_check").rows.at(0).at(0)) == "ok");
  }
  CHECK(step > 20);
}

TEST_CASE("a peer that hangs does not hold up a stop", "[daemon]") {
  LambdaCloud cloud;
  const Site site(cloud.endpoint());
  cloud.process().signal(SIGSTOP);
  Process daemon(site.command());
  daemon.read_until("syncing");
  daemon.signal(SIGTERM);
  const auto asked = std::chrono::steady_clock::now();
  CHECK(daemon.wait() == 0);
  if (!is_slow_build) CHECK(std::chrono::steady_clock::now() - asked < 5s);
  cloud.process().signal(SIGCONT);
}

TEST_CASE("a wrong configuration starts nothing and lists every problem at once", "[daemon]") {
  TemporaryDirectory directory;
  write_private(directory / "open.json", "{\"api_key\": \"canary-4711\"}");
  chmod((directory / "open.json").c_str(), 0644);
  write_private(directory / "odd.json", "{\"api_kee\": \"canary-4711\"}");
  write_private(directory / "tallyd.toml", "state_dir = \"" + (directory / "state").string() +
                                               "\"\nstate_dri = \"x\"\n"
                                               "[[credential]]\nref = \"UPPER\"\nprovider = \"lamda\"\n"
                                               "[[credential]]\nref = \"a\"\nprovider = \"lambda\"\nfile = \"" +
                                               (directory / "open.json").string() +
                                               "\"\nendpoint = \"http://cloud.example/api\"\ninstance_interval = 5\n"
                                               "[[credential]]\nref = \"a\"\nprovider = \"lambda\"\nfile = \"" +
                                               (directory / "odd.json").string() + "\"\n");
  Process daemon({binary("tallyd"), "--config", (directory / "tallyd.toml").string()});
  CHECK(daemon.wait() == 78);
  const std::string problems = daemon.read_all();
  for (const char* part :
       {"tallyd.toml:2: state_dri: unknown key; is \"state_dir\" meant?", "tallyd.toml:4: credential[1].ref",
        "is \"lambda\" meant?", "open.json: others may read it",
        "credential[2].endpoint: is \"http://cloud.example/api\"; plain http",
        "credential[2].instance_interval: is 5; must be a time", "credential[3].ref: \"a\" is already used in line 7",
        "odd.json: api_kee: unknown field; is \"api_key\" meant?", "odd.json: api_key: is missing"}) {
    INFO(problems);
    CHECK(problems.find(part) != std::string::npos);
  }
  CHECK(problems.find("canary-4711") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(directory / "state"));
}

TEST_CASE("a second daemon on the same state directory is refused", "[daemon]") {
  LambdaCloud cloud;
  const Site site(cloud.endpoint());
  Process first(site.command());
  first.read_until("syncing");
  Process second(site.command());
  CHECK(second.wait() == 75);
  first.signal(SIGTERM);
  CHECK(first.wait() == 0);
}

TEST_CASE("a refused credential is told once and the tally stays empty", "[daemon]") {
  LambdaCloud cloud;
  const Site site(cloud.endpoint(), "wrong-canary-4711");
  Process daemon(site.command());
  site.await("count(*) = 1 FROM events WHERE kind = 'credential_failing'");
  site.await("count(*) = 2 FROM sync_states WHERE last_error_kind = 'auth'");
  daemon.signal(SIGINT);
  CHECK(daemon.read_all().find("wrong-canary") == std::string::npos);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("a checked configuration is printed as it is in force, without secrets", "[daemon]") {
  const Site site("http://127.0.0.1:9/api/v1/");
  std::vector<std::string> command = site.command();
  command.emplace_back("--check-config");
  Process daemon(command);
  CHECK(daemon.wait() == 0);
  const std::string shown = daemon.read_all();
  CHECK(shown.find("endpoint = 'http://127.0.0.1:9/api/v1'") != std::string::npos);
  CHECK(shown.find("canary-4711") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(site.state));
}

TEST_CASE("a member of the group reads the catalog while the daemon runs, is stopped, and was killed", "[daemon]") {
  if (geteuid() != 0) return;  // takes another user to be
  LambdaCloud cloud;
  const Site site(cloud.endpoint());
  constexpr gid_t group = 61234;
  chmod(site.directory.path().c_str(), 0755);
  std::filesystem::create_directory(site.state);
  chmod(site.state.c_str(), 02750);  // as systemd makes it: the group owns what is made in it
  REQUIRE(chown(site.state.c_str(), 0, group) == 0);
  const auto read_as_member = [&site] {
    Process reader({"/usr/bin/setpriv", "--reuid=61235", "--regid=61234", "--clear-groups", "/usr/bin/sqlite3",
                    "file:" + (site.state / "catalog.db").string() + "?mode=ro",
                    "SELECT count(*) > 100 FROM offers; SELECT count(*) FROM events WHERE 0"});
    const int code = reader.wait();
    return std::to_string(code) + " " + reader.read_all();
  };
  {
    Process daemon(site.command());
    site.await("count(*) > 100 FROM offers WHERE is_stale = 0");
    CHECK(read_as_member() == "0 1\n0\n");
    daemon.signal(SIGKILL);
    daemon.wait();
  }
  CHECK(read_as_member() == "0 1\n0\n");
  Process daemon(site.command());
  daemon.read_until("syncing");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(read_as_member() == "0 1\n0\n");
}

}  // namespace tally::end_to_end_test
