// The real daemon, when those who read its output stall, go away or were never there.
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/daemon/asking.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::stalled_reader_test {
using namespace tally::fakes;

namespace {

/// A daemon that asks nobody.
struct Site {
  TemporaryDirectory directory;
  std::filesystem::path socket = directory / "tallyd.sock";

  Site() { std::ofstream(directory / "tallyd.toml") << "[log]\nlevel = \"info\"\n"; }

  [[nodiscard]] std::vector<std::string> daemon() const {
    return {binary("tallyd"), "--config", (directory / "tallyd.toml").string(), "--state-dir",
            directory.path().string()};
  }
  /// Each is answered, and a line of the log.
  void ask(int times) const {
    for (int i = 0; i < times; ++i) {
      const std::string path = "/v1/none/" + std::to_string(i) + std::string(150, 'x');
      REQUIRE(ask_daemon(socket, "POST", path).starts_with("HTTP/1.1 404"));
    }
  }
};

}  // namespace

TEST_CASE("a reader of the log that stalls stops neither the daemon's work nor its end", "[daemon]") {
  const Site site;
  Process daemon(site.daemon());
  daemon.read_until("syncing 0 credential");
  site.ask(600);  // more than a pipe holds
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("a reader of the log that goes away does not take the daemon along", "[daemon]") {
  const Site site;
  Process daemon(site.daemon());
  daemon.read_until("syncing 0 credential");
  daemon.stop_reading();
  site.ask(3);
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("standard streams that are closed at the start are no files of the daemon", "[daemon]") {
  const Site site;
  std::string line = "exec";
  for (const std::string& word : site.daemon()) line += " '" + word + "'";
  Process daemon({"/bin/sh", "-c", line + " <&- >&- 2>&-"});
  await_catalog(site.directory.path(), "1");
  const std::filesystem::path streams = "/proc/" + std::to_string(daemon.pid()) + "/fd";
  for (const char* stream : {"0", "1", "2"}) {
    CHECK(std::filesystem::read_symlink(streams / stream) == "/dev/null");
  }
  daemon.signal(SIGTERM);
  daemon.wait();
}

TEST_CASE("nobody who reads the demo's story can hold up its end", "[daemon]") {
  const TemporaryDirectory directory;
  Process demo({binary("tallyd"), "--demo", "--state-dir", directory.path().string()});
  demo.shrink_pipe();
  await_catalog(directory.path(), "(SELECT count(*) FROM events) > 100");
  demo.signal(SIGTERM);
  CHECK(demo.wait() == 0);
}

}  // namespace tally::stalled_reader_test
