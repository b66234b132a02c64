// Answers in gzip: whole, in pieces, damaged, and larger than anybody wants.
#include "net/gzip.hpp"

#include <zlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>

#include "net/encoded_body.hpp"
#include "tests/net/client_world.hpp"
#include "tests/net/servers.hpp"

namespace tally::gzip_test {
using namespace tally::fakes;

namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string some_text(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * 7919) + ",";
  text.resize(size);
  return text;
}

std::string reply(const std::string& body, const std::string& encoding = "gzip") {
  return ok(body, "Content-Encoding: " + encoding + "\r\n");
}

Result<Response> get(PlainServer& server, std::size_t limit = std::size_t{1} << 20U) {
  World world;
  Request request;
  request.method = Method::post;  // is not repeated
  request.url = server.url("/");
  request.body_limit = limit;
  return world.send(std::move(request));
}

}  // namespace

TEST_CASE("gzip comes back as it was, however it is cut into pieces", "[net][gzip]") {
  const std::string text = some_text(200'000);
  const std::string packed = gzip(text);
  const std::size_t piece = GENERATE(as<std::size_t>(), 1, 7, 1000, 1'000'000);
  Gunzip gunzip;
  std::string out;
  for (std::size_t at = 0; at < packed.size(); at += piece) {
    REQUIRE(gunzip.add(std::string_view(packed).substr(at, piece), out, text.size()) == Gunzip::Outcome::good);
    CHECK(gunzip.is_complete() == (at + piece >= packed.size()));
  }
  CHECK(out == text);
}

TEST_CASE("several gzip members are one text, and an empty one is none", "[net][gzip]") {
  Gunzip gunzip;
  std::string out;
  CHECK(gunzip.add(gzip("one ") + gzip("") + gzip("two"), out, 100) == Gunzip::Outcome::good);
  CHECK(gunzip.is_complete());
  CHECK(out == "one two");
}

TEST_CASE("no bit of a gzip stream may be wrong, and none may be missing", "[net][gzip]") {
  const std::string text = some_text(300);
  const std::string packed = gzip(text);
  for (std::size_t at = 0; at < packed.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string hurt = packed;
      hurt[at] = static_cast<char>(hurt[at] ^ (1 << bit));
      Gunzip gunzip;
      std::string out;
      const bool is_good = gunzip.add(hurt, out, 10'000) == Gunzip::Outcome::good && gunzip.is_complete();
      // Time, origin and flags of the header are nobody's business; the text and its end are.
      if (is_good) CHECK(out == text);
    }
    Gunzip cut;
    std::string out;
    CHECK((cut.add(packed.substr(0, at), out, 10'000) != Gunzip::Outcome::good || !cut.is_complete() || at == 0));
  }
}

TEST_CASE("text never grows beyond its limit", "[net][gzip]") {
  const std::string bomb = gzip(std::string(50'000'000, 'a'));
  Gunzip gunzip;
  std::string out;
  CHECK(gunzip.add(bomb, out, 1'000'000) == Gunzip::Outcome::too_large);
  CHECK(out.size() <= 1'000'001);
  CHECK(out.capacity() < 5'000'000);
}

TEST_CASE("an answer in gzip is asked for and read", "[net][gzip]") {
  const std::string text = some_text(500'000);
  PlainServer server({{reply(gzip(text))}});
  const auto answer = get(server);
  REQUIRE(answer);
  CHECK(answer->body == text);
  CHECK(server.requests().at(0).find("Accept-Encoding: gzip\r\n") != std::string::npos);
}

TEST_CASE("an answer that is not what its encoding says is an error", "[net][gzip]") {
  const std::string packed = gzip(some_text(5000));
  struct Case {
    std::string reply;
    std::string words;
  };
  const Case wrong = GENERATE_COPY(
      Case{reply("{\"plain\": true}"), "not the gzip"},
      Case{reply(packed.substr(0, packed.size() - 4)), "not the gzip"},
      Case{reply(packed + "trailing"), "not the gzip"}, Case{reply("x", "br"), "not asked for"},
      Case{reply("x", "gzip, gzip"), "not asked for"}, Case{reply(gzip(some_text(3'000'000))), "larger than allowed"},
      Case{ok(some_text(3'000'000)), "larger than allowed"});
  PlainServer server({{wrong.reply}});
  const auto answer = get(server);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Errc::service_unavailable);
  CHECK_THAT(answer.error().message, Catch::Contains(wrong.words));
}

TEST_CASE("no body needs no gzip", "[net][gzip]") {
  PlainServer server({{"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n"}});
  const auto answer = get(server);
  REQUIRE(answer);
  CHECK(answer->body.empty());
}

TEST_CASE("an answer that expands to more than anybody sends is refused, however little it is", "[net][gzip]") {
  PlainServer server({{reply(gzip(std::string(20'000'000, 'a')))}});
  const auto answer = get(server, limits::answer_body);
  REQUIRE_FALSE(answer);
  CHECK_THAT(answer.error().message, Catch::Contains("expands to more than is believable"));
}

TEST_CASE("a large answer comes back whole, in gzip or as it is", "[net][gzip]") {
  const std::string text = some_text(5'000'000);
  const std::string sent = GENERATE_COPY(reply(gzip(text)), ok(text));
  PlainServer server({{sent}});
  const auto answer = get(server, limits::answer_body);
  REQUIRE(answer);
  CHECK(answer->body == text);
}

TEST_CASE("of an error's gzip the beginning is read", "[net][gzip]") {
  const std::string text = some_text(500'000);
  PlainServer server({{"HTTP/1.1 500 Oh\r\nContent-Encoding: gzip\r\n\r\n" + gzip(text)}});
  const auto answer = get(server);
  REQUIRE(answer);
  CHECK(answer->status == 500);
  CHECK(answer->body == text.substr(0, limits::error_body));
}

TEST_CASE("inflating is the workers' work: the loop goes on meanwhile", "[net][gzip]") {
  PlainServer server({{reply(gzip("text"))}});
  World world;
  boost::asio::io_context workers;
  const auto more_to_come = boost::asio::make_work_guard(workers);
  world.client = world.make_client(workers.get_executor());
  Request request;
  request.url = server.url("/");
  std::optional<Result<Response>> result;
  boost::asio::co_spawn(world.context, keep_result(world.client->send(request), result), boost::asio::detached);
  while (workers.poll_one() == 0) world.context.poll();
  CHECK_FALSE(result);
  while (!result) {
    workers.poll();
    world.context.poll();
  }
  CHECK(result->value().body == "text");
}

TEST_CASE("who has no time left inflates nothing", "[net][gzip]") {
  EncodedBody body;
  body.is_gzip = true;
  body.pieces.push_back(gzip("text"));
  body.share = std::make_shared<BodyShare>(std::make_shared<BodiesInFlight>());
  REQUIRE(body.share->grow(body.pieces[0].size()));
  WorkLimit no_time(std::chrono::seconds(0));
  const auto text = text_of(body, 100, no_time);
  REQUIRE_FALSE(text);
  CHECK_THAT(text.error(), Catch::Contains("too long"));
}

TEST_CASE("one call holds at most as much as it leaves for all others, and gives it back", "[net]") {
  const auto all = std::make_shared<BodiesInFlight>(100);
  {
    BodyShare first(all);
    CHECK(first.grow(50));
    CHECK_FALSE(first.grow(1));
    BodyShare second(all);
    CHECK_FALSE(second.grow(26));
    CHECK(second.grow(25));
    BodyShare third(all);
    CHECK(third.grow(12));
    second.shrink(5);
    CHECK(all->bytes() == 82);
  }
  CHECK(all->bytes() == 0);
}

TEST_CASE("an answer that finds no room beside the others fails, and one of the usual size does not", "[net]") {
  World world;
  world.bodies = std::make_shared<BodiesInFlight>(300'000);
  world.client = world.make_client(world.context.get_executor());
  Request request;
  const auto ask = [&](const std::string& sent) {
    PlainServer server({{sent}});
    request.url = server.url("/");
    return world.send(request);
  };
  const auto held = ask(ok(some_text(140'000)));
  REQUIRE(held);
  CHECK(world.bodies->bytes() == 140'000);
  const std::string large = GENERATE(ok(some_text(100'000)), reply(gzip(some_text(100'000))));
  const auto refused = ask(large);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::service_unavailable);
  CHECK_THAT(refused.error().message, Catch::Contains("no room in memory"));
  CHECK(ask(ok(some_text(50'000))));
}

}  // namespace tally::gzip_test
