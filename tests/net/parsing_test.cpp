#include <catch2/catch.hpp>

#include "net/retry_after.hpp"
#include "net/url.hpp"

using namespace tally;
using namespace std::chrono_literals;

TEST_CASE("Retry-After is read as seconds or as a date, within an hour", "[net]") {
  const Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 12h};
  CHECK(parse_retry_after("120", now) == 120s);
  CHECK(parse_retry_after("0", now) == 0s);
  CHECK(parse_retry_after("-5", now) == 0s);
  CHECK(parse_retry_after("999999", now) == 1h);
  CHECK(parse_retry_after("99999999999999999999999", now) == 1h);
  CHECK(parse_retry_after("Tue, 24 Nov 2026 12:00:30 GMT", now) == 30s);
  CHECK(parse_retry_after("Tuesday, 24-Nov-26 12:00:30 GMT", now) == 30s);
  CHECK(parse_retry_after("Tue Nov 24 12:00:30 2026", now) == 30s);
  CHECK(parse_retry_after("Tue, 24 Nov 2026 11:00:00 GMT", now) == 0s);
  for (const char* garbage : {"", "soon", "12.5", "1h", "2026-11-24"}) {
    INFO(garbage);
    CHECK_FALSE(parse_retry_after(garbage, now));
  }
}

TEST_CASE("URLs are taken apart", "[net]") {
  const auto url = parse_http_url("https://api.example:8443/v1/x?y=z#frag");
  REQUIRE(url);
  CHECK(url->host == "api.example");
  CHECK(url->port == "8443");
  CHECK(url->host_header == "api.example:8443");
  CHECK(url->target == "/v1/x?y=z");
  CHECK(parse_http_url("https://api.example")->target == "/");
  CHECK(parse_http_url("http://[::1]:80/")->host == "::1");
  CHECK(parse_http_url("https://API.Example./v1")->host == "api.example");
  CHECK(parse_http_url("http://LocalHost/")->host == "localhost");
  for (const char* odd : {"https://host:x/a", "https://host:x", "https://host:1x", "https://[::1]:x/", "https://./",
                          "https://host:99999/", "https://host:0/"}) {
    INFO(odd);
    CHECK_FALSE(parse_http_url(odd));
  }
  CHECK(encode_segment("a/b c?") == "a%2Fb%20c%3F");
}
