// One poll of both lists, stage by stage: fetch, map (parse and map), diff, commit; the first one, and one that finds
// nothing changed. CPU of this thread only: the simulated cloud serves from a thread of its own. Then how late 50-ms
// ticks of the loop come while the writer commits as fast as it can. Compare ratios within one run only.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <functional>
#include <thread>

#include "bench/cpu_time.hpp"
#include "net/http_client.hpp"
#include "providers/lambda/mapping.hpp"
#include "providers/lambda/regions.hpp"
#include "runtime/system_clock.hpp"
#include "runtime/tasks.hpp"
#include "simcloud/simcloud.hpp"
#include "store/catalog.hpp"
#include "store/catalog_writer.hpp"
#include "syncers/diff/diff.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace {

using namespace tally;
namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t vendor_types = 1112;  // in 18 regions: 20,000 rows
constexpr std::size_t machines = 10'000;

struct Stages {
  double fetch = 0;
  double map = 0;
  double diff = 0;
  double commit = 0;
  [[nodiscard]] double total() const { return fetch + map + diff + commit; }
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
  }
  ~Bench() {
    asio::post(cloud_context_, [this] { cloud_->stop(); });
    server_.join();
  }

  Stages poll() {
    Stages stages;
    const std::string types = timed(stages.fetch, [this] { return get("/instance-types"); });
    const std::string instances = timed(stages.fetch, [this] { return get("/instances"); });
    const Timestamp now = clock_.wall_now();

    std::vector<Location> found;
    const auto regions = lambda::static_regions();
    auto seen_types = timed(stages.map, [&] { return type_reader_.read(types, regions, found).value(); });
    auto seen_instances = timed(stages.map, [&] { return instance_reader_.read(instances).value(); });
    rows_ = fmt::format("{} type rows ({:.1f} MB), {} instances ({:.1f} MB)", seen_types.rows.size(),
                        static_cast<double>(types.size()) / 1e6, seen_instances.rows.size(),
                        static_cast<double>(instances.size()) / 1e6);

    TypeRules type_rules;
    InstanceRules instance_rules;
    instance_rules.listing.syncer = SyncerKind::instances;
    auto type_diff = timed(stages.diff, [&] { return diff_types(types_, seen_types, type_rules, now).value(); });
    instance_rules.types = type_diff.next;
    auto instance_diff = timed(stages.diff, [&] {
      const auto absent = absences_to_ask(*instances_, seen_instances, instance_rules, now, 10);
      return diff_instances(instances_, seen_instances, {}, instance_rules, now).value();
    });
    timed(stages.commit, [&] { return commit(type_diff.changes, type_rules.listing, now); });
    timed(stages.commit, [&] { return commit(instance_diff.changes, instance_rules.listing, now); });
    types_ = type_diff.next;
    instances_ = instance_diff.next;
    return stages;
  }

  /// How late ticks come, in ms, sorted, while the writer commits the whole list again and again.
  std::vector<double> tick_lateness() {
    asio::io_context loop(1);
    asio::thread_pool writer_thread(1);
    CatalogWriter writer(catalog_, loop.get_executor(), writer_thread.get_executor(), clock_);
    ChangeSet changes;
    for (const auto& [id, type] : types_->rows) changes.types.push_back(type);
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
  lambda::TypeReader type_reader_;
  InstanceList instance_reader_ = lambda::instance_list();
  std::shared_ptr<const KnownTypes> types_ = std::make_shared<const KnownTypes>();
  std::shared_ptr<const KnownInstances> instances_ = std::make_shared<const KnownInstances>();
  std::string rows_;
};

void print(const char* name, const Stages& stages) {
  const auto share = [&stages](double stage) {
    return fmt::format("{:8.1f} ({:2.0f} %)", stage, 100 * stage / stages.total());
  };
  fmt::print("{:<16}{:>10.1f}{:>17}{:>17}{:>17}{:>17}\n", name, stages.total(), share(stages.fetch), share(stages.map),
             share(stages.diff), share(stages.commit));
}

long resident_mb() {
  std::ifstream in("/proc/self/statm");
  long size = 0;
  long resident = 0;
  in >> size >> resident;
  return resident * 4096 / 1'000'000;
}

}  // namespace

int main() {
  fmt::print("resident before anything: {} MB\n", resident_mb());
  Bench bench;
  const Stages first = bench.poll();
  bench.poll();
  std::vector<Stages> unchanged;
  for (int i = 0; i < 7; ++i) unchanged.push_back(bench.poll());
  std::sort(unchanged.begin(), unchanged.end(), [](const Stages& a, const Stages& b) { return a.total() < b.total(); });
  fmt::print("{}\n", bench.rows());
  fmt::print("{:<16}{:>10}{:>17}{:>17}{:>17}{:>17}\n", "CPU ms", "total", "fetch", "map", "diff", "commit");
  print("first poll", first);
  print("unchanged poll", unchanged[unchanged.size() / 2]);
  const std::vector<double> late = bench.tick_lateness();
  fmt::print("50-ms ticks while the writer commits 20,000 rows at a time: p50 {:.1f} ms late, p99 {:.1f} ms\n",
             late[late.size() / 2], late[late.size() * 99 / 100]);
  return 0;
}
