// From a name to a socket: slow names, dead addresses.
#include "runtime/dial.hpp"

#include <array>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <optional>

#include "runtime/lookups.hpp"
#include "runtime/tasks.hpp"

namespace tally::dial_test {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

TimePoint in(std::chrono::milliseconds time) { return TimePoint::clock::now() + time; }

template <class T>
asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T>& result) {
  result.emplace(co_await std::move(work));
}

template <class T>
T run(asio::io_context& context, asio::awaitable<T> work) {
  std::optional<T> result;
  asio::co_spawn(context, keep(std::move(work), result), asio::detached);
  context.restart();
  while (!result && context.run_one() != 0) {
  }
  return std::move(result.value());
}

/// Listens, and drops whoever comes: its queue is full.
class Hole {
 public:
  Hole() {
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
      fillers_.emplace_back(context_).async_connect(endpoint(), [](boost::system::error_code) {});
    }
  }
  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  static tcp::acceptor bound(asio::io_context& context) {
    tcp::acceptor acceptor(context, tcp::v4());
    acceptor.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return acceptor;
  }
  asio::io_context context_;
  tcp::acceptor acceptor_ = bound(context_);
  std::vector<tcp::socket> fillers_;
};

tcp::endpoint refusing() { return {asio::ip::make_address("127.0.0.1"), 1}; }

/// A resolver that answers a name once the test says so.
struct SlowResolver {
  FoundAddresses operator()(const std::string& host) {
    ++asked;
    if (host == "slow") answer.wait();
    FoundAddresses found;
    found.addresses = {asio::ip::make_address("192.0.2.1")};
    return found;
  }
  std::atomic<int> asked = 0;
  std::promise<void> may_answer;
  std::shared_future<void> answer = may_answer.get_future().share();
};

Lookups::LookUp by(const std::shared_ptr<SlowResolver>& resolver) {
  return [resolver](const std::string& host) { return (*resolver)(host); };
}

}  // namespace

TEST_CASE("an address that swallows connections does not keep the next one from being used", "[runtime]") {
  asio::io_context context;
  const Hole hole;
  const tcp::acceptor good(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto socket = run(context, connect({hole.endpoint(), good.local_endpoint()}, in(60s)));
  REQUIRE(socket);
  CHECK(socket->remote_endpoint() == good.local_endpoint());
}

TEST_CASE("without an address that answers by the deadline each is named with its reason", "[runtime]") {
  asio::io_context context;
  const Hole hole;
  const auto alone = run(context, connect({hole.endpoint()}, in(50ms)));
  REQUIRE_FALSE(alone);
  CHECK(alone.error() == "no answer in time");
  const auto both = run(context, connect({refusing(), hole.endpoint()}, in(400ms)));
  REQUIRE_FALSE(both);
  CHECK_THAT(both.error(), Catch::Contains("127.0.0.1: connection refused") && Catch::Contains("no answer in time"));
}

TEST_CASE("a slow name delays no other", "[runtime]") {
  asio::io_context context;
  const auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(by(resolver), 2);
  CHECK(run(context, lookups.find("slow", in(1ms))) == nullptr);
  CHECK(run(context, lookups.find("quick", in(60s)))->addresses.size() == 1);
  resolver->may_answer.set_value();
}

TEST_CASE("a name that is being looked up is not looked up once more, and its answer comes to all", "[runtime]") {
  asio::io_context context;
  const auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(by(resolver), 8);
  for (int i = 0; i < 20; ++i) CHECK(run(context, lookups.find("slow", in(0ms))) == nullptr);
  std::array<std::optional<std::shared_ptr<const FoundAddresses>>, 2> found;
  for (auto& each : found) asio::co_spawn(context, keep(lookups.find("slow", in(60s)), each), asio::detached);
  context.restart();
  context.poll();
  resolver->may_answer.set_value();
  context.run();
  for (const auto& each : found) CHECK(each.value() != nullptr);
  CHECK(resolver->asked == 1);
}

TEST_CASE("more names than threads wait for one", "[runtime]") {
  asio::io_context context;
  const auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(by(resolver), 1);
  CHECK(run(context, lookups.find("slow", in(0ms))) == nullptr);
  CHECK(run(context, lookups.find("quick", in(0ms))) == nullptr);
  resolver->may_answer.set_value();
  CHECK(run(context, lookups.find("quick", in(60s))) != nullptr);
}

TEST_CASE("a look-up is left at once when it is cancelled", "[runtime]") {
  asio::io_context context;
  const auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(by(resolver), 1);
  std::optional<std::shared_ptr<const FoundAddresses>> found;
  Tasks tasks(context.get_executor(), nullptr);
  tasks.spawn("find", keep(lookups.find("slow", TimePoint::max()), found));
  context.poll();
  tasks.cancel();
  context.restart();
  context.run();
  CHECK_FALSE(found);
  resolver->may_answer.set_value();
}

}  // namespace tally::dial_test
