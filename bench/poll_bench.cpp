// One poll of both lists through a provider's account, stage by stage: fetch, read (decode and map), diff, commit; the
// first one, and one that finds nothing changed; beside it the least that any reading of the same answers can cost. CPU
// of this thread only: the simulated cloud serves from a thread of its own. Then how late 50-ms ticks of the loop come
// while the writer commits as fast as it can. Compare ratios within one run only.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <functional>
#include <map>
#include <thread>

#include "bench/cpu_time.hpp"
#include "bench/json_floor.hpp"
#include "net/http_client.hpp"
#include "providers/registry.hpp"
#include "runtime/system_clock.hpp"
#include "runtime/tasks.hpp"
#include "simcloud/simcloud.hpp"
#include "store/catalog.hpp"
#include "store/catalog_writer.hpp"
#include "syncers/diff/diff.hpp"
#include "syncers/settled_answer.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace {

using namespace tally;
namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t vendor_types = 1112;  // in 18 regions: 20,000 rows
constexpr std::size_t machines = 10'000;
constexpr std::array lists = {"/instance-types", "/regions", "/instances"};

struct Stages {
  double fetch = 0;
  double read = 0;
  double diff = 0;
  double commit = 0;
  [[nodiscard]] double total() const { return fetch + read + diff + commit; }
};

template <class F>
auto timed(double& sum, F stage) {
  const double begin = cpu_ms();
  auto result = stage();
  sum += cpu_ms() - begin;
  return result;
}

class Bench {
 public:
  Bench() {
    simcloud::Options options;
    options.world.types = vendor_types;
    options.world.regions = 8;
    options.world.instances = machines;
    options.step = 0ms;
    cloud_ = std::make_unique<simcloud::SimCloud>(cloud_context_, options);
    server_ = std::thread([this] { cloud_context_.run(); });
    CredentialRecord record;
    record.ref = credential_;
    catalog_.set_credentials({record}, clock_.wall_now());
    account_ = open();
  }
  ~Bench() {
    asio::post(cloud_context_, [this] { cloud_->stop(); });
    server_.join();
  }

  Stages poll() {
    Stages stages;
    for (const char* list : lists) timed(stages.fetch, [&] { return get(list); });
    auto types = timed(stages.read, [this] {
      return std::make_shared<const Answer<InstanceType>>(ask(account_->instance_types({})).types);
    });
    auto seen =
        timed(stages.read, [this] { return std::make_shared<const Answer<Instance>>(ask(account_->instances({}))); });
    stages.read -= stages.fetch;  // the account has fetched them, too
    const Timestamp now = clock_.wall_now();

    TypeRules type_rules;
    InstanceRules instance_rules;
    instance_rules.listing.syncer = SyncerKind::instances;
    auto type_diff = timed(stages.diff, [&] { return compare(types, type_rules, now); });
    instance_rules.types = type_diff.next;
    auto instance_diff = timed(stages.diff, [&] { return compare(seen, instance_rules, now); });
    timed(stages.commit, [&] { return commit(type_diff.changes, type_rules.listing, now); });
    timed(stages.commit, [&] { return commit(instance_diff.changes, instance_rules.listing, now); });
    rows_ = fmt::format("{} type rows, {} instances", types->rows.size(), seen->rows.size());
    types_ = type_diff.next;
    instances_ = instance_diff.next;
    return stages;
  }

  /// The same answers, of which only that they are the same is found out.
  Stages floor() {
    Stages stages;
    for (const char* list : lists) {
      const std::string body = timed(stages.fetch, [&] { return get(list); });
      timed(stages.read, [&] { return floors_[list].read(body); });
    }
    return stages;
  }

  /// How late ticks come, in ms, sorted, while the writer commits the whole list again and again.
  std::vector<double> tick_lateness() {
    asio::io_context loop(1);
    asio::thread_pool writer_thread(1);
    CatalogWriter writer(catalog_, loop.get_executor(), writer_thread.get_executor(), clock_);
    ChangeSet changes;
    for (const auto& [key, listing] : types_->listings()) {
      changes.types.insert(changes.types.end(), listing->begin(), listing->end());
    }
    std::vector<double> late;
    Tasks tasks(loop.get_executor(), nullptr);
    tasks.spawn("ticks", tick(clock_, late, tasks));
    tasks.spawn("commits", commit_for_ever(writer, credential_, changes));
    loop.run();
    std::sort(late.begin(), late.end());
    return late;
  }

  [[nodiscard]] const std::string& rows() const { return rows_; }

 private:
  static asio::awaitable<void> tick(Clock& clock, std::vector<double>& late, Tasks& tasks) {
    TimePoint due = clock.now();
    while (late.size() < 100) {
      due += 50ms;
      co_await clock.sleep_until(due);
      late.push_back(std::chrono::duration<double, std::milli>(clock.now() - due).count());
    }
    tasks.cancel();
  }
  static asio::awaitable<void> commit_for_ever(CatalogWriter& writer, CredentialRef credential,
                                               const ChangeSet& changes) {
    for (;;) co_await writer.commit(credential, changes);
  }

  /// As the syncer does.
  Diff<KnownInstances> compare(const std::shared_ptr<const Answer<Instance>>& seen, const InstanceRules& rules,
                               Timestamp now) {
    if (settled_instances_.covers(*seen, instances_, rules, now)) return {{}, instances_};
    absences_to_ask(*instances_, *seen, rules, now, 10);
    Diff<KnownInstances> diff = diff_instances(instances_, *seen, {}, rules, now).value();
    settled_instances_.note(seen, diff, rules);
    return diff;
  }
  Diff<KnownTypes> compare(const std::shared_ptr<const Answer<InstanceType>>& seen, const TypeRules& rules,
                           Timestamp now) {
    if (settled_types_.covers(*seen, types_, rules, now)) return {{}, types_};
    Diff<KnownTypes> diff = diff_types(types_, *seen, rules, now).value();
    settled_types_.note(seen, diff, rules);
    return diff;
  }

  template <class T>
  T ask(Task<T> task) {
    return fakes::run_task(context_, std::move(task)).value();
  }

  [[nodiscard]] std::unique_ptr<Account> open() {
    const Provider& lambda = *find_provider("lambda");
    Credential credential;
    credential.ref = credential_;
    credential.endpoint = cloud_->endpoint();
    credential.fields.emplace("api_key", Secret(simcloud::Options().api_key));
    return lambda.open(AccountContext{credential, *http_, budget_, clock_, rng_, cache_, context_.get_executor(),
                                      Redactor(credential.fields, lambda.description)});
  }

  std::string get(const std::string& path) {
    Request request;
    request.url = cloud_->endpoint() + path;
    request.headers.push_back({"Authorization", Secret("Bearer " + simcloud::Options().api_key)});
    request.body_limit = std::size_t{1} << 30U;
    return fakes::run_task(context_, http_->send(std::move(request))).value().body;
  }

  bool commit(const ChangeSet& changes, const ListingKey& listing, Timestamp now) {
    ListingState state;
    state.key = listing;
    state.last_success_at = now;
    if (changes.empty()) {
      catalog_.record({{credential_, state}});
    } else {
      catalog_.apply(credential_, changes, state);
    }
    return true;
  }

  const CredentialRef credential_{"bench"};
  asio::io_context cloud_context_{1};
  std::unique_ptr<simcloud::SimCloud> cloud_;
  std::thread server_;
  fakes::TemporaryDirectory directory_;
  Catalog catalog_{directory_ / "catalog.db"};
  asio::io_context context_;
  SystemClock clock_;
  Rng rng_{1};
  TenantBudget budget_{clock_, {"", 1e6, 1e6}};
  TlsContexts tls_;
  std::unique_ptr<HttpClient> http_ = make_http_client(
      {tls_.get(""), budget_, clock_, rng_, context_.get_executor(), std::make_shared<BodiesInFlight>()});
  fakes::MemoryCache cache_;
  std::unique_ptr<Account> account_;
  std::map<std::string, bench::JsonFloor> floors_;
  SettledTypes settled_types_;
  SettledInstances settled_instances_;
  std::shared_ptr<const KnownTypes> types_ = std::make_shared<const KnownTypes>();
  std::shared_ptr<const KnownInstances> instances_ = std::make_shared<const KnownInstances>();
  std::string rows_;
};

void print(const char* name, const Stages& stages) {
  const auto share = [&stages](double stage) {
    return fmt::format("{:8.1f} ({:2.0f} %)", stage, 100 * stage / stages.total());
  };
  fmt::print("{:<16}{:>10.1f}{:>17}{:>17}{:>17}{:>17}\n", name, stages.total(), share(stages.fetch), share(stages.read),
             share(stages.diff), share(stages.commit));
}

long resident_mb() {
  std::ifstream in("/proc/self/statm");
  long size = 0;
  long resident = 0;
  in >> size >> resident;
  return resident * 4096 / 1'000'000;
}

/// That of the middle of seven, after one that counts for nothing.
template <class F>
Stages middle(F run) {
  run();
  std::vector<Stages> all;
  for (int i = 0; i < 7; ++i) all.push_back(run());
  std::sort(all.begin(), all.end(), [](const Stages& a, const Stages& b) { return a.total() < b.total(); });
  return all[all.size() / 2];
}

}  // namespace

int main() {
  fmt::print("resident before anything: {} MB\n", resident_mb());
  Bench bench;
  const Stages first = bench.poll();
  const Stages unchanged = middle([&bench] { return bench.poll(); });
  const Stages floor = middle([&bench] { return bench.floor(); });
  fmt::print("{}\n", bench.rows());
  fmt::print("{:<16}{:>10}{:>17}{:>17}{:>17}{:>17}\n", "CPU ms", "total", "fetch", "read", "diff", "commit");
  print("first poll", first);
  print("unchanged poll", unchanged);
  print("the floor of it", floor);
  const std::vector<double> late = bench.tick_lateness();
  fmt::print("50-ms ticks while the writer commits 20,000 rows at a time: p50 {:.1f} ms late, p99 {:.1f} ms\n",
             late[late.size() / 2], late[late.size() * 99 / 100]);
  return 0;
}
