// The control API when what it needs fails, or has no room.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "api/event_stream.hpp"
#include "cli/client/control_client.hpp"
#include "store/catalog_writer.hpp"
#include "store/error.hpp"
#include "store/sqlite.hpp"
#include "tests/api/api_site.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/manual_clock.hpp"

namespace tally::failure_test {
using namespace tally::api_tests;
namespace asio = boost::asio;

namespace {

asio::awaitable<void> listen(api::EventSource source, std::string& heard) {
  api::Response response = co_await api::stream_events(std::move(source), api::Request());
  for (;;) heard += co_await response.stream->next();
}

}  // namespace

TEST_CASE("whatever is thrown while a request is served, there is an answer that says so", "[api]") {
  Site site;
  const auto [failure, status] = GENERATE(
      table<std::exception_ptr, int>({{std::make_exception_ptr(StoreError("catalog.db: disk I/O error", 74)), 503},
                                      {std::make_exception_ptr(std::runtime_error("a bug")), 500}}));
  site.control().failure_ = failure;
  const std::string instance = "/v1/instances/cred/i-1";
  for (const std::string& path :
       {instance + "/trust-host-key?fingerprint=x", instance + "/probe", std::string("/v1/credentials/cred/check"),
        std::string("/v1/notify/r/test"), std::string("/v1/reload")}) {
    CAPTURE(path);
    const HttpAnswer answer = get(site, path, "POST");
    CHECK(answer.status == status);
    CHECK(answer.head.find("application/problem+json") != std::string::npos);
    const std::string detail(answer.body.at("detail").as_string());
    CHECK(detail.find(status == 503 ? "disk I/O error" : "a bug") != std::string::npos);
  }
}

TEST_CASE("a catalog that cannot be read for a while ends no stream of events", "[api]") {
  World world;
  asio::io_context context;
  ManualClock clock(context);
  CatalogWriter writer(world.catalog, context.get_executor(), context.get_executor(), clock);
  Reader reader(world.file);
  std::string heard;
  asio::cancellation_signal stop;
  asio::co_spawn(context, listen({reader, context.get_executor(), writer, clock}, heard),
                 asio::bind_cancellation_slot(stop.slot(), [](const std::exception_ptr&) {}));
  clock.advance(1s);

  sqlite::Connection other(world.file.string(), SQLITE_OPEN_READWRITE);
  const std::string view =
      sql_text(Reader(world.file).query("SELECT sql FROM sqlite_master WHERE name = 'events'").rows.at(0).at(0));
  other.execute("DROP VIEW events");
  ChangeSet changes;
  changes.at = now();
  changes.events.push_back({"mass_change_held", "credential", "cred", {}, {}, {}, "x"});
  asio::co_spawn(context, writer.commit(cred, changes), [](const std::exception_ptr&) {});
  clock.advance(5s);
  CHECK(heard.empty());
  other.execute(view);
  clock.advance(1s);
  CHECK(heard.find("event: mass_change_held") != std::string::npos);
  stop.emit(asio::cancellation_type::terminal);
  clock.run_ready();
}

TEST_CASE("connections beyond all that is allowed are told so, however many they are", "[api]") {
  api::Limits limits;
  limits.connections = 2;
  const Site site(limits);
  std::vector<std::unique_ptr<Client>> open;
  for (int i = 0; i < 2; ++i) open.push_back(std::make_unique<Client>(site.socket()));
  for (int i = 0; i < 10; ++i) {
    open.push_back(std::make_unique<Client>(site.socket()));  // those that linger make no room, either
    CHECK(get(site, "/v1/offers").status == 503);
  }
  const cli::ControlReply reply = cli::ask_daemon(site.socket(), "GET", "/-/healthy");
  CHECK(reply.status == 503);
  CHECK(reply.detail().find("connections") != std::string::npos);
}

TEST_CASE("a daemon that hangs up without a word is not said to be down", "[api]") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory / "tallyd.sock";
  asio::io_context context;
  asio::local::stream_protocol::acceptor acceptor(context, asio::local::stream_protocol::endpoint(path.string()));
  std::thread rude([&acceptor] { acceptor.accept().close(); });
  CHECK_THROWS_WITH(cli::ask_daemon(path, "GET", "/-/healthy"), Catch::Contains("hung up without an answer"));
  rude.join();
  acceptor.close();
  CHECK_THROWS_WITH(cli::ask_daemon(path, "GET", "/-/healthy"), Catch::Contains("is tallyd running?"));
}

}  // namespace tally::failure_test
