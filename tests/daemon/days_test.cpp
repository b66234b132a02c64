// Hours, or days, of several accounts beside each other, on virtual time: real providers, syncers, writer and
// housekeeping; the clouds are simulated worlds, asked in this process.
#include <malloc.h>
#include <spdlog/spdlog.h>

#include <boost/algorithm/string/case_conv.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "cloud/budget.hpp"
#include "net/authorizer.hpp"
#include "providers/registry.hpp"
#include "runtime/tasks.hpp"
#include "simcloud/face.hpp"
#include "store/housekeeper.hpp"
#include "store/reader.hpp"
#include "syncers/account_state.hpp"
#include "syncers/account_syncer.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::days_test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

enum class Mood { well, silent, failing };

/// What a vendor's API is to one account: a world of its own, behind the tenant's budget.
class WorldHttp final : public HttpClient {
 public:
  WorldHttp(const simcloud::Face& face, std::uint64_t seed, std::string key, Clock& clock, Budget& budget)
      : face_(face), world_(options(seed)), key_(std::move(key)), clock_(clock), budget_(budget) {}

  Task<Response> send(Request request) override {
    Draw draw;
    draw.lane = request.lane;
    co_await budget_.acquire(draw);
    ++requests;
    if (mood == Mood::silent) co_await clock_.sleep_until(TimePoint::max());
    Response response;
    if (mood == Mood::failing) {
      response.status = 500;
      co_return response;
    }
    simcloud::Asked asked = simcloud::make_asked("GET", request.url.substr(request.url.find(face_.base)));
    Result<std::vector<Header>> vouched = co_await request.authorizer->authorize(nullptr);
    for (const Header& header : vouched.value()) {
      asked.headers[boost::algorithm::to_lower_copy(header.name)] = std::string(header.value.reveal());
    }
    simcloud::Reply reply = simcloud::answer(face_, world_, key_, asked, {});
    response.status = reply.status;
    response.body = std::move(reply.body);
    co_return response;
  }

  void step() { world_.step(); }

  Mood mood = Mood::well;
  std::int64_t requests = 0;

 private:
  static simcloud::WorldOptions options(std::uint64_t seed) {
    simcloud::WorldOptions options;
    options.seed = seed;
    return options;
  }

  const simcloud::Face& face_;
  simcloud::World world_;
  std::string key_;
  Clock& clock_;
  Budget& budget_;
};

CredentialRef ref_of(const Provider& provider, std::uint64_t seed) {
  return CredentialRef(std::string(provider.description.name) + "-" + std::to_string(seed));
}

/// All that a credential in force consists of, but for sockets.
class Site {
 public:
  Site(const Provider& from, std::uint64_t seed, Catalog& catalog, CatalogWriter& writer, Clock& clock,
       asio::any_io_executor loop, Tasks& tasks)
      : provider(from),
        ref(ref_of(provider, seed)),
        budget_(clock, {"", provider.description.requests_per_second, provider.description.request_burst}),
        http(*simcloud::find_face(provider.description.name), seed, "key-" + ref.str(), clock, budget_),
        rng_(seed),
        account_(provider.open(AccountContext{credential(), http, budget_, clock, rng_, cache_, loop, Redactor()})),
        state_(ref, catalog.load(ref), writer, clock, loop, loop),
        syncer_(state_, *account_, settings(loop), clock, rng_, loop, tasks) {}

  void start() { syncer_.start(); }

  const Provider& provider;
  const CredentialRef ref;

 private:
  TenantBudget budget_;

 public:
  WorldHttp http;

 private:
  [[nodiscard]] Credential credential() const {
    Credential made;
    made.ref = ref;
    made.fields.emplace("api_key", Secret("key-" + ref.str()));
    made.endpoint = provider.description.default_endpoint;
    return made;
  }
  [[nodiscard]] SyncSettings settings(asio::any_io_executor loop) const {
    SyncSettings settings;
    settings.provider = &provider.description;
    settings.instance_type_interval = provider.description.instance_type_interval;
    settings.instance_interval = provider.description.instance_interval;
    settings.workers = std::move(loop);
    return settings;
  }

  Rng rng_;
  fakes::MemoryCache cache_;
  std::unique_ptr<Account> account_;
  AccountState state_;
  AccountSyncer syncer_;
};

/// Those whose API a simulated cloud speaks to whoever has a key and nothing else.
std::vector<const Provider*> simulated() {
  std::vector<const Provider*> list;
  for (const Provider* provider : providers()) {
    const simcloud::Face* face = simcloud::find_face(provider->description.name);
    if (face == nullptr) continue;
    const bool takes_key_alone = face->key_field == "api_key" && face->url_field.empty() && face->credential.empty();
    if (takes_key_alone) list.push_back(provider);
  }
  return list;
}

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
  std::vector<std::unique_ptr<Site>> sites;
  for (const Provider* provider : simulated()) {
    for (const std::uint64_t seed : {1U, 2U}) {
      sites.push_back(std::make_unique<Site>(*provider, seed, catalog, writer, clock, loop.get_executor(), tasks));
    }
  }
  for (const auto& site : sites) site->start();

  // The first account of each provider has bad hours: of six, one in which nobody answers and one of errors.
  std::size_t after_two_days = 0;
  const char* const asked_for = std::getenv("TALLY_TEST_DAYS");  // a week shows more than six hours, and takes long
  const int hours = asked_for == nullptr ? 6 : std::stoi(asked_for) * 24;
  for (int hour = 0; hour < hours; ++hour) {
    for (std::size_t i = 0; i < sites.size(); i += 2) {
      sites[i]->http.mood = hour % 6 == 2 ? Mood::silent : hour % 6 == 4 ? Mood::failing : Mood::well;
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
