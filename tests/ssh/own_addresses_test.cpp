// Addresses of this host are never contacted, whatever a vendor says.
#include "ssh/own_addresses.hpp"

#include <catch2/catch.hpp>

#include "ssh/ssh_prober.hpp"
#include "tests/fakes/await.hpp"
#include "tests/ssh/support/call.hpp"
#include "tests/ssh/support/servers.hpp"
#include "tests/ssh/support/strangers.hpp"

namespace tally::own_addresses_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

asio::ip::address address(const std::string& text) { return asio::ip::make_address(text); }

OwnAddresses own() {
  return OwnAddresses([] { return Addresses{address("192.0.2.7"), address("2001:db8::7"), address("127.0.0.1")}; });
}

/// Counts who comes.
struct Listener {
  std::atomic<int> connections = 0;
  Stranger stranger{[this](StrangerSocket) -> asio::awaitable<void> {
    ++connections;
    co_return;
  }};
};

SshFailure failure(const SshTarget& target, SshProber& prober) {
  const SshReport report = call(prober.probe(target, longest_wait));
  REQUIRE(report.failure);
  CHECK_FALSE(report.host_key);
  return *report.failure;
}

}  // namespace

TEST_CASE("an address is this host's in whatever form it is written", "[ssh]") {
  OwnAddresses ours = own();
  for (const char* text : {"192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7", "0.0.0.0", "::", "::ffff:0.0.0.0"}) {
    INFO(text);
    CHECK(ours.hold(address(text), true));
    CHECK(ours.hold(address(text), false));
  }
  for (const char* text : {"192.0.2.8", "::ffff:192.0.2.8", "2001:db8::8"})
    CHECK_FALSE(ours.hold(address(text), false));
}

TEST_CASE("loopback is this host's, unless a cloud is simulated here", "[ssh]") {
  OwnAddresses ours = own();
  for (const char* text : {"127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"}) {
    INFO(text);
    CHECK(ours.hold(address(text), false));
    CHECK_FALSE(ours.hold(address(text), true));
  }
}

TEST_CASE("what the resolver takes for an address is read as one", "[ssh]") {
  CHECK(numeric_address("0") == address("0.0.0.0"));
  CHECK(numeric_address("127.1") == address("127.0.0.1"));
  CHECK_FALSE(numeric_address("vm.example"));
}

TEST_CASE("the addresses of this machine's interfaces are known", "[ssh]") {
  const Addresses all = interface_addresses();
  CHECK(std::find(all.begin(), all.end(), address("127.0.0.1")) != all.end());
}

TEST_CASE("nobody connects to an address of this host, and the failure says why", "[ssh]") {
  Listener listener;
  SshProber prober({}, [] { return Addresses{address("192.0.2.7")}; });
  SshTarget target;
  target.user = "root";
  target.port = listener.stranger.port();
  SECTION("one of its interfaces, though the cloud is simulated here") {
    target.may_be_loopback = true;
    target.host = "192.0.2.7";
  }
  SECTION("unspecified") {
    target.may_be_loopback = true;
    target.host = GENERATE(as<std::string>(), "0.0.0.0", "0", "::ffff:0.0.0.0");
  }
  SECTION("loopback of a cloud that is elsewhere") {
    target.host = GENERATE(as<std::string>(), "127.0.0.1", "::ffff:127.0.0.1", "127.1");
  }
  const SshFailure failed = failure(target, prober);
  CHECK(failed.stage == SshStage::tcp);
  CHECK(failed.message.find("this host's own address") != std::string::npos);
  CHECK(listener.connections == 0);
}

TEST_CASE("an address that becomes this host's is refused soon after", "[ssh]") {
  Addresses held;
  OwnAddresses::Steady::time_point now{};
  OwnAddresses ours([&held] { return held; }, [&now] { return now; });
  CHECK_FALSE(ours.hold(address("192.0.2.9"), false));
  held = {address("192.0.2.9")};
  now += 3s;
  CHECK(ours.hold(address("192.0.2.9"), false));
}

TEST_CASE("a bastion is not asked for an address of this host", "[ssh]") {
  const Home home;
  Sshd bastion(home);
  SshProber prober({}, [] { return Addresses{address("192.0.2.7")}; });
  SshTarget target = bastion.target();
  target.bastion = std::make_shared<const SshTarget>(bastion.target());
  target.may_be_loopback = false;
  target.host = GENERATE(as<std::string>(), "192.0.2.7", "127.0.0.1", "localhost", "0");
  const SshFailure failed = failure(target, prober);
  CHECK(failed.stage == SshStage::tcp);
  CHECK(failed.message == target.host + ": this host's own address: the machine is not there, and is not contacted");
  CHECK(bastion.inetd().connections() == 0);
}

}  // namespace tally::own_addresses_test
