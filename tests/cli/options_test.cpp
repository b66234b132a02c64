// What the options of tallyctl take, and what they say of anything else.
#include <sysexits.h>

#include <catch2/catch.hpp>

#include "tests/cli/program.hpp"

namespace tally::options_test {
using namespace tally::cli_tests;

TEST_CASE("an option that takes a number says so of anything else", "[cli]") {
  const CliWorld world;
  const auto [words, takes] = GENERATE(table<std::vector<std::string>, std::string>({
      {{"events", "--limit"}, "a whole number from 0 on"},
      {{"operations", "--limit"}, "a whole number from 0 on"},
      {{"history", "a100", "--limit"}, "a whole number from 0 on"},
      {{"offers", "--count"}, "a whole number from 0 on"},
      {{"offers", "--min-vram"}, "a whole number from 0 on"},
      {{"offers", "--max-price"}, "a number from 0 on"},
      {{"create", "--gpu", "a100", "--count"}, "a whole number from 1 on"},
      {{"create", "--gpu", "a100", "--max-price"}, "a price above 0 and below 9.2 billion"},
      {{"ssh", "i-1", "--port"}, "a port from 1 to 65535"},
  }));
  for (const std::string wrong : {"-1", "nan", "inf", "x", "1x", "", "0x8"}) {
    std::vector<std::string> whole = words;
    whole.push_back(wrong);
    CAPTURE(whole);
    const Ran ran = world(whole);
    CHECK(ran.exit_code == EX_USAGE);
    CHECK(ran.out.empty());
    CHECK(ran.err.find(words.back() + ": takes " + takes + ", and not \"" + wrong + "\"\n") != std::string::npos);
  }
}

TEST_CASE("a whole number is decimal, whatever zeros it begins with", "[cli]") {
  const CliWorld world;
  const auto count = [&world](std::vector<std::string> words) {
    words.insert(words.end(), {"-o", "json"});
    const Ran ran = world(words);
    CHECK(ran.exit_code == 0);
    return ran.rows().size();
  };
  CHECK(count({"offers", "--min-vram", "040"}) == 2);
  CHECK(count({"offers", "--min-vram", "041"}) == 0);  // as octal it were 33
  CHECK(count({"offers", "--count", "01"}) == 2);
  CHECK(count({"offers", "--count", "09"}) == 0);
  CHECK(count({"events", "--limit", "02"}) == 2);
  CHECK(count({"operations", "--limit", "09"}) == 0);
  CHECK(world({"history", world.east.id.str(), "--limit", "09"}).exit_code == 0);
}

TEST_CASE("a limit may be as large as 64 bits hold", "[cli]") {
  const CliWorld world;
  for (const std::string large : {"2147483648", "9223372036854775807"}) {
    CAPTURE(large);
    CHECK(world({"events", "--limit", large}).exit_code == 0);
    CHECK(world({"operations", "--limit", large}).exit_code == 0);
    CHECK(world({"history", world.east.id.str(), "--limit", large}).exit_code == 0);
    CHECK(world({"offers", "--count", large}).exit_code == 0);
  }
  CHECK(world({"events", "--limit", "9223372036854775808"}).err.find("--limit: takes a whole number") !=
        std::string::npos);
}

TEST_CASE("an option that takes a time says so of anything else", "[cli]") {
  const CliWorld world;
  const std::vector<std::string> words = GENERATE(values<std::vector<std::string>>({
      {"history", "a100", "--since"},
      {"create", "--gpu", "a100", "--dry-run", "--timeout"},
      {"create", "--gpu", "a100", "--dry-run", "--wait-for-offer"},
      {"create", "--gpu", "a100", "--dry-run", "--retire-in"},
      {"terminate", "i-1", "--timeout"},
      {"resize", "i-1", "500GB", "--timeout"},
  }));
  for (const std::string wrong : {"7", "x", "0s", "-5m", "7w", "", "4000d"}) {
    std::vector<std::string> whole = words;
    whole.push_back(wrong);
    CAPTURE(whole);
    const Ran ran = world(whole);
    CHECK(ran.exit_code == EX_USAGE);
    CHECK(ran.err.find(words.back() + ": takes a time such as 90s, 20m, 8h or 7d, of ten years at most, and not \"" +
                       wrong + "\"\n") != std::string::npos);
  }
}

TEST_CASE("a number of nothing is a number, and says nothing of what there is", "[cli]") {
  const CliWorld world;
  CHECK(world({"events", "--limit", "0", "-o", "json"}).rows().empty());
  for (const char* command : {"events", "operations"}) {
    const Ran ran = world({command, "--limit", "0"});
    CHECK(ran.exit_code == 0);
    CHECK(ran.err.empty());
  }
  CHECK(world({"history", world.east.id.str(), "--limit", "0"}).exit_code == 0);
  CHECK(world({"offers", "--count", "0", "--max-price", "0", "-o", "json"}).rows().empty());
  CHECK(world({"create", "--gpu", "a100", "--count", "0"}).exit_code == EX_USAGE);
  CHECK(world({"create", "--gpu", "a100", "--max-price", "0"}).exit_code == EX_USAGE);
}

TEST_CASE("a price limit is one that the daemon can hold", "[cli]") {
  const CliWorld world;
  for (const std::string wrong : {"1e300", "9300000000", "1e-12"}) {
    CAPTURE(wrong);
    CHECK(world({"create", "--gpu", "a100", "--dry-run", "--max-price", wrong}).exit_code == EX_USAGE);
  }
  CHECK(world({"create", "--gpu", "none", "--dry-run", "--max-price", "29.90", "--public-key", "/nowhere"}).exit_code ==
        EX_NOINPUT);  // it gets as far as the key
}

TEST_CASE("a tag is KEY=VALUE, looked for or given", "[cli]") {
  const CliWorld world;
  for (const std::string wrong : {"x", "=x", ""}) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"instances", "--tag", wrong},
          std::vector<std::string>{"create", "--gpu", "a100", "--tag", wrong}}) {
      const Ran ran = world(words);
      CHECK(ran.exit_code == EX_USAGE);
      CHECK(ran.err.find("--tag: takes KEY=VALUE, and not \"" + wrong + "\"") != std::string::npos);
    }
  }
  CHECK(world({"instances", "--tag", "x="}).exit_code == 0);
}

}  // namespace tally::options_test
