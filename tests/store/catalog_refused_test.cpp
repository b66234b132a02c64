// What is in the catalog's place, or beside it, and cannot be opened: called by its name, and left as it is.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "store/error.hpp"
#include "store/files.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::catalog_refused_test {
using namespace tally::store_tests;

namespace {

struct Refusal {
  int exit_code = EX_OK;
  std::string text;
};

Refusal refusal_of(const std::filesystem::path& file) {
  try {
    const Catalog catalog(file);
    return {};
  } catch (const StoreError& error) {
    return {error.exit_code(), error.what()};
  }
}

/// The exit code with which the catalog is refused in a process of its own, prepared by `prepare`; 0 unless what is
/// said begins with that file.
template <class F>
int exit_code_naming(const std::filesystem::path& named, const std::filesystem::path& catalog, F prepare) {
  const pid_t child = fork();
  if (child == 0) {
    prepare();
    const Refusal refusal = refusal_of(catalog);
    _exit(refusal.text.starts_with(named.string() + ": ") ? refusal.exit_code : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("a catalog that lost a page is called damaged, and a file that is none is called none", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  {
    const Catalog catalog(file);
  }
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 4096);
  const Refusal damaged = refusal_of(file);
  CHECK(damaged.exit_code == EX_DATAERR);
  CHECK_THAT(damaged.text, Catch::Contains("the catalog is damaged (database disk image is malformed)"));
  CHECK_THROWS_WITH(Reader(file), Catch::Contains(file.string() + ": is damaged"));

  std::ofstream(directory / "text.db") << std::string(5000, 'x');
  const Refusal none = refusal_of(directory / "text.db");
  CHECK(none.exit_code == EX_DATAERR);
  CHECK_THAT(none.text, Catch::Contains("no catalog (file is not a database)"));
}

TEST_CASE("what is no regular file is not taken for an empty catalog", "[store]") {
  TemporaryDirectory directory;
  const auto there = directory / "there";
  SECTION("a pipe") { REQUIRE(mkfifo(there.c_str(), 0600) == 0); }
  SECTION("a directory") { std::filesystem::create_directory(there); }
  const auto link = directory / "catalog.db";
  std::filesystem::create_symlink(there, link);
  for (const auto& path : {there, link}) {
    const Refusal refusal = refusal_of(path);
    CHECK(refusal.exit_code == EX_DATAERR);
    CHECK(refusal.text == there.string() + ": is not a regular file");
  }
  CHECK(is_irregular(there));
}

TEST_CASE("a schema of a negative version is not ours", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  {
    const Catalog catalog(file);
  }
  sqlite::Connection(file.string(), SQLITE_OPEN_READWRITE).execute("PRAGMA user_version = -3");
  const Refusal refusal = refusal_of(file);
  CHECK(refusal.exit_code == EX_DATAERR);
  CHECK_THAT(refusal.text, Catch::Contains("not a tallyd catalog"));
}

TEST_CASE("a catalog whose tables are not those of its version is not called damaged", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  {
    const Catalog catalog(file);
  }
  sqlite::Connection(file, SQLITE_OPEN_READWRITE).execute("PRAGMA user_version = 0");
  const Refusal refusal = refusal_of(file);
  CHECK(refusal.exit_code == EX_DATAERR);
  CHECK_THAT(refusal.text, Catch::StartsWith(file.string() + ": its tables are not those of its version"));
}

TEST_CASE("what is no regular file beside a catalog is named, to whoever opens it", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  {
    const Catalog catalog(file);
  }
  const auto beside_it = beside(file, GENERATE("-wal", "-shm", "-journal"));
  std::filesystem::remove(beside_it);
  REQUIRE(mkfifo(beside_it.c_str(), 0600) == 0);
  CHECK(refusal_of(file).text == beside_it.string() + ": is not a regular file");
  CHECK_THROWS_WITH(Reader(file), beside_it.string() + ": is not a regular file");
  const auto link = directory / "link.db";
  std::filesystem::create_symlink(file, link);
  CHECK_THROWS_WITH(Reader(link), beside_it.string() + ": is not a regular file");
}

TEST_CASE("a reader moves no log and changes no mode, and names the file that fails it", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  {
    const Catalog catalog(file);
  }
  Reader reader(file);
  for (const char* sql : {"PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA Journal_Mode = DELETE"}) {
    CHECK_THROWS_WITH(reader.query(sql), Catch::Contains("a query reads the catalog, and can do nothing else"));
  }
  CHECK(reader.query("PRAGMA journal_mode").rows.at(0).at(0) == SqlValue("wal"));
  std::filesystem::resize_file(file, 4096);
  CHECK_THROWS_WITH(Reader(file).query("SELECT count(*) FROM events"), Catch::StartsWith(file.string() + ": "));
}

TEST_CASE("a log or its index that cannot be opened is named", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  {
    const Catalog catalog(file);
  }
  const std::string suffix = GENERATE("-wal", "-shm");
  const auto log = beside(file, suffix.c_str());
  SECTION("it is a directory") {
    std::filesystem::remove(log);
    std::filesystem::create_directory(log);
    const Refusal refusal = refusal_of(file);
    CHECK(refusal.exit_code == EX_DATAERR);
    CHECK(refusal.text == log.string() + ": is not a regular file");
  }
  if (geteuid() != 0) {
    WARN("the rest is skipped: only root can be another user");
    return;
  }
  constexpr uid_t someone = 65534;
  const auto be_someone = [] {
    if (setuid(someone) != 0) _exit(0);
  };
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    REQUIRE(chown(entry.path().c_str(), someone, 0) == 0);
  }
  REQUIRE(chown(directory.path().c_str(), someone, 0) == 0);
  SECTION("it may not be read") {
    REQUIRE(chmod(log.c_str(), 0200) == 0);
    CHECK(exit_code_naming(log, file, be_someone) == EX_NOPERM);
  }
  SECTION("it may not be written") {
    REQUIRE(chmod(log.c_str(), 0400) == 0);
    CHECK(exit_code_naming(log, file, be_someone) == EX_NOPERM);
  }
  SECTION("it is not there, and may not be made") {
    std::filesystem::remove(log);
    REQUIRE(chmod(directory.path().c_str(), 0500) == 0);
    CHECK(exit_code_naming(log, file, be_someone) == EX_NOPERM);
  }
}

TEST_CASE("a disk that takes no more of a new catalog is told with the catalog's name", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  const auto fill_disk = [] {
    constexpr rlimit two_pages{8192, 8192};
    std::signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &two_pages) != 0) _exit(0);
  };
  CHECK(exit_code_naming(file, file, fill_disk) == EX_IOERR);
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("what a killed restore or start left beside the catalog goes with the next start", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  const bool has_catalog = GENERATE(true, false);
  if (has_catalog) {
    const Catalog catalog(file);
  }
  const auto left = {".restoring", ".restoring.part", ".restoring.part-journal", ".restoring.part-wal",
                     ".new",       ".new-journal"};
  for (const char* suffix : left) std::ofstream(beside(file, suffix)) << "half of one";
  const auto others = beside(file, ".before-restore");
  std::ofstream(others) << "kept";
  CHECK(refusal_of(file).exit_code == EX_OK);
  for (const char* suffix : left) CHECK_FALSE(std::filesystem::exists(beside(file, suffix)));
  CHECK(std::filesystem::exists(others));
}

}  // namespace tally::catalog_refused_test
