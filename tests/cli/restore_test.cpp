#include <sysexits.h>

#include <catch2/catch.hpp>

#include "store/backup.hpp"
#include "store/state_lock.hpp"
#include "tests/cli/program.hpp"

namespace tally::restore_test {
using namespace tally::cli_tests;

TEST_CASE("restore takes a backup, says where the catalog that was there is, and refuses while it is held", "[cli]") {
  TemporaryDirectory directory;
  const auto backup = directory / "backup.db";
  {
    Catalog catalog(directory / "catalog.db");
    catalog.set_credentials({record()}, Timestamp(1h));
  }
  back_up_catalog(directory / "catalog.db", backup);
  {
    const StateLock daemon(directory.path());
    CHECK(run(directory.path(), {"restore", backup.string()}).exit_code == EX_TEMPFAIL);
  }
  const Ran ran = run(directory.path(), {"restore", backup.string()});
  CHECK(ran.exit_code == EX_OK);
  CHECK(ran.says("catalog.db.before-restore"));
  CHECK(Reader(directory / "catalog.db").query("SELECT * FROM credentials").rows.size() == 1);
  CHECK(run(directory.path(), {"restore", (directory / "none").string()}).exit_code == EX_NOINPUT);
  CHECK(run(directory.path(), {"restore"}).exit_code == EX_USAGE);
}

}  // namespace tally::restore_test
