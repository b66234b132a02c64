// What Prometheus is told of the catalog: gauges, each by one statement over the views, and what has happened since the
// last time. Readers' thread.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "store/reader.hpp"

namespace tally::api {

/// Events of one kind, counted.
struct Happened {
  std::string kind;  // row_rejected, hostkey_changed, operation_finished
  std::string credential;
  std::string subject_kind;
  std::string operation;  // of operation_finished: the operation's kind and state
  std::string state;
  std::int64_t count = 0;
};

struct CatalogFacts {
  std::vector<prometheus::MetricFamily> gauges;
  std::map<std::string, std::string> providers;  // of the credentials in force
  std::vector<Happened> happened;                // after the event `since`
  std::int64_t last_event = 0;
};

/// Throws StoreError. No metric has more than 5000 series: the largest values are kept.
CatalogFacts read_catalog_metrics(Reader& reader, const std::filesystem::path& catalog, std::int64_t since);

}  // namespace tally::api
