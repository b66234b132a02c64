#include "syncers/catalog_writer.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <vector>

#include "cloud/async.hpp"
#include "store/error.hpp"
#include "syncers/change_log.hpp"

namespace tally {
namespace {

constexpr std::chrono::seconds group_every{1};

/// What a job on the writer thread ended with: an exception travels as a value, so that it is thrown on the loop.
template <class F>
std::exception_ptr outcome_of(F&& job) {
  try {
    job();
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace

CatalogWriter::CatalogWriter(Catalog& catalog, boost::asio::any_io_executor writer, Clock& clock)
    : catalog_(catalog), writer_(std::move(writer)), clock_(clock) {}

boost::asio::awaitable<std::vector<KnownInstance>> CatalogWriter::commit(CredentialRef credential, ChangeSet changes,
                                                                         ListingState state) {
  recorded_.erase({credential, state.key});
  std::vector<KnownInstance> instances;
  const std::exception_ptr failure = co_await run_on(writer_, [this, &credential, &changes, &state, &instances] {
    ChangeSet written = std::move(changes);
    return outcome_of([&] {
      catalog_.apply(credential, written, state);
      log_changes(credential, written);
      instances = std::move(written.instances);
    });
  });
  if (failure) std::rethrow_exception(failure);
  ++commits_;
  co_return instances;
}

boost::asio::awaitable<void> CatalogWriter::commit(CredentialRef credential, ChangeSet changes) {
  const std::exception_ptr failure = co_await run_on(writer_, [this, &credential, &changes] {
    const ChangeSet written = std::move(changes);
    return outcome_of([&] {
      catalog_.apply(credential, written);
      log_changes(credential, written);
    });
  });
  if (failure) std::rethrow_exception(failure);
  ++commits_;
}

boost::asio::awaitable<std::vector<Event>> CatalogWriter::commit(CredentialRef credential, SshChanges changes) {
  std::vector<Event> events;
  const std::exception_ptr failure = co_await run_on(writer_, [this, &credential, &changes, &events] {
    return outcome_of([&] { events = catalog_.apply(credential, changes); });
  });
  if (failure) std::rethrow_exception(failure);
  ++commits_;
  co_return events;
}

boost::asio::awaitable<std::vector<std::pair<CredentialRef, Event>>> CatalogWriter::commit(
    std::map<CredentialRef, SshChanges> changes) {
  std::vector<std::pair<CredentialRef, Event>> events;
  const std::exception_ptr failure = co_await run_on(
      writer_, [this, &changes, &events] { return outcome_of([&] { events = catalog_.apply(changes); }); });
  if (failure) std::rethrow_exception(failure);
  ++commits_;
  co_return events;
}

boost::asio::awaitable<SshRecords> CatalogWriter::load_ssh(CredentialRef credential) {
  SshRecords records;
  const std::exception_ptr failure = co_await run_on(
      writer_, [this, &credential, &records] { return outcome_of([&] { records = catalog_.load_ssh(credential); }); });
  if (failure) std::rethrow_exception(failure);
  co_return records;
}

boost::asio::awaitable<StoredAccount> CatalogWriter::load(CredentialRef credential) {
  StoredAccount stored;
  const std::exception_ptr failure = co_await run_on(writer_, [this, &credential, &stored] {
    return outcome_of([&] { stored = {catalog_.load(credential), catalog_.load_cache(credential)}; });
  });
  if (failure) std::rethrow_exception(failure);
  co_return stored;
}

boost::asio::awaitable<void> CatalogWriter::set_credentials(std::vector<CredentialRecord> credentials, Timestamp now) {
  const std::exception_ptr failure = co_await run_on(
      writer_, [this, &credentials, now] { return outcome_of([&] { catalog_.set_credentials(credentials, now); }); });
  if (failure) std::rethrow_exception(failure);
}

boost::asio::awaitable<void> CatalogWriter::save_cache(CredentialRef credential, std::string key, std::string value) {
  const std::exception_ptr failure = co_await run_on(writer_, [this, &credential, &key, &value] {
    return outcome_of([&] { catalog_.save_cache(credential, key, value); });
  });
  if (failure) std::rethrow_exception(failure);
}

void CatalogWriter::record(const CredentialRef& credential, ListingState state) {
  recorded_.insert_or_assign({credential, state.key}, std::move(state));
}

boost::asio::awaitable<void> CatalogWriter::flush() {
  if (recorded_.empty()) co_return;
  std::vector<std::pair<CredentialRef, ListingState>> group;
  group.reserve(recorded_.size());
  for (const auto& [key, state] : recorded_) group.emplace_back(key.first, state);
  const std::exception_ptr failure =
      co_await run_on(writer_, [this, &group] { return outcome_of([&] { catalog_.record(group); }); });
  if (failure) std::rethrow_exception(failure);
  for (const auto& [credential, state] : group) {
    const auto at = recorded_.find({credential, state.key});
    if (at != recorded_.end() && at->second == state) recorded_.erase(at);
  }
  ++commits_;
}

boost::asio::awaitable<RetentionCursor> CatalogWriter::prune(RetentionLimits limits, Timestamp now,
                                                             RetentionCursor cursor) {
  const std::exception_ptr failure = co_await run_on(
      writer_, [this, &limits, now, &cursor] { return outcome_of([&] { catalog_.prune(limits, now, cursor); }); });
  if (failure) std::rethrow_exception(failure);
  co_return cursor;
}

boost::asio::awaitable<LogState> CatalogWriter::checkpoint() {
  LogState state;
  const std::exception_ptr failure =
      co_await run_on(writer_, [this, &state] { return outcome_of([&] { state = catalog_.checkpoint(); }); });
  if (failure) std::rethrow_exception(failure);
  co_return state;
}

boost::asio::awaitable<void> CatalogWriter::run() {
  for (;;) {
    co_await clock_.sleep_until(clock_.now() + group_every);
    try {
      co_await flush();
      last_failure_.clear();
    } catch (const StoreError& error) {
      if (last_failure_ != error.what()) spdlog::error("catalog: {}", error.what());
      last_failure_ = error.what();
    }
  }
}

}  // namespace tally
