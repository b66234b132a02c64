// Copies of the catalog: what stands at the names that they go by, and others that are made meanwhile.
#include "store/backup.hpp"

#include <sys/stat.h>
#include <sysexits.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "store/error.hpp"
#include "store/restore.hpp"
#include "tests/fakes/files.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::backup_test {
using namespace tally::store_tests;
namespace fs = std::filesystem;

namespace {

struct Site {
  TemporaryDirectory directory;
  fs::path file = directory / "catalog.db";
  fs::path backup = directory / "backup.db";
  fs::path others = directory / "others";  // which no copy has to do with

  Site() {
    Catalog catalog(file);
    catalog.set_credentials({record()}, Timestamp(1h));
    std::ofstream(others) << "theirs";
    fs::permissions(others, fs::perms::owner_read);
  }
  ~Site() {
    CHECK(text_of(others) == "theirs");
    CHECK(fs::status(others).permissions() == fs::perms::owner_read);
  }
};

bool is_whole(const fs::path& file) {
  return fs::is_regular_file(fs::symlink_status(file)) &&
         Reader(file).query("SELECT count(*) FROM credentials").rows.at(0).at(0) == SqlValue(std::int64_t{1});
}

}  // namespace

TEST_CASE("a copy is never written through a link at the name that it has until it is whole", "[store]") {
  const Site site;
  SECTION("of a backup") {
    fs::create_symlink(site.others, part_name(site.backup));
    back_up_catalog(site.file, site.backup);
    CHECK(is_whole(site.backup));
  }
  SECTION("of a backup, to the catalog itself") {
    fs::create_symlink(site.file, part_name(site.backup));
    sqlite::Connection writer(site.file, SQLITE_OPEN_READWRITE);
    writer.execute("BEGIN IMMEDIATE");
    back_up_catalog(site.file, site.backup);
    CHECK(is_whole(site.backup));
  }
  SECTION("of a backup, a pipe") {
    REQUIRE(mkfifo(part_name(site.backup).c_str(), 0600) == 0);
    back_up_catalog(site.file, site.backup);
    CHECK(is_whole(site.backup));
  }
  SECTION("of a restored one") {
    back_up_catalog(site.file, site.backup);
    const fs::path copy = site.file.string() + ".restoring";
    const bool is_part = GENERATE(false, true);
    fs::create_symlink(site.others, is_part ? part_name(copy) : copy);
    restore_catalog(site.backup, site.file);
  }
  CHECK(is_whole(site.file));
  CHECK_FALSE(fs::exists(fs::symlink_status(part_name(site.backup))));
}

TEST_CASE("a backup that another one is writing is left to it", "[store]") {
  const Site site;
  {
    sqlite::Connection other(part_name(site.backup), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    other.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    int exit_code = EX_OK;
    try {
      back_up_catalog(site.file, site.backup);
    } catch (const StoreError& error) {
      exit_code = error.exit_code();
      CHECK_THAT(error.what(), Catch::Contains("another backup writes it"));
    }
    CHECK(exit_code == EX_TEMPFAIL);
    CHECK(fs::exists(part_name(site.backup)));
    CHECK_FALSE(fs::exists(site.backup));
  }
  back_up_catalog(site.file, site.backup);  // that one was killed
  CHECK(is_whole(site.backup));
}

TEST_CASE("a path is a path, whatever SQLite would make of it", "[store]") {
  const Site site;
  SECTION("two slashes before it") {
    const fs::path file = "/" + site.file.string();
    CHECK(is_whole(file));
    const Catalog catalog(file);
    CHECK(is_whole(file));
  }
  SECTION("what looks like a URI") {
    const fs::path before = fs::current_path();
    fs::current_path(site.directory.path());
    back_up_catalog(site.file, "file:b?mode=memory&z=1#%41");
    fs::current_path(before);
    CHECK(is_whole(site.directory / "file:b?mode=memory&z=1#%41"));
  }
}

}  // namespace tally::backup_test
