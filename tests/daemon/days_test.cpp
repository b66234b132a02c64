// Hours, or days, of several accounts beside each other, on virtual time: a whole site of real providers, whose clouds
// are simulated worlds, asked in this process.
#include <malloc.h>
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/daemon/world_site.hpp"

namespace tally::days_test {
using namespace fakes;

namespace {

using namespace std::chrono_literals;

/// Bytes in use on the heap; 0 where a sanitizer keeps it.
std::size_t heap_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

TEST_CASE("for hours, no account of two a provider misses a tick because of another, and memory stays flat", "[days]") {
  spdlog::set_level(spdlog::level::warn);
  std::vector<WorldAccount> accounts;
  for (const Provider* provider : simulated()) {
    for (const std::uint64_t seed : {1U, 2U}) accounts.emplace_back(*provider, seed);
  }
  WorldSite site(accounts);
  site.start();

  // The first account of each provider has bad hours: of four, one in which nobody answers and one of errors.
  std::size_t after_two_days = 0;
  const char* const asked_for = std::getenv("TALLY_TEST_DAYS");  // a week shows more than four hours, and takes long
  const int hours = asked_for == nullptr ? 4 : std::stoi(asked_for) * 24;
  for (int hour = 0; hour < hours; ++hour) {
    for (std::size_t i = 0; i < accounts.size(); i += 2) {
      site.cloud(accounts[i]).mood = hour % 4 == 1 ? Mood::silent : hour % 4 == 2 ? Mood::failing : Mood::well;
    }
    for (int minute = 0; minute < 60; ++minute) {
      site.advance(1min);
      if (minute % 10 == 0) {
        for (const WorldAccount& account : accounts) site.cloud(account).step();
      }
    }
    if (hour == 48) after_two_days = heap_in_use();
  }
  const std::size_t at_the_end = heap_in_use();
  site.stop();

  spdlog::set_level(spdlog::level::info);
  CAPTURE(after_two_days, at_the_end);
  if (hours > 48) CHECK(at_the_end < after_two_days + (4U << 20U));
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const WorldAccount& account = accounts[i];
    CAPTURE(account.ref.str());
    const auto number = [&site, of = " FROM sync_states WHERE credential = '" + account.ref.str() +
                                     "'"](const std::string& column) { return site.number("SELECT " + column + of); };
    const ProviderDescription& provider = account.description;
    if (provider.api_type == ApiType::global) CHECK(number("count(*)") == 2);
    CHECK(number("count(failing_since_ms)") == 0);
    const std::int64_t now = site.now_ms();
    CHECK(number("max(iif(syncer = 'instances', last_success_at_ms, 0))") >
          now - 3 * (provider.instance_interval / 1ms));
    CHECK(number("max(iif(syncer = 'instance_types', last_success_at_ms, 0))") >
          now - 3 * (provider.instance_type_interval / 1ms));
    if (i % 2 == 0) continue;
    // Never a bad hour: each tick was a poll, all the time.
    CHECK(number("sum(skipped_ticks)") == 0);
    CHECK(site.cloud(account).requests >= hours * 60 * 12);
  }
}

}  // namespace tally::days_test
