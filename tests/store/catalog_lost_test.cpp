// A catalog that is deleted or replaced, or whose log is, while it is open.
#include <sysexits.h>

#include <catch2/catch.hpp>

#include "store/error.hpp"
#include "store/files.hpp"
#include "tests/fakes/files.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::catalog_lost_test {
using namespace tally::store_tests;

namespace {

/// A catalog that is open, with one type in its log.
struct OpenCatalog {
  TemporaryDirectory directory;
  std::filesystem::path file = directory / "catalog.db";
  std::filesystem::path log = directory / "catalog.db-wal";
  std::filesystem::path aside = directory / "aside.db";
  std::unique_ptr<Catalog> catalog = std::make_unique<Catalog>(file);

  OpenCatalog() {
    catalog->set_credentials({record()}, Timestamp(1h));
    add("a100");
  }
  void add(const std::string& name) const {
    catalog->apply(cred, addition(make_type("east", name), Timestamp(2h)), state(types_listing, Timestamp(2h)));
  }
  /// Another catalog, whole and without a log, in the place of this one, which goes aside.
  void replace() const {
    {
      Catalog other(directory / "other.db");
    }
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(beside(directory / "other.db", suffix));
    std::filesystem::rename(file, aside);
    std::filesystem::rename(directory / "other.db", file);
  }
  void look() const { catalog->require_in_place(Timestamp(3h)); }
  [[nodiscard]] std::filesystem::path log_set_aside() const {
    return beside(log, (".replaced-" + std::to_string(std::chrono::milliseconds(3h).count())).c_str());
  }
};

std::size_t types_in(const std::filesystem::path& file) {
  return Reader(file).query("SELECT * FROM instance_types").rows.size();
}

/// The log that was renamed because no catalog of it was there.
std::filesystem::path kept_log(const std::filesystem::path& directory) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename().string().starts_with("catalog.db-wal.replaced-")) return entry.path();
  }
  return {};
}

std::string integrity_of(const std::filesystem::path& file) {
  return std::get<std::string>(Reader(file).query("PRAGMA integrity_check").rows.at(0).at(0));
}

}  // namespace

TEST_CASE("a catalog in its place is there, also after much writing", "[store]") {
  const OpenCatalog open;
  CHECK_NOTHROW(open.look());
  static_cast<void>(open.catalog->checkpoint());
  open.add("h100");
  CHECK_NOTHROW(open.look());
}

TEST_CASE("the log of a replaced catalog goes into the file that was open, and never meets the other", "[store]") {
  OpenCatalog open;
  open.replace();
  CHECK_THROWS_AS(open.look(), CatalogLost);
  CHECK_THROWS_AS(open.look(), CatalogLost);
  CHECK_FALSE(has_bytes(open.log));
  CHECK(types_in(open.file) == 0);
  open.catalog.reset();
  CHECK_FALSE(has_bytes(open.log));
  CHECK(types_in(open.aside) == 1);
  CHECK(types_in(open.file) == 0);
  CHECK(integrity_of(open.file) == "ok");
}

TEST_CASE("what a reader keeps in the log of a replaced catalog is kept under another name", "[store]") {
  OpenCatalog open;
  sqlite::Connection reader(open.file, SQLITE_OPEN_READONLY);
  reader.execute("BEGIN");
  static_cast<void>(reader.integer("SELECT count(*) FROM event"));
  open.add("h100");  // after the reader's moment
  open.replace();
  CHECK_THROWS_WITH(open.look(), Catch::Contains("what is left of it is " + open.log_set_aside().string()));
  CHECK_FALSE(std::filesystem::exists(open.log));
  CHECK(types_in(open.file) == 0);
  reader = sqlite::Connection(open.file.string(), SQLITE_OPEN_READONLY);
  open.catalog.reset();
  std::filesystem::rename(open.log_set_aside(), beside(open.aside, "-wal"));
  CHECK(types_in(open.aside) == 2);
}

TEST_CASE("a deleted catalog is noticed, and the next start makes a new one", "[store]") {
  OpenCatalog open;
  std::filesystem::remove(open.file);
  CHECK_THROWS_AS(open.look(), CatalogLost);
  open.catalog.reset();
  const Catalog next(open.file);
  CHECK(types_in(open.file) == 0);
}

TEST_CASE("a catalog that is emptied where it is is noticed, and its log is kept through the next start", "[store]") {
  OpenCatalog open;
  std::filesystem::resize_file(open.file, 0);
  CHECK_THROWS_AS(open.look(), CatalogLost);
  open.catalog.reset();
  const std::string log = fakes::text_of(open.log);
  CHECK_FALSE(log.empty());
  CHECK_THROWS_WITH(Reader(open.file), Catch::Contains("is empty"));
  const Catalog next(open.file);
  CHECK(types_in(open.file) == 0);
  CHECK(fakes::text_of(kept_log(open.directory.path())) == log);
}

TEST_CASE("the log of a catalog that was moved away is kept by the next start, and fits that catalog", "[store]") {
  const OpenCatalog open;
  const auto killed = open.directory / "killed";  // as a kill leaves it
  std::filesystem::create_directory(killed);
  std::filesystem::copy_file(open.file, killed / "moved.db");
  std::filesystem::copy_file(open.log, killed / "catalog.db-wal");
  const Catalog next(killed / "catalog.db");
  CHECK(types_in(killed / "catalog.db") == 0);
  std::filesystem::rename(kept_log(killed), killed / "moved.db-wal");
  CHECK(types_in(killed / "moved.db") == 1);
}

TEST_CASE("a catalog behind a link that leads nowhere yet is made there", "[store]") {
  const OpenCatalog other;
  const auto volume = other.directory / "volume";
  std::filesystem::create_directory(volume);
  const auto link = other.directory / "link.db";
  std::filesystem::create_symlink(volume / "catalog.db", link);
  const Catalog made(link);
  CHECK(std::filesystem::is_symlink(link));
  CHECK(types_in(volume / "catalog.db") == 0);
}

TEST_CASE("a log or its index that somebody takes away is noticed, and nothing of it is lost", "[store]") {
  OpenCatalog open;
  SECTION("the log") { std::filesystem::remove(open.log); }
  SECTION("its index") { std::filesystem::remove(open.directory / "catalog.db-shm"); }
  SECTION("both") {
    std::filesystem::remove(open.log);
    std::filesystem::remove(open.directory / "catalog.db-shm");
  }
  CHECK_THROWS_AS(open.look(), CatalogLost);
  open.catalog.reset();
  const Catalog next(open.file);
  CHECK(types_in(open.file) == 1);
  CHECK(integrity_of(open.file) == "ok");
}

TEST_CASE("a catalog that was opened by a link is watched where it is", "[store]") {
  const OpenCatalog real;
  const auto link = real.directory / "link.db";
  std::filesystem::create_symlink(real.directory / "second.db", link);
  {
    Catalog make(real.directory / "second.db");
  }
  Catalog linked(link);
  CHECK_NOTHROW(linked.require_in_place(Timestamp(3h)));
  std::filesystem::remove(link);
  CHECK_THROWS_AS(linked.require_in_place(Timestamp(3h)), CatalogLost);
}

}  // namespace tally::catalog_lost_test
