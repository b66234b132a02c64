#include "api/metrics/catalog_metrics.hpp"

#include <system_error>
#include <variant>

#include "api/values.hpp"

namespace tally::api {
namespace {

/// Which the statements below know as the table `in_force`.
constexpr const char* in_force = "SELECT credential FROM credentials WHERE removed_at_ms IS NULL";

/// A metric as a statement: its columns are the labels, but for `value`. A row without a value is no sample.
struct Gauge {
  const char* name;
  const char* help;
  const char* sql;
  prometheus::MetricType type = prometheus::MetricType::Gauge;
};

constexpr std::size_t most_series = 5000;

const std::vector<Gauge>& gauges() {
  static const std::vector<Gauge> all = {
      {"tallyd_listing_last_success_timestamp_seconds", "When a listing was last complete.",
       "SELECT credential, syncer, location, last_success_at_ms / 1000.0 AS value FROM listing_states"
       " WHERE is_asked = 1"},
      {"tallyd_listing_failing", "1 while the last attempt to read a listing failed.",
       "SELECT credential, syncer, location, failing_since_ms IS NOT NULL AS value FROM listing_states"
       " WHERE is_asked = 1"},
      {"tallyd_skipped_ticks_total", "Passes that could not start because the one before still ran.",
       "SELECT credential, syncer, sum(skipped_ticks) AS value FROM sync_states"
       " WHERE credential IN in_force GROUP BY 1, 2",
       prometheus::MetricType::Counter},
      {"tallyd_offers", "Offers with GPUs, by whether they can be had now: 1, 0 or unknown.",
       "SELECT credential, gpu_name, gpu_count, usage_class,"
       " coalesce(CAST(is_available AS TEXT), 'unknown') AS is_available, count(*) AS value FROM offers"
       " WHERE credential IN in_force"
       " GROUP BY 1, 2, 3, 4, 5"},
      {"tallyd_best_offer_price_per_gpu_hour", "The lowest price of one GPU for an hour that can be had now.",
       "SELECT gpu_name, gpu_memory_gb, gpu_count, usage_class, currency, min(price_per_gpu_hour) AS value"
       " FROM best_offers GROUP BY 1, 2, 3, 4, 5"},
      {"tallyd_instances", "Instances that have not ended.",
       "SELECT credential, location, gpu_name, status, count(*) AS value FROM instances"
       " WHERE is_ended = 0 AND credential IN in_force"
       " GROUP BY 1, 2, 3, 4"},
      {"tallyd_instances_unreachable", "Running instances that did not answer the last probe over SSH.",
       "SELECT c.credential, count(i.cloud_id) AS value FROM credentials c"
       " LEFT JOIN running_instances i ON i.credential = c.credential AND i.is_reachable = 0"
       " WHERE c.removed_at_ms IS NULL GROUP BY 1"},
      {"tallyd_burn_per_hour",
       "What machines that are not stopped cost in an hour: by tenant, credential and GPU, and by the hundred dearest "
       "tags.",
       "SELECT scope, name, currency, price_per_hour AS value"
       " FROM (SELECT *, row_number() OVER (PARTITION BY scope = 'tag' ORDER BY price_per_hour DESC) AS place FROM "
       "burns)"
       " WHERE (scope <> 'tag' OR place <= 100) AND currency IS NOT NULL AND (scope <> 'credential' OR name IN "
       "in_force)"},
      {"tallyd_orphans", "Machines that nobody answers for, one for each reason.",
       "SELECT credential, reason, count(*) AS value FROM orphans"
       " WHERE credential IN in_force GROUP BY 1, 2"},
      {"tallyd_id_problems", "Problems with rows and IDs that last now.",
       "SELECT credential, kind, count(*) AS value FROM id_problems WHERE ended_at_ms IS NULL"
       " AND credential IN in_force GROUP BY 1, 2"},
  };
  return all;
}

void set_value(const SqlValue& value, prometheus::MetricType type, prometheus::ClientMetric& sample) {
  const auto* integer = std::get_if<std::int64_t>(&value);
  const double number = integer != nullptr ? static_cast<double>(*integer) : std::get<double>(value);
  (type == prometheus::MetricType::Counter ? sample.counter.value : sample.gauge.value) = number;
}

prometheus::MetricFamily read_gauge(const Gauge& gauge, Reader& reader) {
  prometheus::MetricFamily family{gauge.name, gauge.help, gauge.type, {}};
  const Reader::Rows found =
      reader.query("WITH in_force AS (" + std::string(in_force) + ") SELECT * FROM (" + gauge.sql +
                   ") WHERE value IS NOT NULL ORDER BY value DESC LIMIT " + std::to_string(most_series));
  for (const std::vector<SqlValue>& row : found.rows) {
    prometheus::ClientMetric& sample = family.metric.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (found.columns[i] == "value") {
        set_value(row[i], gauge.type, sample);
      } else {
        sample.label.push_back({found.columns[i], label_text(row[i])});
      }
    }
  }
  return family;
}

/// By stat, never by open: closing the file in this process would end the writer's locks.
prometheus::MetricFamily size_of(const std::filesystem::path& file, std::string name, std::string help) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(file, failure);
  prometheus::MetricFamily family{std::move(name), std::move(help), prometheus::MetricType::Gauge, {}};
  prometheus::ClientMetric sample;
  sample.gauge.value = failure ? 0 : static_cast<double>(size);
  family.metric.push_back(std::move(sample));
  return family;
}

std::vector<Happened> read_events(Reader& reader, std::int64_t since, std::int64_t last) {
  const Reader::Rows found = reader.query(
      "SELECT e.kind, e.credential, e.subject_kind, coalesce(o.kind, ''), coalesce(o.state, ''), count(*) FROM events e"
      " LEFT JOIN operations o ON e.kind = 'operation_finished' AND o.id = e.subject_id"
      " WHERE e.id > ? AND e.id <= ? AND e.kind IN ('row_rejected', 'hostkey_changed', 'operation_finished')"
      " GROUP BY 1, 2, 3, 4, 5",
      {since, last});
  std::vector<Happened> happened;
  for (const std::vector<SqlValue>& row : found.rows) {
    happened.push_back({label_text(row[0]), label_text(row[1]), label_text(row[2]), label_text(row[3]),
                        label_text(row[4]), std::get<std::int64_t>(row[5])});
  }
  return happened;
}

}  // namespace

CatalogFacts read_catalog_metrics(Reader& reader, const std::filesystem::path& catalog, std::int64_t since) {
  CatalogFacts facts;
  for (const Gauge& gauge : gauges()) facts.gauges.push_back(read_gauge(gauge, reader));
  facts.gauges.push_back(size_of(catalog, "tallyd_catalog_bytes", "The catalog's file."));
  facts.gauges.push_back(
      size_of(catalog.string() + "-wal", "tallyd_wal_bytes", "The catalog's write-ahead log; 0: there is none."));
  const auto in_force_now = reader.query("SELECT credential, provider FROM credentials WHERE removed_at_ms IS NULL");
  for (const std::vector<SqlValue>& row : in_force_now.rows) {
    facts.providers.emplace(label_text(row.at(0)), label_text(row.at(1)));
  }
  facts.last_event = last_event_id(reader);
  facts.happened = read_events(reader, since, facts.last_event);
  return facts;
}

}  // namespace tally::api
