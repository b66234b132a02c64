// For judges outside: hidden, runs only when it is asked for by its tag.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "ssh/ssh_prober.hpp"
#include "tests/ssh/support/call.hpp"

namespace tally::judge_test {

TEST_CASE("a contact with the server at TALLY_JUDGE_PORT", "[.judge]") {
  const char* port = std::getenv("TALLY_JUDGE_PORT");
  REQUIRE(port != nullptr);
  SshTarget target;
  target.host = "127.0.0.1";
  target.may_be_loopback = true;
  target.port = std::stoi(port);
  target.user = "root";
  SshProber prober;
  fakes::call(prober.probe(target, std::chrono::seconds(10)));
}

}  // namespace tally::judge_test
