// Others that open the live catalog, in the writer's process and beside it.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "store/backup.hpp"
#include "store/files.hpp"
#include "tests/fakes/file_locks.hpp"
#include "tests/fakes/slow_build.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::catalog_visitors_test {
using namespace tally::store_tests;

namespace {

/// Runs it in a process of its own and waits for its end.
template <class F>
void in_another_process(F function) {
  const pid_t child = fork();
  if (child == 0) {
    function();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

/// What any SQLite tool does that does not ask for a read-only connection.
void visit(const std::filesystem::path& file) {
  sqlite::Connection visitor(file.string(), SQLITE_OPEN_READWRITE);
  static_cast<void>(visitor.integer("SELECT count(*) FROM event"));
}

}  // namespace

TEST_CASE("the writer keeps its lock whatever is opened and closed beside it in its process", "[store]") {
  World world;
  REQUIRE(holds_shared_lock(world.file, getpid()));
  SECTION("a reader") { static_cast<void>(Reader(world.file)); }
  SECTION("a reader that comes by another path") {
    std::filesystem::create_directory_symlink(world.directory.path(), world.directory / "link");
    static_cast<void>(Reader(world.directory / "link/catalog.db"));
  }
  SECTION("a backup") { back_up_catalog(world.file, world.directory / "backup.db"); }
  CHECK(holds_shared_lock(world.file, getpid()));
}

TEST_CASE("a visitor that opens the live catalog for writing leaves the log where it is", "[store]") {
  World world;
  static_cast<void>(Reader(world.file));
  const FileId log = id_of(world.directory / "catalog.db-wal");
  in_another_process([&] { visit(world.file); });
  REQUIRE(std::filesystem::exists(world.directory / "catalog.db-wal"));
  CHECK(id_of(world.directory / "catalog.db-wal") == log);
}

TEST_CASE("what was written after a visitor survives the kill of the writer", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  in_another_process([&] {
    Catalog catalog(file);
    catalog.set_credentials({record()}, Timestamp(1h));
    static_cast<void>(Reader(file));
    in_another_process([&] { visit(file); });
    catalog.apply(cred, addition(make_type("east", "a100"), Timestamp(2h)), state(types_listing, Timestamp(2h)));
    kill(getpid(), SIGKILL);
  });
  Reader reader(file);
  CHECK(reader.query("SELECT * FROM instance_types").rows.size() == 1);
}

TEST_CASE("a program that holds the catalog's lock makes a write fail, soon", "[store]") {
  World world;
  sqlite::Connection holder(world.file.string(), SQLITE_OPEN_READWRITE);
  holder.execute("BEGIN IMMEDIATE");
  const auto begin = std::chrono::steady_clock::now();
  CHECK_THROWS_WITH(world.catalog.try_commit(), Catch::Contains("locked"));
  if (!is_slow_build) CHECK(std::chrono::steady_clock::now() - begin < 2s);
  holder.execute("ROLLBACK");
  CHECK_NOTHROW(world.catalog.try_commit());
}

TEST_CASE("a catalog is read whole at start unless tallyd closed it last", "[store]") {
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  {
    Catalog catalog(file);
    catalog.set_credentials({record()}, Timestamp(1h));
    for (int i = 0; i < 200; ++i) {
      const InstanceType type = make_type("east", "t" + std::to_string(i));
      catalog.apply(cred, addition(type, Timestamp(2h)), state(types_listing, Timestamp(2h)));
    }
  }
  {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(-4096, std::ios::end);  // a page of rows, which opening has no need to read
    out << std::string(2000, '\x7f');
  }
  SECTION("closed by it") { CHECK_NOTHROW(Catalog(file)); }
  SECTION("from elsewhere, or with a visitor after it") {
    std::filesystem::remove(directory / "catalog.db-wal");
    CHECK_THROWS_WITH(Catalog(file), Catch::Contains("the catalog is damaged"));
  }
  SECTION("killed") {
    in_another_process([&] {
      Catalog catalog(file);
      catalog.try_commit();
      kill(getpid(), SIGKILL);
    });
    REQUIRE(has_bytes(directory / "catalog.db-wal"));
    CHECK_THROWS_WITH(Catalog(file), Catch::Contains("the catalog is damaged"));
  }
}

TEST_CASE("a kill in the middle of a checkpoint loses nothing", "[store]") {
  constexpr std::size_t page = 4096;
  const std::size_t pages_moved = GENERATE(1U, 2U, 20U, 80U);
  TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  in_another_process([&] {
    Catalog catalog(file);
    catalog.set_credentials({record()}, Timestamp(1h));
    sqlite::Connection reader(file.string(), SQLITE_OPEN_READONLY);
    reader.execute("BEGIN; SELECT * FROM event");  // what is written from here on stays in the log
    for (int i = 0; i < 200; ++i) {
      const InstanceType type = make_type("east", "t" + std::to_string(i));
      catalog.apply(cred, addition(type, Timestamp(2h)), state(types_listing, Timestamp(2h)));
    }
    kill(getpid(), SIGKILL);
  });
  const auto whole = directory / "whole.db";
  for (const char* suffix : {"", "-wal"}) std::filesystem::copy_file(beside(file, suffix), beside(whole, suffix));
  visit(whole);  // the last one to close a catalog moves its log
  const std::string moved = text_of(whole).substr(0, pages_moved * page);
  REQUIRE(std::filesystem::file_size(file) + page < std::filesystem::file_size(whole));
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary) << moved;

  CHECK_NOTHROW(Catalog(file));
  CHECK(Reader(file).query("SELECT * FROM instance_types").rows.size() == 200);
  CHECK(Reader(file).query("PRAGMA integrity_check").rows.at(0).at(0) == SqlValue("ok"));
}

}  // namespace tally::catalog_visitors_test
