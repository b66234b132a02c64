// GET /metrics: what is told, how often the catalog is read for it, and when series go.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "api/metrics/scrape.hpp"
#include "tests/api/api_site.hpp"
#include "tests/fakes/manual_clock.hpp"

namespace tally::metrics_test {
using namespace tally::api_tests;
namespace asio = boost::asio;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A catalog that is scraped on virtual time.
struct ScrapedWorld {
  ScrapedWorld() { world.catalog.apply(cred, addition(full_type(), now()), state(types_listing, now())); }

  std::string scrape() {
    std::string text;
    std::exception_ptr failure;
    asio::co_spawn(context, scraped.text(), [&](std::exception_ptr end, std::string all) {
      failure = std::move(end);
      text = std::move(all);
    });
    clock.run_ready();
    if (failure) std::rethrow_exception(failure);
    return text;
  }

  void run(const std::string& id) {
    world.catalog.apply(cred, addition(make_instance(id), now()), state(instances_listing, now()));
  }

  void tell(const std::string& kind, const std::string& subject_kind) {
    ChangeSet changes;
    changes.at = now();
    changes.events.push_back({kind, subject_kind, "x", {}, {}, {}, {}});
    world.catalog.apply(cred, changes);
  }

  World world;
  asio::io_context context;
  ManualClock clock{context};
  Reader reader{world.file};
  api::Metrics metrics{clock};
  api::Scrape scraped{world.file, reader, context.get_executor(), metrics, clock};
};

constexpr const char* running = R"(tallyd_instances{credential="cred",provider="fake",location="east")";

}  // namespace

TEST_CASE("metrics are told in the text format, each time the same names", "[metrics]") {
  const Site site;
  const HttpAnswer first = get(site, "/metrics");
  CHECK(first.status == 200);
  CHECK(first.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(has(first.text, "# TYPE tallyd_build_info gauge\ntallyd_build_info{version=\""));
  CHECK(has(first.text, "# TYPE tallyd_offers gauge\ntallyd_offers{credential=\"cred\""));
  CHECK(has(first.text, "is_available=\"1\""));
  CHECK(has(first.text, "tallyd_listing_last_success_timestamp_seconds{credential=\"cred\""));
  CHECK(has(first.text, "tallyd_catalog_bytes "));
  const auto names = [](const std::string& text) { return std::count(text.begin(), text.end(), '#'); };
  CHECK(names(get(site, "/metrics").text) == names(first.text));
  CHECK(get(site, "/metrics?name=x").status == 400);
  CHECK(get(site, "/metrics", "POST").status == 405);
}

TEST_CASE("the catalog is read every 15 s at most, what the daemon counts is told at once", "[metrics]") {
  ScrapedWorld world;
  world.run("i-1");
  CHECK(has(world.scrape(), running));
  world.run("i-2");
  world.metrics.see_poll("cred", SyncerKind::instances, "success", 20ms);
  world.clock.advance(14s);
  const std::string soon = world.scrape();
  CHECK(has(soon, R"(gpu_name="",status="running"} 1)"));
  CHECK(has(soon, R"(tallyd_polls_total{credential="cred",provider="fake",result="success",syncer="instances"} 1)"));
  CHECK(has(soon, R"(tallyd_poll_duration_seconds_count{credential="cred",provider="fake",syncer="instances"} 1)"));
  world.clock.advance(1s);
  CHECK(has(world.scrape(), R"(gpu_name="",status="running"} 2)"));
}

TEST_CASE("the series of a credential that was removed go, those of the others stay", "[metrics]") {
  ScrapedWorld world;
  world.run("i-1");
  world.metrics.see_poll("cred", SyncerKind::instances, "auth", 1s);
  world.metrics.see_request("cred", "GET", 429, true, 1s);
  world.metrics.see_probe("cred", "auth", false, 1s);
  world.metrics.see_commit(1ms);
  const std::string before = world.scrape();
  CHECK(has(before, R"(tallyd_throttled_total{credential="cred",provider="fake"} 1)"));
  CHECK(has(before,
            R"(tallyd_provider_requests_total{credential="cred",provider="fake",operation="GET",status="429"} 1)"));
  CHECK(has(before, R"(tallyd_ssh_probes_total{credential="cred",provider="fake",result="failure",stage="auth"} 1)"));
  CredentialRecord other = record();
  other.ref = CredentialRef("other");
  world.world.catalog.set_credentials({other}, now());
  world.clock.advance(15s);
  const std::string after = world.scrape();
  CHECK_FALSE(has(after, R"(credential="cred")"));
  CHECK(has(after, R"(tallyd_instances_unreachable{credential="other",provider="fake"} 0)"));
  CHECK(has(after, "tallyd_commit_duration_seconds_count 1"));
}

TEST_CASE("events are counted once, from the daemon's start on", "[metrics]") {
  World before;
  ScrapedWorld world;
  world.tell("row_rejected", "instance_type");
  world.tell("row_rejected", "instance");
  world.tell("row_rejected", "instance");
  world.tell("hostkey_changed", "instance");
  const std::string text = world.scrape();
  CHECK(has(text, R"(tallyd_rows_rejected_total{credential="cred",provider="fake",syncer="instances"} 2)"));
  CHECK(has(text, R"(tallyd_rows_rejected_total{credential="cred",provider="fake",syncer="instance_types"} 1)"));
  CHECK(has(text, R"(tallyd_host_key_changes_total{credential="cred",provider="fake"} 1)"));
  world.clock.advance(1min);
  CHECK(has(world.scrape(), R"(tallyd_rows_rejected_total{credential="cred",provider="fake",syncer="instances"} 2)"));
}

TEST_CASE("a reload that failed shows, and since when the configuration is in force", "[metrics]") {
  ScrapedWorld world;
  CHECK(has(world.scrape(), "tallyd_config_last_reload_successful 1"));
  world.metrics.see_reload(false);
  CHECK(has(world.scrape(), "tallyd_config_last_reload_successful 0"));
}

TEST_CASE("how close the watchdog came is told for some minutes, and nothing when none watches", "[metrics]") {
  ScrapedWorld world;
  CHECK_FALSE(has(world.scrape(), "tallyd_watchdog"));
  world.metrics.see_progress();
  CHECK_FALSE(has(world.scrape(), "tallyd_watchdog"));
  world.metrics.expect_progress(30s);
  world.clock.advance(10s);
  world.metrics.see_progress();
  world.clock.advance(25s);
  CHECK(has(world.scrape(), "tallyd_watchdog_silence_seconds 25"));
  CHECK(has(world.scrape(), "tallyd_watchdog_limit_seconds 30"));
  world.metrics.see_progress();
  CHECK(has(world.scrape(), "tallyd_watchdog_silence_seconds 25"));
  for (int i = 0; i < 10; ++i) {
    world.clock.advance(10s);
    world.metrics.see_progress();
  }
  CHECK(has(world.scrape(), "tallyd_watchdog_silence_seconds 10"));
}

}  // namespace tally::metrics_test
