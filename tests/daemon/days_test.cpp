// Hours, or days, of several accounts beside each other, on virtual time: real providers, syncers, writer and
// housekeeping; the clouds are simulated worlds, asked in this process.
#include <malloc.h>
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "runtime/tasks.hpp"
#include "store/housekeeper.hpp"
#include "store/reader.hpp"
#include "tests/daemon/world_site.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::days_test {
using namespace fakes;

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Bytes in use on the heap; 0 where a sanitizer keeps it.
std::size_t heap_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

TEST_CASE("for hours, no account of two a provider misses a tick because of another, and memory stays flat", "[days]") {
  spdlog::set_level(spdlog::level::warn);
  const fakes::TemporaryDirectory directory;
  asio::io_context loop;
  fakes::ManualClock clock(loop, Timestamp(std::chrono::hours(24 * 365 * 56)));
  Catalog catalog(directory / "catalog.db");
  CatalogWriter writer(catalog, loop.get_executor(), loop.get_executor(), clock);
  Housekeeper housekeeper(writer, clock);
  Tasks tasks(loop.get_executor(), nullptr);
  tasks.spawn("writer", writer.run());
  tasks.spawn("housekeeper", housekeeper.run());

  std::vector<CredentialRecord> records;
  for (const Provider* provider : simulated()) {
    for (const std::uint64_t seed : {1U, 2U}) {
      CredentialRecord record;
      record.ref = ref_of(*provider, seed);
      record.provider_id = provider->description.provider_id;
      record.api_type = provider->description.api_type;
      records.push_back(std::move(record));
    }
  }
  catalog.set_credentials(records, clock.wall_now());
  std::vector<std::unique_ptr<WorldSite>> sites;
  for (const Provider* provider : simulated()) {
    for (const std::uint64_t seed : {1U, 2U}) {
      sites.push_back(std::make_unique<WorldSite>(*provider, seed, catalog, writer, clock, loop.get_executor(), tasks));
    }
  }
  for (const auto& site : sites) site->start();

  // The first account of each provider has bad hours: of four, one in which nobody answers and one of errors.
  std::size_t after_two_days = 0;
  const char* const asked_for = std::getenv("TALLY_TEST_DAYS");  // a week shows more than four hours, and takes long
  const int hours = asked_for == nullptr ? 4 : std::stoi(asked_for) * 24;
  for (int hour = 0; hour < hours; ++hour) {
    for (std::size_t i = 0; i < sites.size(); i += 2) {
      sites[i]->http.mood = hour % 4 == 1 ? Mood::silent : hour % 4 == 2 ? Mood::failing : Mood::well;
    }
    for (int minute = 0; minute < 60; ++minute) {
      clock.advance(1min);
      if (minute % 10 == 0) {
        for (const auto& site : sites) site->http.step();
      }
    }
    if (hour == 48) after_two_days = heap_in_use();
  }
  const std::size_t at_the_end = heap_in_use();
  tasks.cancel();
  clock.run_ready();

  spdlog::set_level(spdlog::level::info);
  CAPTURE(after_two_days, at_the_end);
  if (hours > 48) CHECK(at_the_end < after_two_days + (4U << 20U));
  Reader reader(directory / "catalog.db");
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const std::string of = " FROM sync_states WHERE credential = '" + sites[i]->ref.str() + "'";
    CAPTURE(sites[i]->ref.str());
    const auto number = [&reader, &of](const std::string& column) {
      return std::get<std::int64_t>(reader.query("SELECT " + column + of).rows.at(0).at(0));
    };
    const ProviderDescription& provider = sites[i]->provider.description;
    if (provider.api_type == ApiType::global) CHECK(number("count(*)") == 2);
    CHECK(number("count(failing_since_ms)") == 0);
    const std::int64_t now = clock.wall_now().time_since_epoch() / 1ms;
    CHECK(number("max(iif(syncer = 'instances', last_success_at_ms, 0))") >
          now - 3 * (provider.instance_interval / 1ms));
    CHECK(number("max(iif(syncer = 'instance_types', last_success_at_ms, 0))") >
          now - 3 * (provider.instance_type_interval / 1ms));
    if (i % 2 == 0) continue;
    // Never a bad hour: each tick was a poll, all the time.
    CHECK(number("sum(skipped_ticks)") == 0);
    CHECK(sites[i]->http.requests >= hours * 60 * 12);
  }
}

}  // namespace tally::days_test
