// The event log as a stream.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "api/event_stream.hpp"
#include "store/catalog_writer.hpp"
#include "tests/api/api_site.hpp"
#include "tests/fakes/manual_clock.hpp"

namespace tally::events_test {
using namespace tally::api_tests;
namespace asio = boost::asio;

namespace {

/// The IDs of the events that came whole.
std::vector<std::int64_t> ids_in(const std::string& text) {
  std::vector<std::int64_t> ids;
  std::size_t at = text.find("\r\n\r\n") + 4;
  for (std::size_t end = text.find("\n\n", at); end != std::string::npos; end = text.find("\n\n", at)) {
    if (text.compare(at, 4, "id: ") == 0) ids.push_back(std::stoll(text.substr(at + 4)));
    at = end + 2;
  }
  return ids;
}

std::vector<std::int64_t> all_ids(Site& site, std::int64_t after) {
  std::vector<std::int64_t> ids;
  const std::string query = "SELECT id FROM events WHERE id > " + std::to_string(after) + " ORDER BY id";
  for (const auto& row : Reader(site.world().file).query(query).rows) ids.push_back(std::get<std::int64_t>(row.at(0)));
  return ids;
}

}  // namespace

TEST_CASE("events stream from any ID on, and go on as they are written", "[daemon]") {
  Site site;
  Client client(site.socket());
  client.send("GET /v1/events?after=28 HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string first = client.read_until("id: 30\n");
  CHECK(first.find("text/event-stream") != std::string::npos);
  CHECK(first.find("id: 28\n") == std::string::npos);
  CHECK(first.find("id: 29\nevent: type_added\ndata: {\"id\":29,") != std::string::npos);
  site.add_event("credential_failing");
  CHECK(client.read_until("credential_failing").find("id: 31\nevent: credential_failing") != std::string::npos);
}

TEST_CASE("an event stream goes on from Last-Event-ID, and filters", "[daemon]") {
  Site site;
  Client resumed(site.socket());
  resumed.send("GET /v1/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 29\r\n\r\n");
  const std::string text = resumed.read_until("id: 30\n");
  CHECK(text.find("id: 29\n") == std::string::npos);
  Client filtered(site.socket());
  filtered.send("GET /v1/events?after=0&kind=credential_recovered HTTP/1.1\r\nHost: x\r\n\r\n");
  filtered.read_until("\r\n\r\n");
  site.add_event("credential_failing");
  site.add_event("credential_recovered");
  const std::string only = filtered.read_until("credential_recovered");
  CHECK(only.find("event: type_added") == std::string::npos);
  CHECK(only.find("event: credential_failing") == std::string::npos);
}

TEST_CASE("a reader that is cut off in bursts misses no event and gets none twice", "[daemon]") {
  Site site;
  std::vector<std::int64_t> ids{0};
  for (int cut = 1; cut <= 20; ++cut) {
    site.add_events("credential_failing", 300, std::string(200, 'x'));
    Client client(site.socket());
    // HTTP/1.0 has no chunks, so the stream comes as it is.
    client.send("GET /v1/events HTTP/1.0\r\nLast-Event-ID: " + std::to_string(ids.back()) + "\r\n\r\n");
    const std::string mark = "id: " + std::to_string(ids.back() + 17 * cut) + "\n";
    site.add_events("credential_recovered", 40, "x");
    for (const std::int64_t id : ids_in(client.read_until(mark))) ids.push_back(id);
  }
  Client last(site.socket());
  last.send("GET /v1/events?after=" + std::to_string(ids.back()) + " HTTP/1.0\r\n\r\n");
  for (const std::int64_t id : ids_in(last.read_until("id: " + std::to_string(all_ids(site, 0).back()) + "\n"))) {
    ids.push_back(id);
  }
  ids.erase(ids.begin());
  const std::vector<std::int64_t> all = all_ids(site, 0);
  REQUIRE(ids.size() + 1 >= all.size());  // the last may have come in part
  CHECK(std::equal(ids.begin(), ids.end(), all.begin()));
}

TEST_CASE("an event stream from an ID that the log has not reached is refused", "[daemon]") {
  const Site site;
  const HttpAnswer answer = get(site, "/v1/events?after=31");
  CHECK(answer.status == 404);
  CHECK(std::string(answer.body.at("detail").as_string()).find("30") != std::string::npos);
}

TEST_CASE("an event stream from an ID that retention took goes on with what is left", "[daemon]") {
  Site site;
  site.add_events("credential_failing", 5, "x");
  RetentionCursor cursor;
  RetentionLimits limits;
  limits.age = std::chrono::days(0);
  while (cursor.stage != RetentionCursor::Stage::done) site.world().catalog.prune(limits, now() + 1s, cursor);
  REQUIRE(all_ids(site, 0).back() == 30);
  // 35 is gone, but it was the last; a reader that has it has missed nothing.
  Client reader(site.socket());
  reader.send("GET /v1/events?after=35 HTTP/1.0\r\n\r\n");
  Client late(site.socket());
  late.send("GET /v1/events?after=10 HTTP/1.0\r\n\r\n");
  site.add_event("credential_recovered");
  CHECK(ids_in(reader.read_until("id: 36\n") + "\n\n") == std::vector<std::int64_t>{36});
  CHECK(ids_in(late.read_until("id: 36\n") + "\n\n") == all_ids(site, 10));
}

TEST_CASE("a stream with nothing to say keeps alive", "[daemon]") {
  World world;
  asio::io_context context;
  ManualClock clock(context);
  CatalogWriter writer(world.catalog, context.get_executor(), context.get_executor(), clock);
  Reader reader(world.file);
  std::string said;
  const auto listen = [](api::EventSource source, std::string& heard) -> asio::awaitable<void> {
    api::Response response = co_await api::stream_events(std::move(source), api::Request());
    for (;;) heard += co_await response.stream->next();
  };
  asio::cancellation_signal stop;
  api::EventSource source{reader, context.get_executor(), writer, clock};
  asio::co_spawn(context, listen(std::move(source), said),
                 asio::bind_cancellation_slot(stop.slot(), [](const std::exception_ptr&) {}));
  clock.advance(14s);
  CHECK(said.empty());
  clock.advance(32s);
  CHECK(said == ": nothing new\n\n: nothing new\n\n: nothing new\n\n");
  stop.emit(asio::cancellation_type::terminal);
  clock.run_ready();
}

TEST_CASE("a reader of events that hangs up makes room", "[daemon]") {
  api::Limits limits;
  limits.connections = 1;
  const Site site(limits);
  {
    Client reader(site.socket());
    reader.send("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
    reader.read_until("\r\n\r\n");
    CHECK(get(site, "/-/ready").status == 503);
  }
  await_room(site);
}

}  // namespace tally::events_test
