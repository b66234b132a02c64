#include "syncers/catalog_writer.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <vector>

#include "cloud/async.hpp"
#include "store/error.hpp"
#include "syncers/change_log.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds group_every{1};

/// What a job on the writer thread ended with: an exception travels as a value, so that it is thrown on the loop.
template <class F>
std::exception_ptr outcome_of(F& job) {
  try {
    job();
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace

CatalogWriter::CatalogWriter(Catalog& catalog, asio::any_io_executor writer, Clock& clock)
    : catalog_(catalog), writer_(std::move(writer)), clock_(clock) {}

template <class F>
asio::awaitable<void> CatalogWriter::write(F job) {
  const std::exception_ptr failure = co_await run_on(writer_, [&job] { return outcome_of(job); });
  if (failure) std::rethrow_exception(failure);
}

asio::awaitable<std::vector<KnownInstance>> CatalogWriter::commit(CredentialRef credential, ChangeSet changes,
                                                                  ListingState state) {
  recorded_.erase({credential, state.key});
  std::vector<KnownInstance> instances;
  co_await write([&] {
    ChangeSet written = std::move(changes);
    catalog_.apply(credential, written, state);
    log_changes(credential, written);
    instances = std::move(written.instances);
  });
  ++commits_;
  co_return instances;
}

asio::awaitable<void> CatalogWriter::commit(CredentialRef credential, ChangeSet changes) {
  co_await write([&] {
    const ChangeSet written = std::move(changes);
    catalog_.apply(credential, written);
    log_changes(credential, written);
  });
  ++commits_;
}

asio::awaitable<std::vector<Event>> CatalogWriter::commit(CredentialRef credential, SshChanges changes) {
  std::vector<Event> events;
  co_await write([&] { events = catalog_.apply(credential, changes); });
  ++commits_;
  co_return events;
}

asio::awaitable<std::vector<std::pair<CredentialRef, Event>>> CatalogWriter::commit(
    std::map<CredentialRef, SshChanges> changes) {
  std::vector<std::pair<CredentialRef, Event>> events;
  co_await write([&] { events = catalog_.apply(changes); });
  ++commits_;
  co_return events;
}

asio::awaitable<SshRecords> CatalogWriter::load_ssh(CredentialRef credential) {
  SshRecords records;
  co_await write([&] { records = catalog_.load_ssh(credential); });
  co_return records;
}

asio::awaitable<StoredAccount> CatalogWriter::load(CredentialRef credential) {
  StoredAccount stored;
  co_await write([&] { stored = {catalog_.load(credential), catalog_.load_cache(credential)}; });
  co_return stored;
}

asio::awaitable<void> CatalogWriter::set_credentials(std::vector<CredentialRecord> credentials, Timestamp now) {
  co_await write([&] { catalog_.set_credentials(credentials, now); });
}

asio::awaitable<void> CatalogWriter::save_cache(CredentialRef credential, std::string key, std::string value) {
  co_await write([&] { catalog_.save_cache(credential, key, value); });
}

void CatalogWriter::record(const CredentialRef& credential, ListingState state) {
  recorded_.insert_or_assign({credential, state.key}, std::move(state));
}

asio::awaitable<void> CatalogWriter::flush() {
  if (recorded_.empty()) co_return;
  std::vector<std::pair<CredentialRef, ListingState>> group;
  group.reserve(recorded_.size());
  for (const auto& [key, state] : recorded_) group.emplace_back(key.first, state);
  co_await write([&] { catalog_.record(group); });
  for (const auto& [credential, state] : group) {
    const auto at = recorded_.find({credential, state.key});
    if (at != recorded_.end() && at->second == state) recorded_.erase(at);
  }
  ++commits_;
}

asio::awaitable<RetentionCursor> CatalogWriter::prune(RetentionLimits limits, Timestamp now, RetentionCursor cursor) {
  co_await write([&] { catalog_.prune(limits, now, cursor); });
  co_return cursor;
}

asio::awaitable<LogState> CatalogWriter::checkpoint() {
  LogState state;
  co_await write([&] { state = catalog_.checkpoint(); });
  co_return state;
}

asio::awaitable<void> CatalogWriter::run() {
  const std::function<asio::awaitable<void>()> write_group = [this] { return flush(); };
  co_await flush_every_second(clock_, write_group, last_failure_);
}

asio::awaitable<void> flush_every_second(Clock& clock, std::function<asio::awaitable<void>()> flush,
                                         std::string& last_failure) {
  for (;;) {
    co_await clock.sleep_until(clock.now() + group_every);
    try {
      co_await flush();
      last_failure.clear();
    } catch (const StoreError& error) {
      if (last_failure != error.what()) spdlog::error("catalog: {}", error.what());
      last_failure = error.what();
    }
  }
}

}  // namespace tally
