// tallyctl as a process: what comes as it happens, signals and pipes.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/daemon/process.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::cli_binary_test {
using namespace tally::fakes;
using namespace tally::store_tests;

namespace {

void add_event(Catalog& catalog, const std::string& detail) {
  ChangeSet changes;
  changes.at = now();
  changes.events.push_back({"mass_change_held", "credential", "cred", {}, {}, {}, detail});
  catalog.apply(cred, changes);
}

}  // namespace

TEST_CASE("events are followed across catalogs that come and go, until interrupted", "[daemon]") {
  World world;
  add_event(world.catalog, "the first");
  Process tallyctl({binary("tallyctl"), "--state-dir", world.directory.path().string(), "-o", "jsonl", "events",
                    "--follow", "--limit", "1"});
  CHECK(tallyctl.read_until("the first").find("\"id\":") != std::string::npos);
  add_event(world.catalog, "the second");
  CHECK(tallyctl.read_until("the second").find("the second") != std::string::npos);
  // As when the daemon is stopped and its directory made anew.
  const TemporaryDirectory away;
  std::filesystem::rename(world.directory.path(), away / "state");
  std::filesystem::create_directory(world.directory.path());
  {
    Catalog fresh(world.file);
    fresh.set_credentials({record()}, now());
    add_event(fresh, "the third");
    CHECK(tallyctl.read_until("the third").find("the third") != std::string::npos);
  }
  tallyctl.signal(SIGINT);
  CHECK(tallyctl.wait() == 0);
}

TEST_CASE("a reader that goes away ends tallyctl quietly", "[daemon]") {
  World world;
  for (int i = 0; i < 300; ++i) add_event(world.catalog, std::string(1000, 'x'));
  const std::string command = binary("tallyctl") + " --state-dir " + world.directory.path().string() +
                              " -o csv events --limit 300 | head -1; echo ${PIPESTATUS[0]}";
  Process shell({"/bin/bash", "-c", command});
  const std::string output = shell.read_all();
  CHECK(output.starts_with("id,at_ms"));
  CHECK(output.ends_with("\n141\n"));
  CHECK(shell.wait() == 0);
}

}  // namespace tally::cli_binary_test
