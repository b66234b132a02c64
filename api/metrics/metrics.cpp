#include "api/metrics/metrics.hpp"

#include <algorithm>
#include <deque>
#include <optional>

#include "api/metrics/catalog_metrics.hpp"
#include "api/metrics/series.hpp"

namespace tally::api {
namespace asio = boost::asio;

namespace {

using Counters = Series<prometheus::Counter>;
using Histograms = Series<prometheus::Histogram>;

constexpr std::chrono::seconds lateness_looked_at_every{1};
constexpr std::size_t silences_kept = 10;  // some minutes: no scrape misses the longest

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

std::vector<double> of_network() { return {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}; }
std::vector<double> of_machine() { return {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5}; }

prometheus::MetricFamily gauge(std::string name, std::string help, const Labels& labels, double value) {
  prometheus::MetricFamily family{std::move(name), std::move(help), prometheus::MetricType::Gauge, {}};
  prometheus::ClientMetric sample;
  set_labels(labels, sample);
  sample.gauge.value = value;
  family.metric.push_back(std::move(sample));
  return family;
}

/// What a watchdog waits for: how long it had to, the last times.
class Progress {
 public:
  Progress(TimePoint now, std::chrono::nanoseconds limit) : limit_(limit), last_(now) {}

  void see(TimePoint now) {
    silences_.push_back(now - last_);
    if (silences_.size() > silences_kept) silences_.pop_front();
    last_ = now;
  }
  [[nodiscard]] std::chrono::nanoseconds limit() const { return limit_; }

  /// The longest of them, and of the one that lasts.
  [[nodiscard]] std::chrono::nanoseconds longest(TimePoint now) const {
    std::chrono::nanoseconds longest = now - last_;
    for (const std::chrono::nanoseconds silence : silences_) longest = std::max(longest, silence);
    return longest;
  }

 private:
  const std::chrono::nanoseconds limit_;
  TimePoint last_;
  std::deque<std::chrono::nanoseconds> silences_;
};

/// Whose rows they are.
std::string syncer_of(const std::string& subject_kind) {
  if (subject_kind == "image" || subject_kind == "quota" || subject_kind == "instance") return subject_kind + "s";
  return "instance_types";
}

}  // namespace

struct Metrics::Impl {
  Counters polls{"tallyd_polls_total", "Passes of listings, by how they ended: success, or the kind of their error."};
  Histograms poll_durations{"tallyd_poll_duration_seconds", "How long passes of listings took.", of_network()};
  Counters requests{"tallyd_provider_requests_total",
                    "HTTP requests to providers, repeated ones too, by method and status; none: no answer came."};
  Histograms request_durations{"tallyd_provider_request_duration_seconds",
                               "How long HTTP requests to providers took, without waiting for their turn.",
                               of_network()};
  Counters throttled{"tallyd_throttled_total", "Answers of providers that asked to be asked less."};
  Counters probes{"tallyd_ssh_probes_total", "Contacts with instances over SSH, by the last stage that was begun."};
  Histograms probe_durations{"tallyd_ssh_probe_duration_seconds", "How long contacts over SSH took.", of_network()};
  Histograms commits{"tallyd_commit_duration_seconds", "How long writes to the catalog took.", of_machine()};
  Histograms lateness{"tallyd_loop_lateness_seconds", "How late the loop's timers were, looked at each second.",
                      of_machine()};
  Counters rejected{"tallyd_rows_rejected_total", "Rows of providers' answers that began to be rejected."};
  Counters host_key_changes{"tallyd_host_key_changes_total", "Instances whose SSH host key changed."};
  Counters operations{"tallyd_operations_total", "Operations that came to an end, by kind and state."};
  std::optional<Progress> progress;  // when a watchdog waits for it
  Counters notifications{"tallyd_notifications_total",
                         "Attempts to deliver notifications, by rule and what came of them; those given up, too."};
  bool is_reload_in_force = true;
  Timestamp in_force_since{};
};

Metrics::Metrics(Clock& clock) : clock_(clock), impl_(std::make_unique<Impl>()) {
  impl_->in_force_since = clock_.wall_now();
  impl_->commits.at({});  // there from the start, so that a rate of them is
  impl_->lateness.at({});
}

Metrics::~Metrics() = default;

void Metrics::see_poll(const std::string& credential, SyncerKind syncer, std::string_view result,
                       std::chrono::nanoseconds took) {
  Labels labels{{"credential", credential}, {"syncer", std::string(to_string(syncer))}};
  impl_->poll_durations.at(labels).Observe(seconds(took));
  labels["result"] = result;
  impl_->polls.at(std::move(labels)).Increment();
}

void Metrics::see_request(const std::string& credential, std::string_view operation, int status, bool is_throttled,
                          std::chrono::nanoseconds took) {
  const Labels of{{"credential", credential}};
  if (is_throttled) impl_->throttled.at(of).Increment();
  Labels labels = of;
  labels["operation"] = operation;
  impl_->request_durations.at(labels).Observe(seconds(took));
  labels["status"] = status == 0 ? "none" : std::to_string(status);
  impl_->requests.at(std::move(labels)).Increment();
}

void Metrics::see_probe(const std::string& credential, std::string_view stage, bool is_ok,
                        std::chrono::nanoseconds took) {
  Labels labels{{"credential", credential}};
  impl_->probe_durations.at(labels).Observe(seconds(took));
  labels["stage"] = stage;
  labels["result"] = is_ok ? "success" : "failure";
  impl_->probes.at(std::move(labels)).Increment();
}

void Metrics::see_commit(std::chrono::nanoseconds took) { impl_->commits.at({}).Observe(seconds(took)); }

void Metrics::see_notification(const std::string& rule, std::string_view result) {
  impl_->notifications.at({{"name", rule}, {"result", std::string(result)}}).Increment();
}

void Metrics::see_reload(bool is_in_force) {
  impl_->is_reload_in_force = is_in_force;
  if (is_in_force) impl_->in_force_since = clock_.wall_now();
}

void Metrics::expect_progress(std::chrono::nanoseconds limit) { impl_->progress.emplace(clock_.now(), limit); }

void Metrics::see_progress() {
  if (std::optional<Progress>& progress = impl_->progress) progress->see(clock_.now());
}

asio::awaitable<void> Metrics::watch_loop() {
  for (;;) {
    const TimePoint due = clock_.now() + lateness_looked_at_every;
    co_await clock_.sleep_until(due);
    impl_->lateness.at({}).Observe(seconds(clock_.now() - due));
  }
}

void Metrics::take(const CatalogFacts& facts) {
  for (const Happened& each : facts.happened) {
    const auto count = static_cast<double>(each.count);
    const Labels of{{"credential", each.credential}};
    Labels labels = of;
    if (each.kind == "row_rejected") {
      labels["syncer"] = syncer_of(each.subject_kind);
      impl_->rejected.at(std::move(labels)).Increment(count);
    } else if (each.kind == "hostkey_changed") {
      impl_->host_key_changes.at(of).Increment(count);
    } else {
      labels["kind"] = each.operation;
      labels["state"] = each.state;
      impl_->operations.at(std::move(labels)).Increment(count);
    }
  }
  for (Counters* counters : {&impl_->polls, &impl_->requests, &impl_->throttled, &impl_->probes, &impl_->rejected,
                             &impl_->host_key_changes, &impl_->operations}) {
    counters->keep_only(facts.providers);
  }
  for (Histograms* histograms : {&impl_->poll_durations, &impl_->request_durations, &impl_->probe_durations}) {
    histograms->keep_only(facts.providers);
  }
}

std::vector<prometheus::MetricFamily> Metrics::collect() const {
  const Impl& all = *impl_;
  std::vector<prometheus::MetricFamily> families;
  families.push_back(gauge("tallyd_build_info", "The version that runs.", {{"version", TALLY_VERSION}}, 1));
  families.push_back(gauge("tallyd_config_last_reload_successful",
                           "Whether the configuration, as it was read last, is in force.", {},
                           all.is_reload_in_force ? 1 : 0));
  families.push_back(gauge("tallyd_config_last_reload_success_timestamp_seconds",
                           "When the configuration that is in force was read.", {},
                           seconds(all.in_force_since.time_since_epoch())));
  if (all.progress) {
    families.push_back(gauge("tallyd_watchdog_limit_seconds",
                             "For how long loop and writer may make no progress before the service is restarted.", {},
                             seconds(all.progress->limit())));
    families.push_back(gauge("tallyd_watchdog_silence_seconds",
                             "The longest time without progress of loop and writer within the last minutes.", {},
                             seconds(all.progress->longest(clock_.now()))));
  }
  for (const Counters* counters : {&all.polls, &all.requests, &all.throttled, &all.probes, &all.rejected,
                                   &all.host_key_changes, &all.operations, &all.notifications}) {
    families.push_back(counters->collect());
  }
  for (const Histograms* histograms :
       {&all.poll_durations, &all.request_durations, &all.probe_durations, &all.commits, &all.lateness}) {
    families.push_back(histograms->collect());
  }
  return families;
}

}  // namespace tally::api
