#include "store/orphan_watch.hpp"

#include "runtime/run_on.hpp"
#include "store/notify_tables.hpp"
#include "tally/event_log.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds look_for_orphans_every{10};

/// Changes with whatever may make an orphan: what happens to rows is an event, credentials come and go in silence.
std::string fingerprint_of(Reader& reader) {
  const Reader::Rows rows = reader.query("SELECT count(*) || ' ' || coalesce(sum(removed_at_ms), 0) FROM credentials");
  return std::get<std::string>(rows.rows.at(0).at(0)) + " " + std::to_string(last_event_id(reader));
}

struct Look {
  std::string seen;
  OrphanNews news;
};

}  // namespace

std::vector<OrphanKey> confirmed(const std::vector<OrphanKey>& found, std::set<OrphanKey>& suspects) {
  std::vector<OrphanKey> sure;
  std::set<OrphanKey> others;
  for (const OrphanKey& orphan : found) {
    if (suspects.contains(orphan)) {
      sure.push_back(orphan);
    } else {
      others.insert(orphan);
    }
  }
  suspects = std::move(others);
  return sure;
}

OrphanWatch::OrphanWatch(std::filesystem::path catalog, CatalogWriter& writer, Clock& clock,
                         asio::any_io_executor readers)
    : catalog_(std::move(catalog)), writer_(writer), clock_(clock), readers_(std::move(readers)) {}

asio::awaitable<void> OrphanWatch::run() {
  for (;;) {
    co_await clock_.sleep_until(clock_.now() + look_for_orphans_every);
    co_await look();
  }
}

asio::awaitable<void> OrphanWatch::look() {
  Look now = co_await run_on(readers_, [this] {
    if (reader_ == nullptr) reader_ = std::make_unique<Reader>(catalog_);
    Look look{fingerprint_of(*reader_), {}};
    if (look.seen != seen_ || !suspects_.empty()) look.news = read_orphan_news(*reader_);
    return look;
  });
  now.news.found = confirmed(now.news.found, suspects_);
  if (!now.news.empty()) {
    const Timestamp at = clock_.wall_now();
    auto tell = [news = std::move(now.news), at](Catalog& catalog) {
      for (const auto& [credential, events] : catalog.tell_orphans(news, at)) log_events(credential, events);
    };
    co_await writer_.write(WritePriority::tally, "orphans", std::move(tell));
  }
  seen_ = std::move(now.seen);
}

}  // namespace tally
