#include "daemon/storyteller.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <sstream>

#include "store/reader.hpp"

namespace tally {
namespace {

constexpr std::chrono::seconds read_every{1};
constexpr std::size_t told_one_by_one = 8;  // more of a kind at once are told as a number

// One row an event, joined with what it is about.
constexpr const char* events_since =
    "SELECT e.id, e.kind, coalesce(e.field, ''), coalesce(e.old, ''), coalesce(e.new, ''), "
    "       coalesce(e.subject_id, ''), strftime('%H:%M:%S', e.at_ms / 1000, 'unixepoch'), "
    "       coalesce(o.gpu_count || ' x ' || o.gpu_name, i.gpu_count || ' x ' || i.gpu_name, t.type, i.type, ''), "
    "       coalesce(t.location, i.location, ''), coalesce(t.currency, i.currency, 'USD'), "
    "       coalesce(t.is_listed, 1), coalesce(e.detail, '') "
    "FROM events e "
    "LEFT JOIN instance_types t ON e.subject_kind = 'instance_type' AND t.credential = e.credential "
    "  AND t.instance_type_id = e.subject_id "
    "LEFT JOIN offers o ON o.credential = t.credential AND o.instance_type_id = t.instance_type_id "
    "  AND o.usage_class = 'on-demand' "
    "LEFT JOIN instances i ON e.subject_kind = 'instance' AND i.credential = e.credential AND i.cloud_id = "
    "e.subject_id "
    "WHERE e.id > ? ORDER BY e.id LIMIT 5000";

struct Told {
  std::string time;
  std::string subject;  // what is told together
  std::string line;
};

std::string money(const std::string& nanos, const std::string& currency) {
  return nanos.empty() ? "unknown" : fmt::format("{:.2f} {}/h", std::stod(nanos) / 1e9, currency);
}

/// One event in plain words; an empty line for what goes without saying.
Told tell_event(const std::vector<SqlValue>& row) {
  const auto text = [&row](std::size_t column) { return std::get<std::string>(row.at(column)); };
  const std::string kind = text(1);
  const std::string field = text(2);
  const std::string thing = text(7);
  const std::string place = text(8);
  const std::string id = text(5).substr(0, 8);
  Told told{text(6), "", ""};
  const auto say = [&told](const char* subject, std::string line) {
    told.subject = subject;
    told.line = std::move(line);
  };
  if (kind == "type_added") say("new offers", fmt::format("new offer: {} in {}", thing, place));
  if (kind == "type_unlisted") say("offers withdrawn", fmt::format("no longer offered: {} in {}", thing, place));
  if (kind == "type_relisted") say("offers back", fmt::format("offered again: {} in {}", thing, place));
  if (kind == "type_changed" && field == "price_nanos") {
    say("prices changed",
        fmt::format("price of {} in {}: {} -> {}", thing, place, money(text(3), text(9)), money(text(4), text(9))));
  }
  // What is withdrawn is not available: that goes without saying.
  if (kind == "type_changed" && field == "is_available" && std::get<std::int64_t>(row.at(10)) == 1) {
    say("availability changed",
        fmt::format("{}: {} in {}", text(4) == "1" ? "available now" : "sold out", thing, place));
  }
  if (kind == "instance_added") say("instances found", fmt::format("instance {} found: {} in {}", id, thing, place));
  if (kind == "instance_changed" && field == "status") {
    say("instances changed", fmt::format("instance {} ({} in {}): {} -> {}", id, thing, place, text(3), text(4)));
  }
  if (kind == "instance_ended") say("instances ended", fmt::format("instance {} ({} in {}) ended", id, thing, place));
  if (kind == "probe_ok") say("answering", fmt::format("instance {} ({} in {}) answers over SSH", id, thing, place));
  if (kind == "probe_failed") {
    say("not answering", fmt::format("instance {} ({} in {}) does not answer over SSH", id, thing, place));
  }
  if (kind == "hostkey_changed") {
    say("host keys changed",
        fmt::format("instance {} ({} in {}) shows ANOTHER host key: nothing is done with it until you trust it", id,
                    thing, place));
  }
  if (kind == "bootstrap_done") say("set up", fmt::format("instance {} ({} in {}) is set up", id, thing, place));
  if (kind == "operation_started") say("operations begun", fmt::format("begun: {}", text(11)));
  if (kind == "operation_finished") say("operations over", fmt::format("{}: {}", text(11), text(4)));
  if (kind == "create_failed") say("creates undone", fmt::format("create undone: {}", text(11)));
  if (kind == "credential_failing")
    say("failing", "the cloud does not answer; the tally stays as it was, marked stale");
  if (kind == "credential_recovered") say("recovered", "the cloud answers again");
  return told;
}

}  // namespace

Storyteller::Storyteller(std::filesystem::path catalog, const std::string& introduction)
    : catalog_(std::move(catalog)),
      output_(STDOUT_FILENO, std::make_shared<spdlog::sinks::stdout_sink_mt>()),
      out_(output_.make_logger("story", output_.sink())) {
  out_->set_formatter(one_line(std::make_unique<spdlog::pattern_formatter>("%v")));
  std::istringstream lines(introduction);
  for (std::string line; std::getline(lines, line);) out_->info(line);
  out_->info("");
  thread_ = std::thread([this] { tell(); });
}

Storyteller::~Storyteller() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Storyteller::say(const std::string& line) { out_->info(line); }

void Storyteller::tell() {
  try {
    Reader reader(catalog_);
    std::int64_t last = 0;
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, read_every, [this] { return is_over_; })) {
      const Reader::Rows events = reader.query(events_since, {last});
      std::map<std::string, std::size_t> counts;
      std::vector<Told> lines;
      for (const auto& row : events.rows) {
        last = std::get<std::int64_t>(row.front());
        Told told = tell_event(row);
        if (told.line.empty()) continue;
        ++counts[told.subject];
        lines.push_back(std::move(told));
      }
      for (const auto& [subject, count] : counts) {
        if (count > told_one_by_one) out_->info("{}  {} {}", lines.front().time, count, subject);
      }
      for (const Told& told : lines) {
        if (counts[told.subject] <= told_one_by_one) out_->info("{}  {}", told.time, told.line);
      }
    }
  } catch (const StoreError& error) {
    out_->error("cannot tell what changes: {}", error.what());
  }
}

}  // namespace tally
