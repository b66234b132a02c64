// What systemd would be told, read at a real NOTIFY_SOCKET.
#include "daemon/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "store/files.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::service_manager_test {
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// The manager's end of the socket while it lives.
class Manager {
 public:
  Manager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (directory_ / "notify").string();
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~Manager() { unsetenv("NOTIFY_SOCKET"); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  /// The next message; "" when there is none.
  std::string told() {
    char text[512];
    const ssize_t size = recv(socket_.number(), text, sizeof text, 0);
    return size < 0 ? "" : std::string(text, static_cast<std::size_t>(size));
  }

  std::size_t count() {
    std::size_t messages = 0;
    while (!told().empty()) ++messages;
    return messages;
  }

 private:
  fakes::TemporaryDirectory directory_;
  Descriptor socket_;
};

}  // namespace

TEST_CASE("the status text counts what is fresh and names the oldest age", "[daemon]") {
  CHECK(status_text({8, 6, 412, 7400ms}, "") == "6/8 credentials fresh, 412 instances, oldest 7 s");
  CHECK(status_text({0, 0, 0, std::nullopt}, "") == "0/0 credentials fresh, 0 instances");
  CHECK(status_text({1, 1, 1, -3s}, "") == "1/1 credentials fresh, 1 instances, oldest 0 s");
  CHECK(status_text({1, 1, 1, 1s}, "x: locked\nREADY=1") == "the catalog cannot be written: x: locked READY=1");
}

TEST_CASE("a reload is told when it begins, with the time, and when it is over", "[daemon]") {
  Manager manager;
  {
    const ReloadNotice notice;
    CHECK(manager.told().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(manager.told().empty());
  }
  CHECK(manager.told() == "READY=1");
}

TEST_CASE("a start that takes long asks for more time from its first moment on", "[daemon]") {
  Manager manager;
  {
    const StartPatience patience;
  }
  CHECK(manager.told() == "EXTEND_TIMEOUT_USEC=30000000");
}

TEST_CASE("the watchdog is fed three times a limit, and not while the writer does nothing", "[daemon]") {
  Manager manager;
  asio::io_context loop;
  asio::io_context writer;
  fakes::ManualClock clock(loop);
  const auto writer_works = [&] {
    writer.restart();
    writer.poll();
  };
  std::size_t fed = 0;
  asio::co_spawn(loop, feed_watchdog(clock, writer.get_executor(), 30s, [&fed] { ++fed; }), asio::detached);
  clock.advance(1s);
  CHECK(manager.count() == 0);
  for (int i = 0; i < 3; ++i) {
    writer_works();
    clock.run_ready();
    CHECK(manager.count() == 1);
    clock.advance(10s);
  }
  clock.advance(1h);
  CHECK(manager.count() == 0);  // the writer is stuck
  CHECK(fed == 3);
}

}  // namespace tally::service_manager_test
