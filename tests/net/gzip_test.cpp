// Answers in gzip: whole, in pieces, damaged, and larger than anybody wants.
#include "net/gzip.hpp"

#include <zlib.h>

#include <catch2/catch.hpp>

#include "tests/net/client_world.hpp"
#include "tests/net/servers.hpp"

using namespace tally;
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
  const Case wrong =
      GENERATE_COPY(Case{reply("{\"plain\": true}"), "not the gzip"},
                    Case{reply(packed.substr(0, packed.size() - 4)), "not the gzip"},
                    Case{reply(packed + "trailing"), "not the gzip"}, Case{reply("x", "br"), "not asked for"},
                    Case{reply("x", "gzip, gzip"), "not asked for"},
                    Case{reply(gzip(std::string(3'000'000, 'a'))), "larger than allowed"});
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
