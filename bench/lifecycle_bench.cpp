// What operations cost those beside them, and they those beside whom they run: how long a journal record takes when
// nothing else is written and while 100,000 rows are committed, and how late ticks and polls come while 200 machines
// are made. `lifecycle_bench [rows [creates]]`
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>

#include "bench/site.hpp"
#include "store/reader.hpp"
#include "tally/pieces.hpp"
#include "tests/daemon/asking.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace {

using namespace tally;
using namespace tally::bench;

double at(const std::vector<double>& sorted, std::size_t percent) {
  return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
}

/// One catalog with its writer's thread, and records that are timed on the way into it.
class Journal {
 public:
  Journal() {
    CredentialRecord record;
    record.ref = credential_;
    catalog_.set_credentials({record}, clock_.wall_now());
  }
  ~Journal() { thread_.join(); }

  /// Milliseconds of so many records one after the other, sorted.
  std::vector<double> records(std::size_t count) {
    return run([this, count] { return took_.size() == count; });
  }

  /// Of as many as there is time for while so many machines are committed.
  std::vector<double> records_beside(std::size_t machines) {
    bool is_over = false;
    asio::co_spawn(loop_, commit(machines), [&is_over](const std::exception_ptr&) { is_over = true; });
    return run([&is_over] { return is_over; });
  }

 private:
  template <class Predicate>
  std::vector<double> run(Predicate is_over) {
    took_.clear();
    is_over_ = is_over;
    asio::co_spawn(loop_, keep_recording(), asio::detached);
    loop_.restart();
    loop_.run();
    std::sort(took_.begin(), took_.end());
    return took_;
  }

  asio::awaitable<void> keep_recording() {
    while (!is_over_()) {
      OperationRecord operation;
      operation.id = std::to_string(number_++);
      operation.credential = credential_;
      operation.created_at = clock_.wall_now();
      JournalChanges changes;
      changes.at = operation.created_at;
      changes.operations = {operation};
      const TimePoint begin = clock_.now();
      auto job = [this, changes](Catalog& catalog) { catalog.apply(credential_, changes); };
      co_await writer_.write(WritePriority::journal, "operations", std::move(job));
      took_.push_back(std::chrono::duration<double, std::milli>(clock_.now() - begin).count());
      co_await clock_.sleep_until(clock_.now() + 2ms);
    }
  }

  asio::awaitable<void> commit(std::size_t machines) {
    ChangeSet changes;
    changes.at = clock_.wall_now();
    for (std::size_t i = 0; i < machines; ++i) {
      KnownInstance known;
      known.row = fakes::row(fakes::make_instance("i-" + std::to_string(i)));
      known.listing = {SyncerKind::instances, ""};
      known.status = LifecycleStatus::running;
      known.first_seen_at = known.status_since = known.seen_at = changes.at;
      changes.statuses.push_back({known.row->cloud_id, known.status});
      changes.instances.push_back(std::move(known));
    }
    auto pieces = std::make_shared<const std::vector<ChangeSet>>(in_pieces(std::move(changes)));
    co_await writer_.commit(credential_, pieces, std::nullopt);
  }

  const CredentialRef credential_{"bench"};
  fakes::TemporaryDirectory directory_;
  Catalog catalog_{directory_ / "catalog.db"};
  asio::io_context loop_{1};
  asio::thread_pool thread_{1};
  SystemClock clock_;
  CatalogWriter writer_{catalog_, loop_.get_executor(), thread_.get_executor(), clock_};
  std::function<bool()> is_over_;
  std::vector<double> took_;
  std::size_t number_ = 0;
};

void measure_journal(std::size_t rows) {
  Journal journal;
  journal.records(50);
  const std::vector<double> idle = journal.records(500);
  const std::vector<double> beside = journal.records_beside(rows);
  fmt::print("{:<36}{:>9}{:>9}{:>9}{:>9}\n", "a journal record, ms", "records", "p50", "p99", "most");
  for (const auto& [name, took] : {std::pair("idle", idle), std::pair("while rows are committed", beside)}) {
    fmt::print("{:<36}{:>9}{:>9.2f}{:>9.2f}{:>9.2f}\n", name, took.size(), at(took, 50), at(took, 99), at(took, 100));
  }
  fmt::print("{:<36}{:>9}{:>9.1f}{:>9.1f}{:>9.1f}\n", "times", "", at(beside, 50) / at(idle, 50),
             at(beside, 99) / at(idle, 99), at(beside, 100) / at(idle, 100));
}

/// An account whose machines may be made sixty a minute.
constexpr std::size_t creates_an_account = 50;

class Order {
 public:
  explicit Order(std::size_t creates) : wanted_(creates) {
    std::vector<CredentialConfig> credentials;
    for (std::size_t made = 0; made < creates; made += creates_an_account) {
      const std::string ref = "bench-" + std::to_string(clouds_.size() + 1);
      const std::string key = "key of " + ref;  // of a tenant of its own
      clouds_.push_back(std::make_unique<fakes::Cloud>(std::vector<std::string>{"--provider", "template", "--regions",
                                                                                "3", "--types", "200", "--instances",
                                                                                "300", "--no-ssh", "--api-key", key}));
      credentials.push_back(account_at(ref, clouds_.back()->endpoint(), "template"));
      credentials.back().ssh.is_probed = false;
    }
    site_ = std::make_unique<MeasuredSite>(catalog_, credentials);
  }

  void measure() {
    site_->start();
    run_for(15s);  // first polls are spread out
    for (std::size_t i = 0; i < wanted_; ++i) orders_.push_back(order(i));
    run_for(1s);  // what that held up
    const MeasuredSite::Phase before = run_for(10s);
    for (std::size_t i = 0; i < wanted_; ++i) site_->spawn("create", create(i));
    const std::int64_t skipped = number("coalesce(sum(skipped_ticks), 0) FROM sync_states");
    const auto begin = std::chrono::steady_clock::now();
    const MeasuredSite::Phase during = site_->run_until([this] { return over_ == wanted_; });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    fmt::print("{} of {} machines made in {:.0f} s, {:.1f} ms of CPU each with all polls meanwhile\n", made_, wanted_,
               seconds, during.cpu / static_cast<double>(wanted_));
    for (const auto& [name, phase] : {std::pair("before", before), std::pair("meanwhile", during)}) {
      fmt::print("10-ms ticks of the loop {}: p50 {:.1f}, p99 {:.1f}, most {:.1f} ms late\n", name, at(phase.late, 50),
                 at(phase.late, 99), at(phase.late, 100));
    }
    fmt::print("polls that could not start in time: {}\n",
               number("coalesce(sum(skipped_ticks), 0) FROM sync_states") - skipped);
  }

 private:
  MeasuredSite::Phase run_for(std::chrono::seconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    return site_->run_until([end] { return std::chrono::steady_clock::now() > end; });
  }

  [[nodiscard]] lifecycle::Create order(std::size_t number) const {
    lifecycle::Create create;
    create.credential = CredentialRef("bench-" + std::to_string(number / creates_an_account + 1));
    create.what.ref_id = RefId("job-" + std::to_string(number));
    create.what.public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChAqvNFNPZEMKpVgXgMlj3Rk0kS4bZ5o3wKkQvlW me";
    const auto offers = Reader(catalog_).query(
        "SELECT type, location FROM offers WHERE is_available = 1 AND usage_class = 'on-demand' AND credential = ? "
        "LIMIT 1",
        {create.credential.str()});
    create.what.type = fakes::sql_text(offers.rows.at(0).at(0));
    create.what.location = fakes::sql_text(offers.rows.at(0).at(1));
    return create;
  }

  asio::awaitable<void> create(std::size_t number) {
    const auto answer = co_await site_->lifecycle().carry_out(orders_.at(number), 10min);
    ++over_;
    if (answer && answer->operation.state == OperationState::succeeded) {
      ++made_;
    } else {
      fmt::print("not made: {}\n", answer ? answer->operation.error : answer.error().error.message);
    }
  }

  std::int64_t number(const std::string& sql) {
    return std::get<std::int64_t>(Reader(catalog_).query("SELECT " + sql).rows.at(0).at(0));
  }

  const std::size_t wanted_;
  std::size_t over_ = 0;
  std::size_t made_ = 0;
  std::vector<lifecycle::Create> orders_;
  std::vector<std::unique_ptr<fakes::Cloud>> clouds_;
  fakes::TemporaryDirectory directory_;
  std::filesystem::path catalog_ = directory_ / "catalog.db";
  std::unique_ptr<MeasuredSite> site_;
};

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  measure_journal(argc > 1 ? std::stoul(argv[1]) : 100'000);
  Order(argc > 2 ? std::stoul(argv[2]) : 200).measure();
  return 0;
}
