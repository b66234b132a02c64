// Entries as the journal is given them.
#include "daemon/journal.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "runtime/log_line.hpp"
#include "tally/event_log.hpp"

namespace tally::journal_test {
namespace {

using Entry = std::vector<std::string>;

/// What the default logger is told becomes entries while it lives.
struct Journal {
  Journal() {
    auto sink = journal_sink([this](const iovec* fields, int count) {
      Entry& entry = entries.emplace_back();
      for (int i = 0; i < count; ++i)
        entry.emplace_back(static_cast<const char*>(fields[i].iov_base), fields[i].iov_len);
      return 0;
    });
    auto logger = std::make_shared<spdlog::logger>("tallyd", std::move(sink));
    logger->set_formatter(
        one_line(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, std::string())));
    spdlog::set_default_logger(std::move(logger));
  }
  ~Journal() { spdlog::set_default_logger(before_); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  std::vector<Entry> entries;

 private:
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

const std::string ours = "SYSLOG_IDENTIFIER=tallyd";

}  // namespace

TEST_CASE("an event is one entry with its credential, instance and ID as fields", "[daemon]") {
  Journal journal;
  Event event{"instance_ended", "instance", "i-1", {}, {}, {}, {}};
  Event warning{"row_rejected", "instance_type", "t-1", {}, {}, {}, {}};
  log_events(CredentialRef("prod"), written_from(41, {event, warning}));
  REQUIRE(journal.entries.size() == 2);
  CHECK(journal.entries[0] == Entry{"MESSAGE=prod: instance_ended i-1", "PRIORITY=6", ours, "CREDENTIAL=prod",
                                    "INSTANCE=i-1", "EVENT_ID=41"});
  CHECK(journal.entries[1] ==
        Entry{"MESSAGE=prod: row_rejected t-1", "PRIORITY=4", ours, "CREDENTIAL=prod", "EVENT_ID=42"});
}

TEST_CASE("nobody's text makes fields of its own", "[daemon]") {
  Journal journal;
  log_line({"prod", "i-1\nEVENT_ID=7"}, spdlog::level::err, "a\nPRIORITY=0\n");
  spdlog::error("CREDENTIAL=x\n");
  REQUIRE(journal.entries.size() == 2);
  CHECK(journal.entries[0] ==
        Entry{"MESSAGE=a\\nPRIORITY=0\\n", "PRIORITY=3", ours, "CREDENTIAL=prod", "INSTANCE=i-1 EVENT_ID=7"});
  CHECK(journal.entries[1] == Entry{"MESSAGE=CREDENTIAL=x\\n", "PRIORITY=3", ours});
}

TEST_CASE("many events of a kind are one line of their credential", "[daemon]") {
  Journal journal;
  const Event event{"type_added", "instance_type", "t-1", {}, {}, {}, {}};
  log_events(CredentialRef("prod"), written_from(1, std::vector<Event>(100, event)));
  REQUIRE(journal.entries.size() == 1);
  CHECK(journal.entries[0] == Entry{"MESSAGE=prod: 100 x type_added", "PRIORITY=6", ours, "CREDENTIAL=prod"});
}

}  // namespace tally::journal_test
