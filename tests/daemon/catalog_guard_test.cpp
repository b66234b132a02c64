// The real daemon, and what others do to its files.
#include <catch2/catch.hpp>

#include "daemon/control_socket.hpp"
#include "store/error.hpp"
#include "store/files.hpp"
#include "tests/daemon/asking.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/file_locks.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::catalog_guard_test {
using namespace tally::fakes;

namespace {

/// A daemon over a cloud that moves.
struct Site {
  TemporaryDirectory directory;
  std::filesystem::path state = directory / "state";
  std::filesystem::path catalog = state / "catalog.db";
  Cloud cloud{{"--api-key", "canary-4711", "--step", "50"}};

  Site() {
    write_private(directory / "key.json", R"({"api_key": "canary-4711"})");
    write_private(directory / "tallyd.toml", "[[credential]]\nref = \"sim\"\nprovider = \"lambda\"\nfile = \"" +
                                                 (directory / "key.json").string() + "\"\nendpoint = \"" +
                                                 cloud.endpoint() +
                                                 "\"\ninstance_type_interval = \"1s\"\ninstance_interval = \"1s\"\n");
  }
  [[nodiscard]] std::vector<std::string> command() const {
    return {binary("tallyd"), "--config", (directory / "tallyd.toml").string(), "--state-dir", state.string()};
  }
  [[nodiscard]] std::string newest_event(const std::filesystem::path& file) const {
    return sql_text(Reader(file).query("SELECT coalesce(max(id), 0) FROM events").rows.at(0).at(0));
  }
  void await(const std::string& condition) const { await_catalog(state, condition); }
};

}  // namespace

TEST_CASE("a visitor that may write takes nothing from the running daemon, and a kill after it loses nothing",
          "[daemon]") {
  Site site;
  Process daemon(site.command());
  site.await("count(*) > 100 FROM offers");
  CHECK(holds_shared_lock(site.catalog, daemon.pid()));
  const FileId log = id_of(beside(site.catalog, "-wal"));
  const RunOutcome visit = run({"/usr/bin/sqlite3", site.catalog.string(), "SELECT count(*) > 100 FROM offers"});
  CHECK(visit.output == "1\n");
  CHECK(holds_shared_lock(site.catalog, daemon.pid()));
  CHECK(id_of(beside(site.catalog, "-wal")) == log);
  site.await("max(id) > " + site.newest_event(site.catalog) + " FROM events");
  const std::string seen = site.newest_event(site.catalog);
  daemon.signal(SIGKILL);
  daemon.wait();
  CHECK(std::stoll(site.newest_event(site.catalog)) >= std::stoll(seen));
  CHECK(sql_text(Reader(site.catalog).query("PRAGMA integrity_check").rows.at(0).at(0)) == "ok");
}

TEST_CASE("a catalog that is replaced ends the daemon with 74, whole, and without its log beside the new one",
          "[daemon]") {
  Site site;
  Process daemon(site.command());
  site.await("count(*) > 100 FROM offers");
  const std::string seen = site.newest_event(site.catalog);
  const auto aside = site.state / "aside.db";
  std::filesystem::rename(site.catalog, aside);
  write_private(site.catalog, "");
  CHECK(daemon.read_all().find("catalog.db was deleted, replaced or emptied") != std::string::npos);
  CHECK(daemon.wait() == 74);
  CHECK_FALSE(has_bytes(beside(site.catalog, "-wal")));
  CHECK(std::stoll(site.newest_event(aside)) >= std::stoll(seen));
  CHECK(sql_text(Reader(aside).query("PRAGMA integrity_check").rows.at(0).at(0)) == "ok");
}

TEST_CASE("a second daemon is refused also when the lock file is gone, or when only the socket is taken", "[daemon]") {
  Site site;
  Process first(site.command());
  site.await("count(*) > 100 FROM offers");
  std::filesystem::remove(site.state / "lock");
  CHECK(run(site.command()).exit_code == 75);
  CHECK_THROWS_AS(refuse_taken_socket(site.state / "tallyd.sock"), StoreError);
  first.signal(SIGTERM);
  CHECK(first.wait() == 0);
  CHECK_NOTHROW(refuse_taken_socket(site.state / "tallyd.sock"));
}

TEST_CASE("a backup is restored only while no daemon runs", "[daemon]") {
  Site site;
  const auto backup = site.directory / "backup.db";
  const auto tallyctl = [&site](const std::string& command, const std::filesystem::path& file) {
    return run({binary("tallyctl"), "--state-dir", site.state.string(), command, file.string()}).exit_code;
  };
  std::string seen;
  {
    Process daemon(site.command());
    site.await("count(*) > 100 FROM offers");
    seen = site.newest_event(site.catalog);
    CHECK(tallyctl("backup", backup) == 0);
    CHECK(tallyctl("restore", backup) == 75);
    site.await("max(id) > " + site.newest_event(backup) + " FROM events");
    daemon.signal(SIGKILL);
    daemon.wait();
  }
  CHECK(tallyctl("restore", backup) == 0);
  CHECK(site.newest_event(site.catalog) == site.newest_event(backup));
  CHECK(std::stoll(site.newest_event(beside(site.catalog, ".before-restore"))) > std::stoll(site.newest_event(backup)));
  Process daemon(site.command());
  site.await("max(id) > " + site.newest_event(backup) + " FROM events");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

}  // namespace tally::catalog_guard_test
