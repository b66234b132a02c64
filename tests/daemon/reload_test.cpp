// Configurations that follow one another while the catalog fails: sessions of real providers, simulated clouds.
#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "daemon/control.hpp"
#include "daemon/site.hpp"
#include "providers/registry.hpp"
#include "runtime/system_clock.hpp"
#include "simcloud/face.hpp"
#include "simcloud/simcloud.hpp"
#include "store/reader.hpp"
#include "tests/fakes/fake_prober.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/fold.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::reload_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

simcloud::Options still(const std::string& provider) {
  simcloud::Options options;
  options.provider = provider;
  options.step = 0ms;  // nothing changes, so that every commit is the reload's
  options.world.instances = provider == "lambda" ? 3 : 0;
  return options;
}

/// Has the n-th commit from now on fail, or all.
struct Refusal {
  int left = 0;
  bool is_lasting = false;
  static int ask(void* self) {
    auto& refusal = *static_cast<Refusal*>(self);
    return --refusal.left == 0 || refusal.is_lasting ? 1 : 0;
  }
};

/// A real clock, but for waits longer than a client's: they break, or nothing ends them.
struct BrittleClock final : Clock {
  [[nodiscard]] TimePoint now() const override { return clock.now(); }
  [[nodiscard]] Timestamp wall_now() const override { return clock.wall_now(); }
  asio::awaitable<void> sleep_until(TimePoint when) override {
    if (is_brittle && when > now() + 15s) throw std::runtime_error("the clock broke");
    return held && when > now() + 10'000s ? until_released() : clock.sleep_until(when);
  }
  asio::awaitable<void> until_released() {
    boost::system::error_code released;
    ++held_up;
    co_await held->async_wait(
        asio::bind_cancellation_slot(asio::cancellation_slot(), asio::redirect_error(asio::use_awaitable, released)));
  }
  SystemClock clock;
  bool is_brittle = false;
  std::optional<asio::steady_timer> held;  // when set, very long waits end with it, and no cancel ends them
  int held_up = 0;                         // how many of them have begun
};

/// A site whose every thread is the test's, beside two simulated clouds.
struct TestSite {
  TemporaryDirectory directory;
  asio::io_context loop{1};
  BrittleClock clock;
  Rng rng{1};
  simcloud::SimCloud lambda{loop, still("lambda")};
  simcloud::SimCloud shadeform{loop, still("shadeform")};
  FakeProber prober{clock};
  Refusal refusal;
  int commits = 0;
  Site site{directory / "catalog.db", parts()};
  Sessions& sessions = site.sessions();
  Housekeeper& housekeeper = site.housekeeper();
  ProbeScheduler& probes = site.probes();

  [[nodiscard]] SiteParts parts() {
    return {loop.get_executor(), loop.get_executor(), loop.get_executor(), clock, rng, prober, nullptr, {}};
  }
  ~TestSite() { run(site.stop()); }

  [[nodiscard]] CredentialConfig credential(const std::string& ref, const std::string& provider) const {
    CredentialConfig config;
    config.provider = &find_provider(provider)->description;
    config.credential.ref = CredentialRef(ref);
    config.credential.fields.emplace("api_key", Secret(simcloud::Options().api_key));
    config.credential.endpoint = provider == "lambda" ? lambda.endpoint() : shadeform.endpoint();
    config.instance_type_interval = config.instance_interval = 50ms;
    return config;
  }

  template <class Predicate>
  void run_until(Predicate is_over) {
    loop.restart();
    while (!is_over()) loop.run_one();
  }
  /// The task's end; what it threw, in words.
  std::string run(asio::awaitable<void> task) {
    std::optional<std::string> words;
    asio::co_spawn(loop, std::move(task), [&words](const std::exception_ptr& failure) {
      try {
        if (failure) std::rethrow_exception(failure);
        words = "";
      } catch (const std::exception& error) {
        words = error.what();
      }
    });
    run_until([&words] { return words.has_value(); });
    return *words;
  }
  void count_commits() {
    site.catalog().on_commit([](void* count) { return ++*static_cast<int*>(count), 0; }, &commits);
  }
  void refuse_commit(int n) {
    refusal.left = n;
    site.catalog().on_commit(&Refusal::ask, &refusal);
  }
  /// Another answer of its instances counts from now on.
  void await_sync(const std::string& ref) {
    const auto last = [this, &ref] {
      const ListingKey key{SyncerKind::instances, ""};
      const auto& listings = sessions.find(CredentialRef(ref))->known().listings;
      const auto at = listings.find(key);
      return at == listings.end() ? Timestamp() : at->second.last_success_at.value_or(Timestamp());
    };
    const Timestamp before = last();
    run_until([&] { return last() > before; });
  }
  [[nodiscard]] std::string sql(const std::string& query) const {
    return sql_text(Reader(directory / "catalog.db").query(query).rows.at(0).at(0));
  }
};

/// A removed credential that the vault keeps and nothing lives under any more.
struct VaultSite : TestSite {
  VaultKey key = VaultKey::make();

  VaultSite() {
    write_private(in_force().vault_key_file, std::string(key.base64().reveal()));
    put(true);
    CredentialConfig old = credential("old", "shadeform");
    old.is_removed = true;
    REQUIRE(run(sessions.apply({old})).empty());
    sessions.start();
    await_sync("old");
  }
  [[nodiscard]] Config in_force() const {
    Config config;
    config.state_dir = directory.path();
    config.vault_key_file = directory / "vault.key";
    return config;
  }
  void put(bool is_removed) const {
    StoredCredential record;
    record.ref = CredentialRef("old");
    record.provider = "shadeform";
    record.fields.emplace("api_key", Secret("x"));
    record.is_removed = is_removed;
    Vault(VaultLock(directory.path(), 1s), key).put(record, Timestamp(1ms));
  }

  Reloader reloader{{}, in_force(), sessions, housekeeper, loop.get_executor(), loop.get_executor()};
};

}  // namespace

TEST_CASE("whichever write of a reload fails, what was in force syncs on, and the next reload works", "[daemon]") {
  const int n = GENERATE(0, 1, 2, 3, 4, 5);  // 0: every one, until the reload is over
  TestSite site;
  REQUIRE(
      site.run(site.sessions.apply({site.credential("one", "lambda"), site.credential("gone", "shadeform")})).empty());
  site.sessions.start();
  for (const char* ref : {"one", "gone"}) site.await_sync(ref);

  // One changes, one goes, and one comes that is of the account of the first.
  std::vector<CredentialConfig> next = {site.credential("one", "lambda"), site.credential("twin", "lambda")};
  next.at(0).is_read_only = true;
  // Whether the n-th is the reload's own depends on when the listings write.
  site.refusal.is_lasting = n == 0;
  site.refuse_commit(std::max(n, 1));
  const std::string failure = site.run(site.sessions.apply(next));
  site.refusal.is_lasting = false;
  CAPTURE(n, failure);
  if (n == 0) CHECK_FALSE(failure.empty());
  if (!failure.empty()) {
    for (const char* ref : {"one", "gone"}) site.await_sync(ref);
    CHECK(site.sessions.find(CredentialRef("twin")) == nullptr);
    CHECK(site.sql("SELECT count(*) FROM credentials WHERE removed_at_ms IS NULL") == "2");
    CHECK(site.run(site.sessions.apply(next)).empty());
  }
  for (const char* ref : {"one", "twin"}) site.await_sync(ref);
  CHECK(site.sessions.find(CredentialRef("gone")) == nullptr);
  CHECK(site.sessions.find(CredentialRef("one"))->config().is_read_only);
  CHECK(site.sql("SELECT count(*) FROM events WHERE kind = 'same_tenant'") == "2");
  CHECK(site.sql("SELECT removed_at_ms IS NOT NULL FROM credentials WHERE credential = 'gone'") == "1");
}

TEST_CASE("a credential that cannot be opened changes nothing of what is in force", "[daemon]") {
  TestSite site;
  REQUIRE(site.run(site.sessions.apply({site.credential("one", "lambda")})).empty());
  site.sessions.start();
  site.await_sync("one");
  std::vector<CredentialConfig> next = {site.credential("one", "lambda"), site.credential("two", "shadeform")};
  next.at(0).is_read_only = true;
  next.at(1).ca_file = "/nowhere/ca.pem";
  CHECK_FALSE(site.run(site.sessions.apply(next)).empty());
  site.await_sync("one");
  CHECK_FALSE(site.sessions.find(CredentialRef("one"))->config().is_read_only);
  CHECK(site.sql("SELECT count(*) FROM credentials") == "1");
}

TEST_CASE("the catalog has of each credential what its account can do, also what that learns later", "[daemon]") {
  TestSite site;
  simcloud::Options granting = still("fluidstack");
  simcloud::Fault grants;
  grants.kind = "status";
  grants.path = "/capabilities";
  grants.status = 200;
  grants.body = R"(["instances:list","instances:read","instances:delete"])";
  grants.count = -1;
  granting.faults = {grants};
  simcloud::SimCloud fluidstack{site.loop, granting};
  std::vector<CredentialConfig> next = {site.credential("learns", "fluidstack"), site.credential("may", "lambda"),
                                        site.credential("reads", "lambda")};
  next.at(0).credential =
      simcloud::credential_at(*simcloud::find_face("fluidstack"), fluidstack.endpoint(), granting.api_key);
  next.at(0).credential.ref = CredentialRef("learns");
  next.at(0).credential.endpoint = next.at(0).provider->default_endpoint;  // its regions are told by the management URL
  next.at(2).is_read_only = true;
  REQUIRE(site.run(site.sessions.apply(next)).empty());
  site.count_commits();
  const auto can = [&site](const std::string& ref, const std::string& what) {
    return site.sql("SELECT count(*) FROM credentials, json_each(capabilities) WHERE credential = '" + ref +
                    "' AND value = '" + what + "'") == "1";
  };
  CHECK(can("may", "create-instance"));
  CHECK_FALSE(can("reads", "create-instance"));
  CHECK(can("learns", "create-instance"));  // nobody has said anything yet
  site.sessions.start();
  site.run_until([&site, &can, looked = 0]() mutable {  // a look after each commit
    if (looked == site.commits) return false;
    looked = site.commits;
    return !can("learns", "create-instance");
  });
  CHECK(can("learns", "terminate-instance"));
  CHECK(can("may", "create-instance"));
  const std::string of_learns = "SELECT capabilities FROM credentials WHERE credential = 'learns'";
  const std::string before = site.sql(of_learns);
  REQUIRE(site.run(site.sessions.apply({next.at(0)})).empty());
  CHECK(site.sql(of_learns) == before);
}

TEST_CASE("a credential that is slow to stop keeps no other from syncing", "[daemon]") {
  TestSite site;
  site.clock.held.emplace(site.loop, asio::steady_timer::time_point::max());
  std::vector<CredentialConfig> next = {site.credential("good", "lambda"), site.credential("a-slow", "shadeform")};
  next.at(1).instance_type_interval = 50'000s;
  REQUIRE(site.run(site.sessions.apply(next)).empty());
  site.sessions.start();
  for (const char* ref : {"good", "a-slow"}) site.await_sync(ref);
  site.run_until([&site] { return site.clock.held_up > 0; });
  for (CredentialConfig& config : next) config.is_read_only = true;
  bool is_over = false;
  asio::co_spawn(site.loop, site.sessions.apply(next), [&is_over](const std::exception_ptr&) { is_over = true; });
  const auto is_replaced = [&site] {
    const auto good = site.sessions.find(CredentialRef("good"));
    return good != nullptr && good->config().is_read_only;
  };
  site.run_until(is_replaced);
  site.await_sync("good");
  CHECK_FALSE(is_over);
  CHECK_FALSE(site.sessions.find(CredentialRef("a-slow"))->config().is_read_only);
  site.clock.held->cancel();
  site.clock.held.reset();
  site.run_until([&is_over] { return is_over; });
  site.await_sync("a-slow");
}

TEST_CASE("a credential that was added anew is not erased with the removed one whose place it took", "[daemon]") {
  VaultSite site;
  Tasks tasks(site.loop.get_executor(), nullptr);
  ManualClock clock(site.loop);
  tasks.spawn("retire", site.reloader.retire_removed(clock));
  site.put(false);  // and the reload is refused, for whatever reason
  site.run_until([&] {
    clock.advance(6s);
    return site.sessions.all().empty();
  });
  const std::vector<VaultEntry> kept = Vault::list(site.directory.path(), 1s);
  REQUIRE(kept.size() == 1);
  CHECK_FALSE(kept.at(0).is_removed);
  tasks.cancel();
  site.run(tasks.join());
}

TEST_CASE("a removed credential is forgotten in a later pass when one fails", "[daemon]") {
  VaultSite site;
  ManualClock clock(site.loop);
  Tasks tasks(site.loop.get_executor(), nullptr);
  tasks.spawn("retire", site.reloader.retire_removed(clock));
  site.refusal.is_lasting = true;  // the credential's own syncers commit, too
  site.refuse_commit(1);
  clock.advance(6s);
  site.run_until([&clock] { return clock.sleeper_count() > 0; });  // until the pass is over
  CHECK(site.sessions.all().size() == 1);
  site.refusal.is_lasting = false;
  site.run_until([&] {
    clock.advance(6s);
    return site.sessions.all().empty();
  });
  CHECK(Vault::list(site.directory.path(), 1s).empty());
  tasks.cancel();
  site.run(tasks.join());
}

TEST_CASE("a check that breaks ends with an error", "[daemon]") {
  TestSite site;
  REQUIRE(site.run(site.sessions.apply({site.credential("one", "lambda")})).empty());
  Reloader reloader({}, {}, site.sessions, site.housekeeper, site.loop.get_executor(), site.loop.get_executor());
  const asio::any_io_executor loop = site.loop.get_executor();
  notify::Notifier notifier({site.directory / "catalog.db", site.site.writer(), site.clock, site.rng, loop, loop}, {});
  DaemonControl control(reloader, site.sessions, site.probes, notifier, site.clock);
  site.clock.is_brittle = true;
  std::optional<Result<api::CredentialCheck>> ended;
  const auto keep = [](Task<api::CredentialCheck> task, auto& result) -> asio::awaitable<void> {
    result = co_await std::move(task);
  };
  REQUIRE(site.run(keep(control.check(CredentialRef("one")), ended)).empty());
  REQUIRE(ended);
  REQUIRE_FALSE(ended->has_value());
  CHECK(ended->error().kind == Errc::internal);
  CHECK(ended->error().message == "the clock broke");
}

}  // namespace tally::reload_test
