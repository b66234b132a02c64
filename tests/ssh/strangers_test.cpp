// Servers that mean no good, or are none.
#include "tests/ssh/support/strangers.hpp"

#include <netdb.h>

#include <boost/algorithm/string/replace.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <random>

#include "ssh/ssh_prober.hpp"
#include "tests/fakes/await.hpp"
#include "tests/ssh/support/call.hpp"
#include "tests/ssh/support/servers.hpp"

namespace tally::strangers_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

SshTarget at(int port) {
  SshTarget target;
  target.host = "127.0.0.1";
  target.may_be_loopback = true;
  target.port = port;
  target.user = "root";
  return target;
}

/// A probe's failure; there must be one.
SshFailure failure_at(int port, std::chrono::milliseconds deadline) {
  SshProber prober;
  const SshReport report = call(prober.probe(at(port), deadline));
  REQUIRE(report.failure);
  CHECK(report.stage == report.failure->stage);
  CHECK_FALSE(report.times[static_cast<std::size_t>(report.stage)]);
  return *report.failure;
}

/// A probe's failure when its time is over, at that stage and with words that end so; "in time" stands for that time.
SshFailure late_failure_at(int port, SshStage stage, std::string_view end_of_words) {
  SshFailure failure;
  for (const Patience& time : growing_from(300ms)) {
    failure = failure_at(port, time.deadline);
    boost::replace_first(failure.message, time.words, "in time");
    if (failure.stage == stage && failure.message.ends_with(end_of_words)) break;
  }
  return failure;
}

// For what must happen within it.
constexpr std::chrono::milliseconds ample = longest_wait;
const std::string version = "SSH-2.0-stranger\r\n";

asio::awaitable<void> silence(StrangerSocket socket) { co_await listen_for_ever(socket); }

asio::awaitable<void> close_at_once(StrangerSocket) { co_return; }

asio::awaitable<void> drip(StrangerSocket socket) {
  asio::steady_timer timer(socket->get_executor());
  for (;;) {
    co_await say(socket, "x");
    timer.expires_after(20ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> long_line(StrangerSocket socket) {
  co_await say(socket, "SSH-2.0-" + std::string(1024 * 1024, 'x') + "\r\n");
}

asio::awaitable<void> lines_without_end(StrangerSocket socket) {
  const std::string lines(4096, '\n');
  for (;;) co_await say(socket, lines);
}

asio::awaitable<void> web_server(StrangerSocket socket) {
  co_await say(socket, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
}

asio::awaitable<void> old_version(StrangerSocket socket) {
  co_await say(socket, "SSH-1.5-\x1b[31mstranger\r\n");
  co_await listen_for_ever(socket);
}

asio::awaitable<void> version_then_close(StrangerSocket socket) {
  co_await say(socket, version);
  std::array<char, 8> some;
  co_await asio::async_read(*socket, asio::buffer(some), asio::use_awaitable);
}

asio::awaitable<void> version_then_silence(StrangerSocket socket) {
  co_await say(socket, version);
  co_await listen_for_ever(socket);
}

asio::awaitable<void> version_then_garbage(StrangerSocket socket) {
  std::mt19937 random(7);
  std::string garbage(4096, '\0');
  for (char& byte : garbage) byte = static_cast<char>(random());
  co_await say(socket, version + garbage);
  co_await listen_for_ever(socket);
}

/// Valid packets (SSH_MSG_IGNORE), as fast as they go.
asio::awaitable<void> packets_without_end(StrangerSocket socket) {
  std::string packet("\x00\x00\x00\x0c\x06\x02\x00\x00\x00\x00", 10);
  packet += std::string(6, '\0');
  std::string many;
  for (int i = 0; i < 256; ++i) many += packet;
  co_await say(socket, version);
  for (;;) co_await say(socket, many);
}

}  // namespace

TEST_CASE("a port where nothing listens is refused at tcp", "[ssh]") {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const int port = acceptor.local_endpoint().port();
  acceptor.close();
  const SshFailure failure = failure_at(port, ample);
  CHECK(failure.stage == SshStage::tcp);
  CHECK(failure.message.find("connection refused") == 0);
}

TEST_CASE("a name that does not exist fails at dns", "[ssh]") {
  SshProber prober;
  SshTarget target = at(22);
  target.host = "no-such-host.invalid";
  const SshReport report = call(prober.probe(target, ample));
  REQUIRE(report.failure);
  CHECK(report.failure->stage == SshStage::dns);
}

TEST_CASE("every address of a name is tried", "[ssh]") {
  addrinfo* known = nullptr;
  if (getaddrinfo("localhost", nullptr, nullptr, &known) != 0) {
    WARN("not tested: without /etc/hosts this machine knows no name");
    return;
  }
  freeaddrinfo(known);
  const Home home;
  Sshd sshd(home);
  SshProber prober;
  SshTarget target = sshd.target();
  target.host = "localhost";  // ::1 first, where sshd does not listen
  const SshReport report = call(prober.probe(target, ample));
  INFO((report.failure ? report.failure->message : ""));
  CHECK_FALSE(report.failure);
}

TEST_CASE("a server that says nothing fails at banner when the time is over", "[ssh]") {
  const SshFailure failure = late_failure_at(Stranger(silence).port(), SshStage::banner, "in time");
  CHECK(failure.stage == SshStage::banner);
  CHECK(failure.message == "connected, but the server did not tell its version in time");
}

TEST_CASE("a server that closes at once fails at banner", "[ssh]") {
  CHECK(failure_at(Stranger(close_at_once).port(), ample).stage == SshStage::banner);
}

TEST_CASE("a tarpit fails at banner when the time is over", "[ssh]") {
  CHECK(late_failure_at(Stranger(drip).port(), SshStage::banner, "").stage == SshStage::banner);
}

TEST_CASE("a version of a megabyte fails at banner", "[ssh]") {
  const SshFailure failure = failure_at(Stranger(long_line).port(), ample);
  CHECK(failure.stage == SshStage::banner);
  CHECK(failure.message.find("this is no SSH server") != std::string::npos);
}

TEST_CASE("lines without end before the version fail at banner long before the time is over", "[ssh]") {
  const SshFailure failure = failure_at(Stranger(lines_without_end).port(), ample);
  CHECK(failure.stage == SshStage::banner);
  CHECK(failure.message.find("without end") != std::string::npos);
}

TEST_CASE("a web server fails at banner, and what it says is told", "[ssh]") {
  const SshFailure failure = failure_at(Stranger(web_server).port(), ample);
  CHECK(failure.stage == SshStage::banner);
  CHECK(failure.message.find("it says: HTTP/1.1 400 Bad Request") != std::string::npos);
}

TEST_CASE("what a server says instead of its version is in the failure's words, printable and short", "[ssh]") {
  const Stranger full([](StrangerSocket socket) { return say(std::move(socket), "Exceeded MaxStartups\r\n"); });
  CHECK(failure_at(full.port(), ample).message.find("; it says: Exceeded MaxStartups") != std::string::npos);

  const Stranger page(
      [](StrangerSocket socket) { return say(std::move(socket), "<html>\x1b[31m\n" + std::string(3000, 'x') + "\n"); });
  const std::string words = failure_at(page.port(), ample).message;
  CHECK(words.find("it says: <html> [31m xxx") != std::string::npos);
  CHECK(words.size() < 400);

  const Stranger slow([](StrangerSocket socket) -> asio::awaitable<void> {
    co_await say(socket, "Not allowed at this time\r\n");
    co_await listen_for_ever(socket);
  });
  CHECK(late_failure_at(slow.port(), SshStage::banner, "at this time  ").message ==
        "connected, but the server did not tell its version in time; it says: Not allowed at this time  ");
}

TEST_CASE("lines before the version are no failure", "[ssh]") {
  const Home home;
  Sshd sshd(home);
  const Stranger greeting(proxy_to(sshd.target().port, [] {
    return [is_first = true](std::string& said) mutable {
      if (is_first) said.insert(0, "Authorised use only\r\n");
      is_first = false;
      return true;
    };
  }));
  SshTarget target = sshd.target();
  target.port = greeting.port();
  SshProber prober;
  CHECK_FALSE(call(prober.probe(target, ample)).failure);
}

TEST_CASE("an address or a user that no SSH client takes is refused before any contact", "[ssh]") {
  std::atomic<int> connections = 0;
  const Stranger server([&](StrangerSocket) -> asio::awaitable<void> {
    ++connections;
    co_return;
  });
  SshTarget target = at(server.port());
  SECTION("user") {
    target.user = GENERATE(as<std::string>(), "", "-oProxyCommand=x", "a b", "a\nb", "$(x)", std::string(256, 'x'));
  }
  SECTION("address") {
    target.host = GENERATE(as<std::string>(), "", "-l", "127.0.0.1 ", "127.0.0.1\n", std::string(300, 'x'));
  }
  SshProber prober;
  const SshReport report = call(prober.probe(target, ample));
  REQUIRE(report.failure);
  CHECK(report.failure->stage == SshStage::dns);
  CHECK(report.failure->message.find('\n') == std::string::npos);
  CHECK(connections == 0);
}
TEST_CASE("a version that we do not speak is told in printable characters", "[ssh]") {
  const SshFailure failure = failure_at(Stranger(old_version).port(), ample);
  CHECK(failure.stage == SshStage::banner);
  CHECK(failure.message.find('\x1b') == std::string::npos);
  CHECK(failure.message.find("SSH-1.5-") != std::string::npos);
}

TEST_CASE("a server that closes after its version fails at kex", "[ssh]") {
  CHECK(failure_at(Stranger(version_then_close).port(), ample).stage == SshStage::kex);
}

TEST_CASE("a key exchange that never ends fails at kex when the time is over", "[ssh]") {
  const SshFailure failure = late_failure_at(Stranger(version_then_silence).port(), SshStage::kex, "in time");
  CHECK(failure.stage == SshStage::kex);
  CHECK(failure.message == "the key exchange did not end in time");
}

TEST_CASE("garbage instead of a key exchange fails at kex", "[ssh]") {
  CHECK(failure_at(Stranger(version_then_garbage).port(), ample).stage == SshStage::kex);
}

TEST_CASE("packets without end fail at kex long before the time is over", "[ssh]") {
  CHECK(failure_at(Stranger(packets_without_end).port(), ample).stage == SshStage::kex);
}

TEST_CASE("a server that dies anywhere on the way is a failure of that stage", "[ssh]") {
  const Home home;
  Sshd sshd(home);
  // How much it says until it is in: learned from a contact that is left alone.
  std::atomic<std::size_t> said_in_all = 0;
  SshProber prober;
  SshTarget target = sshd.target();
  {
    const Stranger whole(proxy_to(target.port, [&] {
      return [&](std::string& said) {
        said_in_all += said.size();
        return true;
      };
    }));
    target.port = whole.port();
    REQUIRE_FALSE(call(prober.run(target, command("echo done"))).report.failure);
  }
  SshStage last = SshStage::dns;
  for (std::size_t limit = 0; limit < said_in_all; limit += said_in_all / 24) {
    const Stranger dying(proxy_to(sshd.target().port, [limit] {
      return [left = limit](std::string& said) mutable {
        said.resize(std::min(left, said.size()));
        left -= said.size();
        return left > 0;
      };
    }));
    target.port = dying.port();
    const SshRun run = call(prober.run(target, command("echo done")));
    if (!run.report.failure) continue;  // it died after all was done
    INFO(limit << " of " << said_in_all << ": " << run.report.failure->message);
    CHECK(run.report.failure->stage >= last);
    last = run.report.failure->stage;
  }
  CHECK(last >= SshStage::auth);
}

TEST_CASE("bytes flipped on the way never pass for another server", "[ssh]") {
  const Home home;
  TinySsh server(home);
  SshProber prober;
  SshTarget target = server.target();
  const HostKey right = *call(prober.probe(target, ample)).host_key;
  target.expected = {right};
  // Each connection through it is a round of its own. Until its keys are exchanged the server says about a kilobyte; of
  // how many bytes one is flipped differs from round to round.
  unsigned round = 0;
  const Stranger spoiling(proxy_to(target.port, [&round] {
    auto random = std::make_shared<std::mt19937>(++round);
    const auto rate = std::uniform_int_distribution<unsigned>(20, 1500)(*random);
    return [random, rate](std::string& said) {
      for (char& byte : said) {
        if ((*random)() % rate == 0) byte = static_cast<char>(byte ^ static_cast<char>(1U << ((*random)() % 8)));
      }
      return true;
    };
  }));
  target.port = spoiling.port();
  int failures = 0;
  int rounds = 0;
  asio::io_context loop;
  const auto check_some = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 20; ++i) {
      // A flipped length makes it wait for what never comes.
      const SshReport report = co_await prober.probe(target, 500ms);
      ++rounds;
      if (report.failure) {
        ++failures;
        CHECK(report.failure->message.find('\n') == std::string::npos);
      } else {
        CHECK(report.host_key == right);
      }
    }
  };
  for (int i = 0; i < 20; ++i) asio::co_spawn(loop, check_some, asio::detached);
  loop.run();
  CHECK(rounds == 400);
  CHECK(failures > 100);
}

}  // namespace tally::strangers_test
