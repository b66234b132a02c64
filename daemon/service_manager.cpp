#include "daemon/service_manager.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "runtime/run_on.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds status_every{5};
constexpr seconds more_each_time{30};
constexpr seconds ask_every{10};
constexpr int asked_at_most = 180;  // half an hour

constexpr const char* state_sql =
    "SELECT (SELECT count(*) FROM credentials WHERE health <> 'removed'),"
    " (SELECT count(*) FROM credentials WHERE health = 'fresh'),"
    " (SELECT count(*) FROM instances WHERE is_ended = 0),"
    " (SELECT (SELECT ms FROM now_ms) - min(last_success_at_ms) FROM listing_states WHERE is_asked = 1)";

void tell_systemd(const std::string& state) { sd_notify(0, state.c_str()); }

microseconds monotonic_now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return seconds(time.tv_sec) + std::chrono::duration_cast<microseconds>(std::chrono::nanoseconds(time.tv_nsec));
}

std::int64_t number_in(const SqlValue& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number == nullptr ? 0 : *number;
}

}  // namespace

TallyState read_tally_state(Reader& reader) {
  const std::vector<SqlValue> row = reader.query(state_sql).rows.at(0);
  TallyState state{number_in(row.at(0)), number_in(row.at(1)), number_in(row.at(2)), std::nullopt};
  if (const auto* age = std::get_if<std::int64_t>(&row.at(3))) state.oldest = milliseconds(*age);
  return state;
}

std::string status_text(const TallyState& state, const std::string& failure) {
  if (!failure.empty()) return printable("the catalog cannot be written: " + failure);
  std::string text =
      fmt::format("{}/{} credentials fresh, {} instances", state.fresh, state.credentials, state.instances);
  if (state.oldest) {
    const auto age = std::max(std::chrono::duration_cast<seconds>(*state.oldest), seconds(0));
    text += fmt::format(", oldest {} s", age.count());
  }
  return text;
}

ReloadNotice::ReloadNotice() { tell_systemd(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_now().count())); }

ReloadNotice::~ReloadNotice() { notify_ready(); }

StartPatience::StartPatience() {
  if (is_notify_wanted()) thread_ = std::thread([this] { ask(); });
}

StartPatience::~StartPatience() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void StartPatience::ask() {
  std::unique_lock lock(mutex_);
  for (int asked = 0; asked < asked_at_most; ++asked) {
    tell_systemd(fmt::format("EXTEND_TIMEOUT_USEC={}", microseconds(more_each_time).count()));
    if (wake_.wait_for(lock, ask_every, [this] { return is_over_; })) return;
  }
}

void notify_ready() { tell_systemd("READY=1"); }

void notify_stopping() { tell_systemd("STOPPING=1"); }

bool is_notify_wanted() { return std::getenv("NOTIFY_SOCKET") != nullptr; }

std::optional<microseconds> watchdog_limit() {
  std::uint64_t limit = 0;
  if (sd_watchdog_enabled(0, &limit) <= 0) return std::nullopt;
  return microseconds(limit);
}

asio::awaitable<void> feed_watchdog(Clock& clock, asio::any_io_executor writer, microseconds limit,
                                    std::function<void()> on_fed) {
  for (;;) {
    co_await run_on(writer, [] {});
    tell_systemd("WATCHDOG=1");
    on_fed();
    co_await clock.sleep_until(clock.now() + limit / 3);
  }
}

asio::awaitable<void> tell_status(Clock& clock, std::filesystem::path catalog, const CatalogWriter& writer,
                                  asio::any_io_executor workers) {
  const auto reader = co_await run_on(workers, [&catalog] { return std::make_shared<Reader>(catalog); });
  for (;;) {
    // By reference: GCC 12 destroys what a lambda inside of a co_await holds twice.
    const TallyState state = co_await run_on(workers, [&reader] { return read_tally_state(*reader); });
    tell_systemd("STATUS=" + status_text(state, writer.last_failure()));
    co_await clock.sleep_until(clock.now() + status_every);
  }
}

}  // namespace tally
