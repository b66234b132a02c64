#include "store/restore.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "store/backup.hpp"
#include "store/error.hpp"
#include "store/files.hpp"
#include "tests/fakes/files.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::restore_test {
using namespace tally::store_tests;

namespace {

/// A stopped daemon's catalog of two types, and a backup from when it had one.
struct Site {
  TemporaryDirectory directory;
  std::filesystem::path file = directory / "catalog.db";
  std::filesystem::path kept = directory / "catalog.db.before-restore";
  std::filesystem::path backup = directory / "backup.db";

  Site() {
    Catalog catalog(file);
    catalog.set_credentials({record()}, Timestamp(1h));
    add(catalog, "a100");
    back_up_catalog(file, backup);
    add(catalog, "h100");
  }
  static void add(Catalog& catalog, const std::string& name) {
    catalog.apply(cred, addition(make_type("east", name), Timestamp(2h)), state(types_listing, Timestamp(2h)));
  }
  /// As after a kill: with a third type that only the log has.
  void leave_log() const {
    const pid_t child = fork();
    if (child == 0) {
      Catalog catalog(file);
      add(catalog, "b200");
      kill(getpid(), SIGKILL);
    }
    waitpid(child, nullptr, 0);
  }
  [[nodiscard]] int exit_code(const std::filesystem::path& from) const {
    try {
      restore_catalog(from, file);
      return EX_OK;
    } catch (const StoreError& error) {
      return error.exit_code();
    }
  }
};

std::size_t types_in(const std::filesystem::path& file) {
  return Reader(file).query("SELECT * FROM instance_types").rows.size();
}

}  // namespace

TEST_CASE("a backup takes the catalog's place, and what was there is kept whole, its log in it", "[store]") {
  const Site site;
  site.leave_log();
  CHECK(restore_catalog(site.backup, site.file).catalog == site.kept);
  for (const char* suffix : {"-wal", "-shm", ".restoring", ".before-restore-wal"}) {
    CHECK_FALSE(std::filesystem::exists(beside(site.file, suffix)));
  }
  CHECK(types_in(site.kept) == 3);
  struct stat status{};
  REQUIRE(stat(site.file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0640U);
  Catalog next(site.file);
  CHECK(types_in(site.file) == 1);
  CHECK(types_in(site.backup) == 1);
}

TEST_CASE("a backup is restored where there is no catalog", "[store]") {
  const Site site;
  const auto file = site.directory / "elsewhere.db";
  CHECK(restore_catalog(site.backup, file).catalog.empty());
  CHECK(types_in(file) == 1);
}

TEST_CASE("a log whose catalog is gone or was emptied is kept", "[store]") {
  const Site site;
  site.leave_log();
  const auto log = beside(site.file, "-wal");
  const std::string text = fakes::text_of(log);
  SECTION("gone") { std::filesystem::remove(site.file); }
  SECTION("emptied") { std::filesystem::resize_file(site.file, 0); }
  const Restored was = restore_catalog(site.backup, site.file);
  CHECK(was.catalog.empty());
  CHECK(fakes::text_of(was.log) == text);
  CHECK_FALSE(std::filesystem::exists(log));
  CHECK(types_in(site.file) == 1);
}

TEST_CASE("a catalog behind a link is restored where it is", "[store]") {
  const Site site;
  const auto state = site.directory / "state";
  std::filesystem::create_directory(state);
  std::filesystem::create_symlink("../catalog.db", state / "catalog.db");
  CHECK(types_in(restore_catalog(site.backup, state / "catalog.db").catalog) == 2);
  CHECK(std::filesystem::is_symlink(state / "catalog.db"));
  CHECK(types_in(site.file) == 1);
}

TEST_CASE("a backup to a link is written where it leads, and the link stays", "[store]") {
  const Site site;
  const auto link = site.directory / "newest.db";
  std::filesystem::create_symlink("there.db", link);
  back_up_catalog(site.file, link);
  REQUIRE(std::filesystem::is_symlink(link));
  CHECK(types_in(site.directory / "there.db") == 2);
  CHECK_THROWS_AS(back_up_catalog(site.file, link), StoreError);
  Site::add(*std::make_unique<Catalog>(site.file), "b200");
  back_up_catalog(site.file, link, IfExists::replace);
  REQUIRE(std::filesystem::is_symlink(link));
  CHECK(types_in(link) == 3);
}

TEST_CASE("a damaged catalog is kept as it is, with its log beside it", "[store]") {
  const Site site;
  site.leave_log();
  std::ofstream(site.file) << "nothing that SQLite knows";
  const std::string log = fakes::text_of(beside(site.file, "-wal"));
  restore_catalog(site.backup, site.file);
  CHECK(fakes::text_of(site.kept) == "nothing that SQLite knows");
  CHECK(fakes::text_of(beside(site.kept, "-wal")) == log);
  CHECK(types_in(site.file) == 1);
}

TEST_CASE("what an earlier restore kept is not lost to the next one", "[store]") {
  const Site site;
  restore_catalog(site.backup, site.file);
  restore_catalog(site.kept, site.file);
  CHECK(types_in(site.file) == 2);
  CHECK(types_in(site.kept) == 1);
  CHECK(types_in(beside(site.kept, ".1")) == 2);
}

TEST_CASE("a restore that was cut off goes on, and keeps one copy of what was there", "[store]") {
  const Site site;
  std::filesystem::create_hard_link(site.file, site.kept);
  std::ofstream(beside(site.file, ".restoring")) << "half of one";
  restore_catalog(site.backup, site.file);
  CHECK(types_in(site.file) == 1);
  CHECK(types_in(site.kept) == 2);
  CHECK_FALSE(std::filesystem::exists(beside(site.kept, ".1")));
}

TEST_CASE("a restore removes what one that was killed left", "[store]") {
  const Site site;
  const auto left = {".restoring", ".restoring.part", ".restoring.part-journal", ".restoring.part-wal"};
  for (const char* suffix : left) std::ofstream(beside(site.file, suffix)) << "half of one";
  restore_catalog(site.backup, site.file);
  CHECK(types_in(site.file) == 1);
  for (const char* suffix : left) CHECK_FALSE(std::filesystem::exists(beside(site.file, suffix)));
}

TEST_CASE("a backup that lost a page is called damaged, without what to do with a catalog", "[store]") {
  const Site site;
  std::filesystem::resize_file(site.backup, std::filesystem::file_size(site.backup) - 4096);
  CHECK_THROWS_WITH(restore_catalog(site.backup, site.file), Catch::StartsWith(site.backup.string()) &&
                                                                 Catch::Contains("damaged") &&
                                                                 !Catch::Contains("move it away"));
  CHECK(types_in(site.file) == 2);
}

TEST_CASE("neither a restore nor a backup takes the place of what is no regular file", "[store]") {
  const Site site;
  const auto pipe = site.directory / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const auto link = site.directory / "link.db";
  std::filesystem::create_symlink(pipe, link);
  CHECK_THROWS_WITH(restore_catalog(site.backup, link), pipe.string() + ": is not a regular file");
  CHECK_THROWS_WITH(back_up_catalog(site.file, link, IfExists::replace), pipe.string() + ": is not a regular file");
  CHECK(is_irregular(pipe));
}

TEST_CASE("what is no sound catalog of this version is not restored, and nothing changes", "[store]") {
  const Site site;
  const auto wrong = site.directory / "wrong.db";
  int expected = EX_DATAERR;
  SECTION("no such file") { expected = EX_NOINPUT; }
  SECTION("no SQLite file") { std::ofstream(wrong) << std::string(5000, 'x'); }
  SECTION("another program's") {
    sqlite::Connection(wrong.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).execute("CREATE TABLE t (x)");
  }
  SECTION("newer") {
    std::filesystem::copy_file(site.backup, wrong);
    sqlite::Connection(wrong.string(), SQLITE_OPEN_READWRITE).execute("PRAGMA user_version = 99");
  }
  SECTION("damaged") {
    std::filesystem::copy_file(site.backup, wrong);
    std::fstream out(wrong, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(-4096, std::ios::end);
    out << std::string(2000, '\x7f');
  }
  CHECK(site.exit_code(wrong) == expected);
  CHECK(types_in(site.file) == 2);
  CHECK_FALSE(std::filesystem::exists(site.kept));
  CHECK(site.exit_code(site.file) == EX_USAGE);
}

TEST_CASE("a program in the middle of a read is not taken its log away", "[store]") {
  const Site site;
  site.leave_log();
  sqlite::Connection reader(site.file, SQLITE_OPEN_READONLY);
  reader.execute("BEGIN");
  static_cast<void>(reader.integer("SELECT count(*) FROM event"));
  sqlite::Connection(site.file.string(), SQLITE_OPEN_READWRITE).execute("CREATE TABLE later (x)");
  CHECK(site.exit_code(site.backup) == EX_TEMPFAIL);
  CHECK(types_in(site.file) == 3);
  CHECK_FALSE(std::filesystem::exists(site.kept));
}

}  // namespace tally::restore_test
