#include <catch2/catch.hpp>
#include <vector>

#include "net/retry_after.hpp"
#include "net/url.hpp"

namespace tally::parsing_test {
using namespace std::chrono_literals;

TEST_CASE("Retry-After is read in every form that servers send, within an hour", "[net]") {
  const Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 12h};
  struct Case {
    const char* value;
    std::chrono::milliseconds wait;
  };
  const std::vector<Case> cases = {
      {"120", 120s},
      {"  120 ", 120s},
      {"\"120\"", 120s},
      {"+120", 120s},
      {"120s", 120s},
      {"0", 0s},
      {"-5", 0s},
      {"0.25", 250ms},
      {"12.5", 12500ms},
      {".5", 500ms},
      {"999999", 1h},
      {"99999999999999999999999", 1h},
      {"1000000000", 0s},      // a Unix time long ago
      {"1795521630", 30s},     // a Unix time
      {"1795521630000", 30s},  // in milliseconds
      {"1795521630.5", 30500ms},
      {"Tue, 24 Nov 2026 12:00:30 GMT", 30s},
      {"Tuesday, 24-Nov-26 12:00:30 GMT", 30s},
      {"Tue Nov 24 12:00:30 2026", 30s},
      {"Tue, 24 Nov 2026 11:00:00 GMT", 0s},
      {"Tue, 24 Nov 2099 11:00:00 GMT", 1h},
      {"2026-11-24T12:00:30Z", 30s},
      {"30, 60", 60s},
      {"60,30", 60s},
  };
  for (const Case& each : cases) {
    INFO(each.value);
    CHECK(parse_retry_after(each.value, now) == each.wait);
  }
  for (const char* garbage :
       {"", " ", "soon", "1h", "2026-11-24", "30, soon", ",", "-", "s", "nan", "inf", "1e3", "0x10", "1.2.3", "--1"}) {
    INFO(garbage);
    CHECK_FALSE(parse_retry_after(garbage, now));
  }
  CHECK_FALSE(parse_retry_after(std::string(100'000, '1'), now));
}

TEST_CASE("URLs are taken apart", "[net]") {
  const auto url = parse_http_url("https://api.example:8443/v1/x?y=z#frag");
  REQUIRE(url);
  CHECK(url->host == "api.example");
  CHECK(url->port == "8443");
  CHECK(url->host_header == "api.example:8443");
  CHECK(parse_http_url("https://api.example:443/")->host_header == "api.example");
  CHECK(parse_http_url("http://127.0.0.1:80/")->host_header == "127.0.0.1");
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

}  // namespace tally::parsing_test
