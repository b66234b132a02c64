// The series of one metric that the daemon counts itself: one counter or histogram for each set of labels. Those of a
// credential that is not in force any more go. Loop thread.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tally::api {

using Labels = std::map<std::string, std::string>;

/// A sample's labels, as the library has them.
inline void set_labels(const Labels& labels, prometheus::ClientMetric& sample) {
  for (const auto& [name, value] : labels) sample.label.push_back({name, value});
}

/// Names the provider of each sample that is of a credential.
inline void name_providers(const std::map<std::string, std::string>& providers, prometheus::MetricFamily& family) {
  for (prometheus::ClientMetric& sample : family.metric) {
    const auto label = std::find_if(sample.label.begin(), sample.label.end(),
                                    [](const auto& each) { return each.name == "credential"; });
    if (label == sample.label.end()) continue;
    const auto provider = providers.find(label->value);
    if (provider != providers.end()) sample.label.insert(label + 1, {"provider", provider->second});
  }
}

template <class Metric>
class Series {
 public:
  Series(std::string name, std::string help, std::vector<double> bounds = {})
      : name_(std::move(name)), help_(std::move(help)), bounds_(std::move(bounds)) {}

  /// The series of these labels, made when there is none.
  Metric& at(Labels labels) {
    if constexpr (std::is_same_v<Metric, prometheus::Histogram>) {
      return series_.try_emplace(std::move(labels), bounds_).first->second;
    } else {
      return series_[std::move(labels)];
    }
  }

  /// Forgets those of all credentials that have none of these providers. A series without that label stays.
  void keep_only(const std::map<std::string, std::string>& providers) {
    std::erase_if(series_, [&providers](const auto& each) {
      const auto credential = each.first.find("credential");
      return credential != each.first.end() && !providers.contains(credential->second);
    });
  }

  [[nodiscard]] prometheus::MetricFamily collect() const {
    prometheus::MetricFamily family{name_, help_, Metric::metric_type, {}};
    for (const auto& [labels, metric] : series_) {
      set_labels(labels, family.metric.emplace_back(metric.Collect()));
    }
    return family;
  }

 private:
  const std::string name_;
  const std::string help_;
  const std::vector<double> bounds_;  // of a histogram's buckets
  std::map<Labels, Metric> series_;
};

}  // namespace tally::api
