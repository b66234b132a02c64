#include "store/state_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <catch2/catch.hpp>

#include "tests/fakes/temporary_directory.hpp"

namespace tally::state_lock_test {
using fakes::TemporaryDirectory;

namespace {

int exit_code_of_second(const std::filesystem::path& state_dir) {
  try {
    const StateLock second(state_dir);
    return EX_OK;
  } catch (const StoreError& error) {
    return error.exit_code();
  }
}

}  // namespace

TEST_CASE("a state directory is one holder's, also when a cleaner has removed the lock file", "[store]") {
  TemporaryDirectory directory;
  const auto state_dir = directory / "state";
  {
    const StateLock lock(state_dir);
    CHECK(exit_code_of_second(state_dir) == EX_TEMPFAIL);
    std::filesystem::remove(state_dir / "lock");
    CHECK(exit_code_of_second(state_dir) == EX_TEMPFAIL);
    struct stat status{};
    REQUIRE(stat(state_dir.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0750U);
  }
  CHECK(exit_code_of_second(state_dir) == EX_OK);
}

TEST_CASE("a version that locks the file only keeps the directory as well", "[store]") {
  TemporaryDirectory directory;
  const Descriptor older(open((directory / "lock").c_str(), O_RDWR | O_CREAT, 0640));
  REQUIRE(flock(older.number(), LOCK_EX) == 0);
  CHECK(exit_code_of_second(directory.path()) == EX_TEMPFAIL);
}

TEST_CASE("a catalog behind a link is one holder's, whichever state directory leads to it", "[store]") {
  TemporaryDirectory directory;
  const auto own = directory / "own";
  const auto linked = directory / "linked";
  std::filesystem::create_directory(own);
  std::filesystem::create_directory(linked);
  std::filesystem::create_symlink("../own/catalog.db", linked / "catalog.db");
  {
    const StateLock lock(own);
    CHECK(exit_code_of_second(linked) == EX_TEMPFAIL);
  }
  {
    const StateLock lock(linked);
    CHECK(exit_code_of_second(own) == EX_TEMPFAIL);
  }
  CHECK(exit_code_of_second(own) == EX_OK);
}

TEST_CASE("a link to a catalog in the same state directory, or to that directory, is no second holder", "[store]") {
  TemporaryDirectory directory;
  const auto state_dir = directory / "state";
  std::filesystem::create_directory(state_dir);
  std::filesystem::create_directory_symlink(state_dir, directory / "link");
  std::filesystem::create_symlink(directory / "link" / "there.db", state_dir / "catalog.db");
  CHECK(exit_code_of_second(state_dir) == EX_OK);
  CHECK(exit_code_of_second(directory / "link") == EX_OK);
}

TEST_CASE("a state directory that cannot be is an error of its own kind", "[store]") {
  TemporaryDirectory directory;
  const Descriptor file(open((directory / "file").c_str(), O_RDWR | O_CREAT, 0640));
  CHECK(exit_code_of_second(directory / "file") == EX_IOERR);
}

}  // namespace tally::state_lock_test
