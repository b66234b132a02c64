// What an account does when its answers cannot be written, and which of its listings count for its health.
#include "syncers/account_state.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "syncers/diff/diff.hpp"
#include "tests/fakes/fake_account.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/sync_world.hpp"

namespace tally::account_state_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

ProviderDescription provider_of(ApiType api_type) {
  ProviderDescription provider;
  provider.name = provider.provider_id = "fake";
  provider.api_type = api_type;
  return provider;
}

/// An account whose catalog can be made to refuse what changes something.
struct World : SyncWorld {
  explicit World(ApiType api_type = ApiType::global)
      : SyncWorld(provider_of(api_type), Timestamp(std::chrono::hours(480'000))) {
    spdlog::set_level(spdlog::level::off);
    catalog.on_commit([](void* refuses) { return *static_cast<bool*>(refuses) ? 1 : 0; }, &is_refusing);
    account.regions.rows = {row(make_location("east")), row(make_location("west"))};
    account.types.rows = {row(make_type("east", "t1")), row(make_type("west", "t1"))};
    account.machines.rows = {row(make_instance("a"))};
    start(account);
    clock.advance(65s);
  }
  ~World() {
    stop();
    spdlog::set_level(spdlog::level::info);
  }

  std::int64_t events(const std::string& kind) {
    return count("SELECT count(*) FROM events WHERE kind = '" + kind + "'");
  }

  bool is_refusing = false;
  FakeAccount account;
};

std::optional<Error> outage(Errc kind = Errc::service_unavailable) {
  Error error;
  error.kind = kind;
  error.message = "an outage";
  return error;
}

}  // namespace

TEST_CASE("an answer that cannot be written is tried again each second, and the vendor asked as usual", "[syncers]") {
  World world;
  world.account.types.rows.push_back(row(make_type("east", "t2")));
  world.is_refusing = true;
  const int asked = world.account.calls["types"];
  world.clock.advance(10min);
  CHECK(world.account.calls["types"] == asked + 10);
  CHECK(world.state->known().types->size() == 2);
  CHECK(world.count("SELECT count(*) FROM instance_types") == 2);
  world.is_refusing = false;
  const int before = world.account.calls["types"];
  world.clock.advance(2s);
  CHECK(world.count("SELECT count(*) FROM instance_types") == 3);
  CHECK(world.account.calls["types"] == before);
  CHECK(world.count("SELECT count(*) FROM sync_states WHERE last_error IS NOT NULL") == 0);
  CHECK(world.events("credential_failing") == 0);
}

TEST_CASE("that a credential fails is told as soon as the catalog takes it", "[syncers]") {
  World world;
  world.account.fault = [](const std::string&) { return outage(); };
  world.is_refusing = true;
  world.clock.advance(20min);
  CHECK(world.events("credential_failing") == 0);
  world.is_refusing = false;
  world.clock.advance(6min);
  CHECK(world.events("credential_failing") == 1);
  CHECK(world.count("SELECT count(*) FROM sync_states WHERE failing_since_ms IS NOT NULL") == 2);

  world.is_refusing = true;
  world.account.fault = nullptr;
  world.clock.advance(6min);
  CHECK(world.events("credential_recovered") == 0);
  world.is_refusing = false;
  world.clock.advance(10s);
  CHECK(world.events("credential_recovered") == 1);
}

TEST_CASE("a clock that is a minute from the vendor's is told once, and when it is right again", "[syncers]") {
  World world;
  CHECK_FALSE(world.state->vendor_ahead());
  world.state->note_vendor_time(world.clock.wall_now() + 59s);
  world.clock.advance(10s);
  CHECK(world.state->vendor_ahead() == 59s);
  CHECK(world.events("clock_skew") == 0);

  world.state->note_vendor_time(world.clock.wall_now() - 75s);
  world.clock.advance(10min);
  CHECK(world.events("clock_skew") == 1);
  CHECK(world.count("SELECT count(*) FROM problems WHERE kind = 'clock_skew' AND ended_at_ms IS NULL AND detail = "
                    "'the clock of this host is 75 s ahead of the provider''s'") == 1);
  CHECK(world.count("SELECT count(*) FROM credentials WHERE health = 'failing'") == 0);

  world.state->note_vendor_time(world.clock.wall_now());
  world.clock.advance(10s);
  CHECK(world.count("SELECT count(*) FROM problems WHERE kind = 'clock_skew' AND ended_at_ms IS NULL") == 0);
  CHECK(world.events("clock_skew") == 1);
}

TEST_CASE("a listing that is not asked any more counts for nothing in the account's health", "[syncers]") {
  World world(ApiType::locational);
  world.account.machines.rows.clear();
  world.clock.advance(1min);
  world.account.fault = [&](const std::string& call) {
    return call == "types" ? outage(Errc::forbidden) : std::optional<Error>();
  };
  world.clock.advance(6min);
  CHECK(world.events("credential_failing") == 1);
  // Both regions are closed, and a third one works.
  for (Row<Location>& region : world.account.regions.rows) {
    Location closed = *region;
    closed.is_available = false;
    region = row(closed);
  }
  world.account.fault = nullptr;
  const auto before = world.account.calls["types"];
  world.clock.advance(10min);
  CHECK(world.account.calls["types"] == before);
  CHECK(world.count("SELECT count(*) FROM sync_states WHERE failing_since_ms IS NOT NULL") == 2);
  CHECK(world.events("credential_recovered") == 1);
}

TEST_CASE("an answer whose caller is cancelled while it is compared is committed all the same", "[syncers]") {
  World world;
  world.stop();
  boost::asio::cancellation_signal cancel;
  Comparison<KnownTypes> answer;
  answer.listing = {SyncerKind::instance_types, ""};
  answer.attempt = world.state->begin();
  answer.seen_at = world.clock.wall_now();
  answer.compare = [&](const std::shared_ptr<const KnownTypes>& known) {
    cancel.emit(boost::asio::cancellation_type::terminal);
    return diff_types(known, listing(make_type("east", "t9")), TypeRules(), world.clock.wall_now());
  };
  bool is_over = false;
  boost::asio::co_spawn(world.context, world.state->take(std::move(answer)),
                        boost::asio::bind_cancellation_slot(
                            cancel.slot(), [&](const std::exception_ptr&, const Outcome&) { is_over = true; }));
  world.clock.run_ready();
  CHECK(is_over);
  CHECK(world.count("SELECT count(*) FROM instance_types WHERE type = 't9'") == 1);
  CHECK(world.state->known().types->find(InstanceTypeId("east-noSub-t9")) != nullptr);
}

TEST_CASE("an answer that cannot be believed fails its listing and touches nothing", "[syncers]") {
  World world;
  world.account.machines.rows.clear();
  world.account.machines.rejected.push_back({"a", "no status", "{}"});
  world.clock.advance(10min);
  CHECK(world.count("SELECT count(*) FROM instances WHERE is_ended = 0") == 1);
  CHECK(world.events("credential_failing") == 1);
  CHECK(world.count("SELECT count(*) FROM sync_states WHERE last_error LIKE '%none of the answer%'") == 1);
}

}  // namespace tally::account_state_test
