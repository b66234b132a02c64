// Peers of the control API: odd, slow, deaf and hostile ones.
#include <simdjson.h>

#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "tests/api/api_site.hpp"
#include "tests/fakes/await.hpp"

namespace tally::connection_test {
using namespace tally::api_tests;
using tally::fakes::longest_wait;

TEST_CASE("what HTTP allows is served, however rare", "[daemon]") {
  const Site site;
  const std::string close = "Connection: close\r\n\r\n";
  const auto [text, status] = GENERATE_COPY(table<std::string, int>(
      {{"GET /v1/offers HTTP/1.0\r\n\r\n", 200},
       {"GET /v1/offers HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200},
       {"GET http://elsewhere/v1/offers?gpu=A10 HTTP/1.1\r\nHost: x\r\n" + close, 200},
       {"GET http://elsewhere HTTP/1.1\r\nHost: x\r\n" + close, 404},
       {"GET /v1/offers HTTP/1.1\r\nHost: x\r\nUpgrade: h2c, websocket\r\nConnection: upgrade, close\r\n\r\n", 200},
       {"GET /v1/offers?gpu=%00 HTTP/1.1\r\nHost:\r\n" + close, 200},
       {"GET /v1/offers%00 HTTP/1.1\r\nHost: x\r\n" + close, 404},
       {"GET /v1/offers HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n" + close + "abc", 200},
       {"POST /v1/offers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + close + "1\r\na\r\n0\r\n\r\n",
        405}}));
  Client client(site.socket());
  client.send(text);
  const HttpAnswer answer = answer_of(client.read_all());
  CAPTURE(text, answer.text);
  CHECK(answer.status == status);
}

TEST_CASE("a peer that asks before it sends a body is told to go on", "[daemon]") {
  const Site site;
  Client client(site.socket());
  client.send(
      "POST /v1/offers HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  CHECK(answer_of(client.read_all()).status == 405);
}

TEST_CASE("a peer that only finished sending is answered", "[daemon]") {
  const Site site;
  const auto [text, status] = GENERATE(
      table<std::string, int>({{"GET /v1/offers HTTP/1.1\r\nHost: x\r\n\r\n", 200},
                               {"GET /v1/off", 400},
                               {"POST /v1/offers HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", 400}}));
  Client client(site.socket());
  client.send(text);
  client.finish_sending();
  CHECK(answer_of(client.read_all()).status == status);
}

TEST_CASE("a request that comes byte by byte is too late, the first of a connection or not", "[daemon]") {
  const bool is_first = GENERATE(true, false);
  int status = 0;  // nothing is said to who did not even begin in time: where all is slow that is too short
  for (api::Limits limits{.request = 200ms}; status == 0 && limits.request < longest_wait; limits.request *= 10) {
    const Site site(limits);
    Client client(site.socket());
    if (!is_first) {
      client.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
      if (client.read_until("}").find(" 404 ") == std::string::npos) continue;
    }
    for (const char c : std::string("GET /v1/offers HTTP/1.1\r\n")) {
      client.send(std::string(1, c));
      std::this_thread::sleep_for(20ms);
    }
    status = answer_of(client.read_all()).status;
  }
  CHECK(status == 408);
}

TEST_CASE("a peer that is still sending when it is refused can read why", "[daemon]") {
  const Site site;
  Client client(site.socket());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + std::string(4'000'000, 'x'));
  CHECK(answer_of(client.read_all()).status == 413);
}

TEST_CASE("answers that nobody reads are given up", "[daemon]") {
  const bool is_stream = GENERATE(true, false);
  bool had_no_room = false;  // looked in time, before the first was given up
  for (std::chrono::milliseconds time = 200ms; !had_no_room && time < longest_wait; time *= 10) {
    api::Limits limits;
    limits.connections = 1;
    limits.write = time;
    Site site(limits);
    Client deaf(site.socket());
    if (is_stream) {
      site.add_events("credential_failing", 5'000, std::string(1'000, 'x'));
      deaf.send("GET /v1/events?after=0 HTTP/1.1\r\nHost: x\r\n\r\n");
    } else {
      std::string requests;
      for (int i = 0; i < 200; ++i) requests += "GET /v1/instance-types HTTP/1.1\r\nHost: x\r\n\r\n";
      deaf.send(requests);
    }
    had_no_room = get(site, "/-/healthy").status == 503;
    await_room(site);
  }
  CHECK(had_no_room);
}

TEST_CASE("mutated requests are answered or dropped, and cost nobody else anything", "[daemon]") {
  const Site site;
  const std::vector<std::string> seeds = {
      "GET /v1/offers?gpu=A10&min_vram=1&max_price=1.5&available=true&limit=3 HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /v1/instances/cred/i%2F1%20%C3%A9 HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n",
      "GET http://x/v1/locations?after=616200 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      "POST /v1/offers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      "POST /v1/offers HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"
      "HEAD /-/ready HTTP/1.0\r\n\r\n"};
  const std::vector<std::string> scraps = {"\r\n",
                                           "%",
                                           "%00",
                                           std::string(1, '\0'),
                                           "\xff",
                                           "&a=1",
                                           ":",
                                           " ",
                                           "/",
                                           "//",
                                           "Transfer-Encoding: chunked\r\n",
                                           "Content-Length: 5\r\n",
                                           "ffffffffffffffff"};
  std::mt19937 random(1);
  const auto below = [&random](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  for (int round = 0; round < 900; ++round) {
    std::string text = seeds[below(seeds.size())];
    for (std::size_t left = 1 + below(4); left > 0 && !text.empty(); --left) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0: text[at] = static_cast<char>(below(256)); break;
        case 1: text.insert(at, scraps[below(scraps.size())]); break;
        case 2: text.erase(at, 1 + below(8)); break;
        default: text.insert(at, text.substr(below(text.size()), below(20)));
      }
    }
    Client client(site.socket());
    client.send(text);
    client.finish_sending();
    const std::string answer = client.read_all();
    CAPTURE(text, answer);
    if (!answer.empty()) REQUIRE(answer.rfind("HTTP/1.1 ", 0) == 0);
    REQUIRE(answer.find("HTTP/1.1 500") == std::string::npos);
    REQUIRE(simdjson::validate_utf8(answer.data(), answer.size()));
  }
  CHECK(get(site, "/-/healthy").status == 200);
}

}  // namespace tally::connection_test
