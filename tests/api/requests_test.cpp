// What peers of the control API may send instead of a request.
#include <catch2/catch.hpp>

#include "tests/api/api_site.hpp"

namespace tally::requests_test {
using namespace tally::api_tests;

TEST_CASE("what is wrong with a request is named in a problem document", "[daemon]") {
  const Site site;
  const auto [target, status, word] =
      GENERATE(table<std::string, int, std::string>({{"/v1/offers?foo=1", 400, "\"foo\""},
                                                     {"/v1/offers?limit=0", 400, "\"limit\""},
                                                     {"/v1/offers?limit=1001", 400, "\"limit\""},
                                                     {"/v1/offers?limit=ten", 400, "\"limit\""},
                                                     {"/v1/offers?limit=99999999999999999999", 400, "\"limit\""},
                                                     {"/v1/offers?count=1.5", 400, "\"count\""},
                                                     {"/v1/offers?max_price=cheap", 400, "\"max_price\""},
                                                     {"/v1/offers?max_price=nan", 400, "\"max_price\""},
                                                     {"/v1/offers?available=yes", 400, "\"available\""},
                                                     {"/v1/offers?after=zz", 400, "\"after\""},
                                                     {"/v1/offers?after=5b5", 400, "\"after\""},
                                                     {"/v1/offers?after=", 400, "\"after\""},
                                                     {"/v1/offers?gpu=a&gpu=b", 400, "\"gpu\""},
                                                     {"/v1/offers?gpu=%FF%FE", 400, "UTF-8"},
                                                     {"/v1/%FF", 400, "UTF-8"},
                                                     {"/v1/offers?gpu=%zz", 400, "target"},
                                                     {"*", 400, "target"},
                                                     {"ftp://elsewhere/v1/offers", 400, "target"},
                                                     {"/v1/instances/a/b?x=1", 400, "\"x\""},
                                                     {"/v1/events?after=-1", 400, "\"after\""},
                                                     {"/v1/events?since=1", 400, "\"since\""},
                                                     {"/-/ready?x=1", 400, "\"x\""},
                                                     {"/", 404, "path"},
                                                     {"/v1", 404, "path"},
                                                     {"/v2/offers", 404, "path"},
                                                     {"/v1/offers/", 404, "path"}}));
  const HttpAnswer answer = get(site, target);
  CAPTURE(target, json::serialize(answer.body));
  CHECK(answer.status == status);
  CHECK(answer.head.find("application/problem+json") != std::string::npos);
  CHECK(answer.body.at("status").as_int64() == status);
  CHECK(std::string(answer.body.at("detail").as_string()).find(word) != std::string::npos);
  CHECK(get(site, "/-/healthy").status == 200);
}

TEST_CASE("an empty Last-Event-ID is the ID of no event", "[daemon]") {
  const Site site;
  Client client(site.socket());
  client.send("GET /v1/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID:\r\nConnection: close\r\n\r\n");
  const HttpAnswer answer = answer_of(client.read_all());
  CHECK(answer.status == 400);
  CHECK(answer.body.at("parameter") == "Last-Event-ID");
}

TEST_CASE("methods that a resource does not have are refused with those it has", "[daemon]") {
  const Site site;
  const std::string method = GENERATE("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW");
  const HttpAnswer answer = get(site, "/v1/offers", method);
  CHECK(answer.status == 405);
  CHECK(answer.head.find("Allow: GET, HEAD") != std::string::npos);
}

TEST_CASE("HEAD answers as GET does, without the body", "[daemon]") {
  const Site site;
  const HttpAnswer answer = get(site, "/v1/offers", "HEAD");
  CHECK(answer.status == 200);
  CHECK(answer.body.is_null());
}

TEST_CASE("what is not HTTP, or too much of it, gets a 4xx and costs only its connection", "[daemon]") {
  const Site site;
  const auto [text, status] = GENERATE(table<std::string, int>(
      {{"garbage\r\n\r\n", 400},
       {"GET /v1/offers HTTP/9.9\r\n\r\n", 400},
       {"GET /v1/a b HTTP/1.1\r\n\r\n", 400},
       {"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400},
       {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431},
       {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n", 431},
       {"GET / HTTP/1.1\r\n\r\n", 400},
       {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
       {"GET / HTTP/1.1\r\nHost: x\r\nX: a" + std::string(1, '\0') + "\r\n\r\n", 400},
       {"GET /" + std::string(1, '\0') + " HTTP/1.1\r\nHost: x\r\n\r\n", 400},
       {"GET /v1/offers HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417},
       {"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\nConnection: close\r\n\r\n", 400},
       {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
       {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
       {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
       {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
       {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
       {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4E20\r\n" + std::string(20'000, 'x') +
            "\r\n4E200\r\n",
        413},
       {"POST /v1/offers HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413},
       {"POST /v1/offers HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
       {"POST /v1/offers HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400}}));
  Client client(site.socket());
  client.send(text);
  const HttpAnswer answer = answer_of(client.read_all());
  CAPTURE(text.substr(0, 60), answer.text);
  CHECK(answer.status == status);
  CHECK(get(site, "/-/healthy").status == 200);
}

TEST_CASE("pipelined requests are answered in order", "[daemon]") {
  const Site site;
  Client client(site.socket());
  std::string requests;
  for (int i = 1; i <= 20; ++i) {
    requests += "GET /v1/instance-types?limit=" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n" +
                (i == 20 ? "Connection: close\r\n" : "") + "\r\n";
  }
  client.send(requests);
  const std::string answers = client.read_all();
  std::size_t count = 0;
  std::size_t last_size = 0;
  for (auto at = answers.find("Content-Length: "); at != std::string::npos;
       at = answers.find("Content-Length: ", at + 1)) {
    const std::size_t size = std::stoul(answers.substr(at + 16));
    CHECK(size > last_size);
    last_size = size;
    ++count;
  }
  CHECK(count == 20);
}

TEST_CASE("peers that hang up, or say nothing, cost nobody else anything", "[daemon]") {
  const Site site;
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 60; ++i) silent.push_back(std::make_unique<Client>(site.socket()));
  for (int i = 0; i < 20; ++i) silent.at(static_cast<std::size_t>(i))->send("GET /v1/off");
  for (int i = 0; i < 40; ++i) {
    Client client(site.socket());
    client.send("GET /v1/instance-types?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n");
    client.close();
  }
  CHECK(get(site, "/v1/offers").status == 200);
}

TEST_CASE("more connections than are allowed are told so", "[daemon]") {
  const Site site;
  std::vector<std::unique_ptr<Client>> open;
  for (int i = 0; i < 128; ++i) open.push_back(std::make_unique<Client>(site.socket()));
  Client one_more(site.socket());
  CHECK(answer_of(one_more.read_all()).status == 503);
  open.clear();
}

}  // namespace tally::requests_test
