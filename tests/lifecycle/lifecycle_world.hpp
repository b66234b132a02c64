// A vendor, a catalog file, and a process that works on both in virtual time and can be killed at any moment: the next
// one finds what the file and the vendor have.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lifecycle/service.hpp"
#include "runtime/failpoint.hpp"
#include "runtime/tasks.hpp"
#include "store/catalog.hpp"
#include "store/catalog_writer.hpp"
#include "store/reader.hpp"
#include "syncers/account_syncer.hpp"
#include "tests/fakes/fake_vendor.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::lifecycle::test {
using namespace std::chrono_literals;

inline const std::string public_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChAqvNFNPZEMKpVgXgMlj3Rk0kS4bZ5o3wKkQvlW";

/// What carry_out() answered, once it has.
using Answered = std::shared_ptr<std::optional<Checked<Progress>>>;

inline boost::asio::awaitable<void> keep_answer(boost::asio::awaitable<Checked<Progress>> work, Answered to) {
  *to = co_await std::move(work);
}

/// How the service is set up.
struct Setup {
  CreateTraits create{true, true, true, true};
  int creates_per_minute = 1'000;
  std::chrono::seconds between_creates{0};
  Guards guards;
  Options options;
  bool stops_what_fails = false;
  std::optional<std::chrono::milliseconds> vendor_ahead;
};

/// Of a provider that makes a second machine when it is asked twice.
inline Setup without_idempotency() {
  Setup setup;
  setup.create.is_idempotent = false;
  return setup;
}

class Process {
 public:
  Process(const std::filesystem::path& file, Timestamp start, fakes::FakeVendor& vendor,
          const Answer<InstanceType>& types, const Setup& setup, int number)
      : clock(context, start),
        catalog(file),
        writer(catalog, context.get_executor(), context.get_executor(), clock),
        account(vendor, clock, credential, types),
        number_(number) {
    provider_.name = provider_.provider_id = "fake";
    CredentialRecord record;
    record.ref = credential;
    record.provider_id = "fake";
    catalog.set_credentials({record}, clock.wall_now());
    SyncSettings settings;
    settings.provider = &provider_;
    settings.instance_type_interval = 60s;
    settings.instance_interval = 5s;
    settings.workers = context.get_executor();
    state = std::make_unique<AccountState>(credential, catalog.load(credential), writer, clock, context.get_executor(),
                                           context.get_executor());
    syncer = std::make_unique<AccountSyncer>(*state, shown_, settings, clock, rng_, context.get_executor(), tasks_);
    service = std::make_unique<Service>(writer, clock, context.get_executor(), setup.options, [this] {
      return "op" + std::to_string(number_) + "-" + std::to_string(++ids_);
    });
    tasks_.spawn("writer", writer.run());
    tasks_.spawn("open", service->open(parts_of(setup)));
    syncer->start();
    clock.run_ready();
  }
  ~Process() {
    cut_off();
    boost::asio::co_spawn(context, service->stop(), boost::asio::detached);
    clock.advance(5s);
    tasks_.cancel();
    clock.advance(10min);
  }
  /// As kill -9: nothing more of it reaches the vendor or the catalog.
  void cut_off() {
    is_dead = true;
    account.is_cut_off = true;
    catalog.on_commit([](void*) { return 1; }, nullptr);
  }
  /// As a reload does: another session lends the service its parts.
  void reload(const Setup& setup) {
    tasks_.spawn("open", service->open(parts_of(setup)));
    clock.run_ready();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  const CredentialRef credential{"cred"};
  boost::asio::io_context context;
  fakes::ManualClock clock;
  Catalog catalog;
  CatalogWriter writer;
  fakes::FakeVendorAccount account;
  std::unique_ptr<AccountState> state;
  std::unique_ptr<AccountSyncer> syncer;
  std::unique_ptr<Service> service;
  bool is_dead = false;
  std::weak_ptr<void> lender;  // of the last session; it lives for as long as the service needs it

 private:
  DeskParts parts_of(const Setup& setup) {
    DeskParts parts;
    parts.credential = credential;
    parts.create = setup.create;
    parts.creates_per_minute = setup.creates_per_minute;
    parts.between_creates = setup.between_creates;
    parts.guards = setup.guards;
    parts.stops_what_fails = setup.stops_what_fails;
    parts.lender = std::make_shared<int>(0);
    lender = parts.lender;
    parts.account = &account;
    parts.overlays = &overlays_;
    parts.queue = syncer.get();
    parts.known = [this]() -> const KnownAccount& { return state->known(); };
    parts.vendor_ahead = [ahead = setup.vendor_ahead] { return ahead; };
    return parts;
  }

  ProviderDescription provider_;
  Rng rng_{11};
  Overlays overlays_;
  OverlaidAccount shown_{account, overlays_, clock};
  Tasks tasks_{context.get_executor(), nullptr};
  int number_ = 0;
  int ids_ = 0;
};

class World {
 public:
  explicit World(Setup with = {}) : setup(std::move(with)) {
    vendor.is_idempotent = setup.create.is_idempotent;
    for (const char* zone : {"a", "b"}) {
      InstanceType type = fakes::make_type("east", "h100", 300);
      type.sub_location = zone;
      type.available_azs = {zone};
      type.id = InstanceTypeId();
      type.id = make_instance_type_id(type);
      types.rows.push_back(fakes::row(type));
    }
    start();
  }
  ~World() {
    on_failpoint = nullptr;
    planted_fault.clear();
  }

  void start(std::chrono::milliseconds after = {}) {
    const Timestamp now = process ? process->clock.wall_now() + after : Timestamp(24h * 365 * 50);
    kill();
    process = std::make_unique<Process>(directory_ / "catalog.db", now, vendor, types, setup, ++processes_);
    process->clock.advance(1s);
  }
  void kill() {
    const auto handler = std::exchange(on_failpoint, nullptr);
    process.reset();
    on_failpoint = handler;
  }
  /// `after`: how long nobody runs.
  void restart(std::chrono::milliseconds after = {}) { start(after); }

  void advance(std::chrono::nanoseconds by) { process->clock.advance(by); }
  [[nodiscard]] Timestamp now() const { return process->clock.wall_now(); }

  Answered ask(Request request, std::chrono::milliseconds patience = 8s) {
    auto answered = std::make_shared<std::optional<Checked<Progress>>>();
    boost::asio::co_spawn(process->context,
                          keep_answer(process->service->carry_out(std::move(request), patience), answered),
                          boost::asio::detached);
    process->clock.run_ready();
    return answered;
  }
  /// Its outcome, or how it is doing after that time.
  Checked<Progress> outcome(Request request, std::chrono::seconds within = 8s) {
    const Answered answered = ask(std::move(request), within);
    for (std::chrono::seconds waited{0}; !*answered && waited <= within; waited += 1s) advance(1s);
    return answered->value();
  }
  /// "succeeded", or "refused conflict" for what is not begun.
  std::string state_of(Request request, std::chrono::seconds within = 8s) {
    const Checked<Progress> progress = outcome(std::move(request), within);
    if (!progress) return "refused " + std::string(to_string(progress.error().error.kind));
    return std::string(to_string(progress->operation.state));
  }

  [[nodiscard]] Create create(const std::string& ref_id, const std::string& zone = "a") const {
    Create create;
    create.credential = CredentialRef("cred");
    create.what.ref_id = RefId(ref_id);
    create.what.type = "h100";
    create.what.location = "east";
    create.what.sub_location = zone;
    create.what.public_key = public_key;
    return create;
  }
  [[nodiscard]] static Machine machine(const CloudId& id) {
    Machine machine;
    machine.credential = CredentialRef("cred");
    machine.cloud_id = id;
    return machine;
  }

  /// A column of the first row; "" when there is none or it is NULL.
  [[nodiscard]] std::string text(const std::string& sql) const {
    const auto rows = Reader(directory_ / "catalog.db").query(sql).rows;
    if (rows.empty()) return "";
    const auto& value = rows.at(0).at(0);
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* words = std::get_if<std::string>(&value)) return *words;
    return "";
  }
  [[nodiscard]] int count(const std::string& from) const { return std::stoi(text("SELECT count(*) FROM " + from)); }
  [[nodiscard]] std::string status_of(const CloudId& id) const {
    return text("SELECT status FROM instances WHERE cloud_id = '" + id.str() + "'");
  }
  [[nodiscard]] std::vector<CloudId> alive() const { return vendor.alive(); }

  Setup setup;
  fakes::FakeVendor vendor;
  Answer<InstanceType> types;

 private:
  fakes::TemporaryDirectory directory_;
  int processes_ = 0;

 public:
  std::unique_ptr<Process> process;
};

/// Where the service never comes on from.
inline boost::asio::awaitable<void> stay(Clock& clock) {
  co_await clock.sleep_until(clock.now() + std::chrono::hours(9999));
}
inline boost::asio::awaitable<void> pass() { co_return; }

inline void die_at(World& world, const std::string& place) {
  on_failpoint = [&world, place](std::string name) { return name == place ? stay(world.process->clock) : pass(); };
}

}  // namespace tally::lifecycle::test
