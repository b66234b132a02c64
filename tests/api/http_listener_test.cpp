// The TCP listener: what it serves, to whom, and under which names.
#include <catch2/catch.hpp>

#include "api/public_hosts.hpp"
#include "tests/api/api_site.hpp"
#include "tests/fakes/await.hpp"

namespace tally::http_listener_test {
using namespace tally::api_tests;
using tally::fakes::longest_wait;

namespace {

HttpAnswer ask_at(const Site& site, const std::string& target, const std::string& host,
                  const std::string& method = "GET") {
  Client client(site.port());
  client.send(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  return answer_of(client.read_all());
}

}  // namespace

TEST_CASE("over TCP only metrics, health and targets are served, and nothing is changed", "[http]") {
  const Site site;
  for (const char* path : {"/metrics", "/sd/prometheus", "/-/healthy", "/-/ready"}) {
    CAPTURE(path);
    CHECK(ask_at(site, path, "localhost").status == 200);
    CHECK(ask_at(site, path, "localhost", "POST").status == 405);
  }
  for (const char* path : {"/v1/offers", "/v1/instances", "/v1/events", "/v1/reload", "/"}) {
    CAPTURE(path);
    CHECK(ask_at(site, path, "localhost").status == 404);
    CHECK(ask_at(site, path, "localhost", "POST").status == 404);
  }
}

TEST_CASE("over TCP a request for another host is refused, whatever it asks for", "[http]") {
  const Site site;
  for (const char* host : {"evil.example", "evil.example:9714", "localhost.evil.example", "127.0.0.1.evil.example",
                           "192.0.2.1", "", "localhost:x", "[::1", "localhost@evil.example"}) {
    CAPTURE(host);
    CHECK(ask_at(site, "/metrics", host).status == 421);
    CHECK(ask_at(site, "/v1/reload", host, "POST").status == 421);
  }
  CHECK(ask_at(site, "http://evil.example/metrics", "localhost").status == 421);
  for (const char* host :
       {"localhost", "LOCALHOST:9714", "127.0.0.1:1", "127.9.9.9", "[::1]:9714", "scraped.example"}) {
    CAPTURE(host);
    CHECK(ask_at(site, "/metrics", host).status == 200);
  }
}

TEST_CASE("who listens at all addresses answers as any of them, and as no other name", "[http]") {
  const api::PublicHosts hosts(boost::asio::ip::make_address("0.0.0.0"), {"tallyd"});
  CHECK(hosts.contain("192.0.2.1:9714"));
  CHECK(hosts.contain("[2001:db8::1]:9714"));
  CHECK(hosts.contain("Tallyd"));
  CHECK_FALSE(hosts.contain("tallyd.example"));
}

TEST_CASE("over TCP the limits of the socket hold", "[http]") {
  SECTION("a large header") {
    const Site site;
    CHECK(ask_at(site, "/metrics", "localhost\r\nX: " + std::string(20'000, 'x')).status == 431);
  }
  SECTION("a large body") {
    const Site site;
    CHECK(ask_at(site, "/metrics", "localhost\r\nContent-Length: 9000000", "POST").status == 413);
  }
  SECTION("a request that does not come") {
    int status = 0;  // nothing is said to who did not even begin in time: where all is slow that is too short
    for (api::Limits limits{.request = 200ms}; status == 0 && limits.request < longest_wait; limits.request *= 10) {
      const Site site(limits);
      Client slow(site.port());
      slow.send("GET /metrics HTTP/1.1\r\n");
      status = answer_of(slow.read_all()).status;
    }
    CHECK(status == 408);
  }
}

}  // namespace tally::http_listener_test
