// Many contacts at once, and contacts that nobody waits for any more.
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <list>

#include "ssh/ssh_prober.hpp"
#include "tests/ssh/support/call.hpp"
#include "tests/ssh/support/servers.hpp"
#include "tests/ssh/support/strangers.hpp"

namespace tally::lifetime_test {
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

/// Keeps its connections open and counts them; says the version first when `is_polite`.
class Holder {
 public:
  explicit Holder(bool is_polite = false)
      : server_([this, is_polite](StrangerSocket socket) { return hold(std::move(socket), is_polite); }) {}
  [[nodiscard]] int port() const { return server_.port(); }
  [[nodiscard]] std::future<void> connected() { return connected_.get_future(); }
  [[nodiscard]] std::future<void> closed() { return closed_.get_future(); }
  [[nodiscard]] int most() const { return most_; }

 private:
  asio::awaitable<void> hold(StrangerSocket socket, bool is_polite) {
    ++open_;
    most_ = std::max(most_.load(), open_.load());
    if (open_ == 1 && !is_told_) connected_.set_value();
    is_told_ = true;
    if (is_polite) co_await say(socket, "SSH-2.0-holder\r\n");
    std::array<char, 4096> buffer;
    for (;;) {
      const auto [failure, size] =
          co_await socket->async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
      if (failure) break;
    }
    if (--open_ > 0 || is_closed_) co_return;
    is_closed_ = true;
    closed_.set_value();
  }

  std::promise<void> connected_;
  std::promise<void> closed_;
  std::atomic<int> open_ = 0;
  std::atomic<int> most_ = 0;
  bool is_told_ = false;
  bool is_closed_ = false;
  Stranger server_;
};

using Ended = std::promise<std::exception_ptr>;

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
  return false;
}

}  // namespace

TEST_CASE("500 contacts at once all come to their end", "[ssh]") {
  const Home home;
  TinySsh server(home);
  Holder silent;
  SshProber prober;
  asio::io_context loop;
  int done = 0;
  int good = 0;
  const auto probe = [&](int port, std::chrono::milliseconds deadline) -> asio::awaitable<void> {
    const SshReport report = co_await prober.probe(at(port), deadline);
    ++done;
    if (!report.failure) ++good;
  };
  for (int i = 0; i < 400; ++i) asio::co_spawn(loop, probe(silent.port(), 1s), asio::detached);
  for (int i = 0; i < 100; ++i) asio::co_spawn(loop, probe(server.target().port, 120s), asio::detached);
  loop.run();
  CHECK(done == 500);
  CHECK(good == 100);
}

TEST_CASE("no more contacts than allowed are open, and the others have their turn and their whole deadline", "[ssh]") {
  SshLimits limits;
  limits.contacts = 3;
  int at_banner = 0;
  int most = 0;
  // The server, too, needs a moment, to see that a contact has ended before it sees the next one.
  for (const Patience& time : growing_from(50ms)) {
    Holder silent;
    SshProber prober(limits);
    asio::io_context loop;
    at_banner = 0;
    const auto probe = [&]() -> asio::awaitable<void> {
      const SshReport report = co_await prober.probe(at(silent.port()), time.deadline);
      if (report.failure->stage == SshStage::banner) ++at_banner;
    };
    for (int i = 0; i < 12; ++i) asio::co_spawn(loop, probe, asio::detached);
    loop.run();
    most = silent.most();
    if (at_banner == 12 && most <= 3) break;
  }
  CHECK(at_banner == 12);
  CHECK(most <= 3);
}

TEST_CASE("those who never end a key exchange do not keep out the others", "[ssh]") {
  const Home home;
  TinySsh server(home);
  Holder slow(true);
  SshLimits limits;
  limits.handshakes = 2;
  limits.patience = 50ms;
  SshProber prober(limits);
  asio::io_context loop;
  asio::cancellation_signal end;
  for (int i = 0; i < 10; ++i) {
    asio::co_spawn(loop, prober.probe(at(slow.port()), 3s), asio::detached);
  }
  std::optional<SshReport> good;
  const auto probe = [&]() -> asio::awaitable<void> { good = co_await prober.probe(server.target(), 60s); };
  asio::co_spawn(loop, probe, asio::detached);
  loop.run();
  REQUIRE(good);
  CHECK_FALSE(good->failure);
}

TEST_CASE("a cancelled caller is free at once, and the contact's connection is closed", "[ssh]") {
  Holder silent;
  std::future<void> connected = silent.connected();
  std::future<void> closed = silent.closed();
  SshProber prober;
  asio::io_context loop;
  asio::cancellation_signal signal;
  Ended ended;
  asio::co_spawn(loop, prober.probe(at(silent.port()), 10min),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](std::exception_ptr failure, const SshReport&) { ended.set_value(failure); }));
  std::thread runner([&] { loop.run(); });
  connected.wait();
  asio::post(loop, [&] { signal.emit(asio::cancellation_type::terminal); });
  CHECK(is_cancellation(ended.get_future().get()));
  closed.wait();
  runner.join();
}

TEST_CASE("a prober that goes away ends its contacts and closes their connections", "[ssh]") {
  Holder silent;
  std::future<void> connected = silent.connected();
  std::future<void> closed = silent.closed();
  auto prober = std::make_unique<SshProber>(SshLimits{5, 2, 5s, 2});
  asio::io_context loop;
  int cancelled = 0;
  for (int i = 0; i < 20; ++i) {  // 15 of them are still waiting for their turn
    asio::co_spawn(loop, prober->probe(at(silent.port()), 10min), [&](std::exception_ptr failure, const SshReport&) {
      if (is_cancellation(failure)) ++cancelled;
    });
  }
  loop.poll();
  connected.wait();
  prober.reset();
  closed.wait();
  loop.restart();
  loop.run();
  CHECK(cancelled == 20);
}

TEST_CASE("cancels at any moment are answered once each", "[ssh]") {
  const Home home;
  TinySsh server(home);
  SshProber prober;
  asio::io_context loop;
  std::list<asio::cancellation_signal> signals;
  int ended = 0;
  for (int i = 0; i < 100; ++i) {
    auto& signal = signals.emplace_back();
    asio::co_spawn(
        loop, prober.probe(server.target(), 60s),
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr failure, const SshReport& report) {
          ++ended;
          CHECK((is_cancellation(failure) || report.stage == SshStage::auth));
        }));
    // Let the earlier ones get somewhere, each a little further than the next.
    loop.poll();
    if (i % 2 == 0) continue;
    auto victim = signals.begin();
    std::advance(victim, i / 2);
    victim->emit(asio::cancellation_type::terminal);
  }
  loop.restart();
  loop.run();
  CHECK(ended == 100);
}

}  // namespace tally::lifetime_test
