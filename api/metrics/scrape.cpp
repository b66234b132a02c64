#include "api/metrics/scrape.hpp"

#include <prometheus/text_serializer.h>

#include "api/metrics/catalog_metrics.hpp"
#include "api/metrics/series.hpp"
#include "runtime/run_on.hpp"

namespace tally::api {
namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds read_every{15};
}  // namespace

Scrape::Scrape(std::filesystem::path catalog, Reader& reader, asio::any_io_executor readers, Metrics& metrics,
               Clock& clock)
    : catalog_(std::move(catalog)),
      reader_(reader),
      readers_(std::move(readers)),
      metrics_(metrics),
      clock_(clock),
      last_event_(last_event_id(reader)) {}

Scrape::~Scrape() = default;

/// Of two scrapes at once both may read; what happened is counted by the one that was first.
asio::awaitable<std::string> Scrape::text() {
  if (!read_at_ || clock_.now() - *read_at_ >= read_every) {
    const TimePoint began = clock_.now();
    const std::int64_t since = last_event_;
    CatalogFacts facts = co_await run_on(readers_, [&] { return read_catalog_metrics(reader_, catalog_, since); });
    if (last_event_ != since) facts.happened.clear();
    last_event_ = std::max(last_event_, facts.last_event);
    metrics_.take(facts);
    gauges_ = std::make_shared<const Families>(std::move(facts.gauges));
    providers_ = std::move(facts.providers);
    read_at_ = began;
  }
  Families families = metrics_.collect();
  auto write = [families = std::move(families), gauges = gauges_, providers = providers_]() mutable {
    families.insert(families.end(), gauges->begin(), gauges->end());
    for (prometheus::MetricFamily& family : families) name_providers(providers, family);
    std::erase_if(families, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
    return prometheus::TextSerializer().Serialize(families);
  };
  co_return co_await run_on(readers_, std::move(write));
}

}  // namespace tally::api
