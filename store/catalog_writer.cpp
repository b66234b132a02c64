#include "store/catalog_writer.hpp"

#include <spdlog/spdlog.h>

#include "runtime/run_on.hpp"
#include "runtime/shielded.hpp"
#include "store/error.hpp"
#include "tally/event_log.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds group_every{1};
constexpr const char* trial = "a trial";  // of whether writing works again
constexpr std::chrono::seconds quiet{2};  // longer than what is retried each second keeps still

/// What a job on the writer thread came to: an exception travels as a value, so that it is thrown on the loop.
template <class T>
struct JobOutcome {
  std::exception_ptr failure;
  std::conditional_t<std::is_void_v<T>, std::monostate, T> value{};
};

std::string name_of(const CredentialRef& credential, const ListingKey& key) {
  std::string name = credential.str() + ": " + std::string(to_string(key.syncer));
  if (!key.location.empty()) name += " of " + key.location;
  return name;
}

}  // namespace

CatalogWriter::CatalogWriter(Catalog& catalog, asio::any_io_executor loop, asio::any_io_executor writer, Clock& clock)
    : catalog_(catalog), loop_(std::move(loop)), writer_(std::move(writer)), clock_(clock) {}

/// Not a coroutine: the job is on its way when this returns.
template <class F>
auto CatalogWriter::begin(std::string what, F job) {
  return shielded(loop_, write(std::move(what), std::move(job)));
}

/// A job that writes: what becomes of it is noted.
template <class F>
asio::awaitable<std::invoke_result_t<F&, Catalog&>> CatalogWriter::write(std::string what, F job) {
  using T = std::invoke_result_t<F&, Catalog&>;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await run_job(std::move(job));
      note_success(what);
    } else {
      T value = co_await run_job(std::move(job));
      note_success(what);
      co_return value;
    }
  } catch (const std::exception& why) {
    note_failure(what, why.what());
    throw;
  }
}

/// Runs a job on the writer's thread, if the catalog is in its place, and throws here what it threw there.
template <class F>
asio::awaitable<std::invoke_result_t<F&, Catalog&>> CatalogWriter::run_job(F job) {
  using T = std::invoke_result_t<F&, Catalog&>;
  JobOutcome<T> outcome;
  co_await run_on(writer_, [this, &job, &outcome, now = clock_.wall_now()] {
    try {
      catalog_.require_in_place(now);
      if constexpr (std::is_void_v<T>) {
        job(catalog_);
      } else {
        outcome.value = job(catalog_);
      }
    } catch (...) {
      outcome.failure = std::current_exception();
    }
  });
  try {
    if (outcome.failure) std::rethrow_exception(outcome.failure);
  } catch (const CatalogLost& why) {
    lose(why.what());
    throw;
  }
  if constexpr (!std::is_void_v<T>) co_return std::move(outcome.value);
}

asio::awaitable<std::vector<KnownInstance>> CatalogWriter::commit(CredentialRef credential, ChangeSet changes,
                                                                  ListingState state) {
  return shielded(loop_, commit_listing(std::move(credential), std::move(changes), std::move(state)));
}

asio::awaitable<std::vector<KnownInstance>> CatalogWriter::commit_listing(CredentialRef credential, ChangeSet changes,
                                                                          ListingState state) {
  // Taken out, so that no flush writes it after what is newer.
  auto older = recorded_.extract(Listing(credential, state.key));
  std::string what = name_of(credential, state.key);
  auto job = [credential, changes = std::move(changes), state = std::move(state)](Catalog& catalog) mutable {
    ChangeSet written = std::move(changes);
    catalog.apply(credential, written, state);
    log_events(credential, written.events);
    return std::move(written.instances);
  };
  try {
    co_return co_await write(std::move(what), std::move(job));
  } catch (...) {
    recorded_.insert(std::move(older));  // unless a newer one came meanwhile
    throw;
  }
}

asio::awaitable<void> CatalogWriter::commit(CredentialRef credential, ChangeSet changes) {
  std::string what = credential.str();
  return begin(std::move(what),
               [credential = std::move(credential), changes = std::move(changes)](Catalog& catalog) mutable {
                 const ChangeSet written = std::move(changes);
                 catalog.apply(credential, written);
                 log_events(credential, written.events);
               });
}

asio::awaitable<std::vector<Event>> CatalogWriter::commit(CredentialRef credential, SshChanges changes) {
  std::string what = credential.str() + ": SSH";
  return begin(std::move(what), [credential = std::move(credential), changes = std::move(changes)](Catalog& catalog) {
    return catalog.apply(credential, changes);
  });
}

asio::awaitable<std::vector<std::pair<CredentialRef, Event>>> CatalogWriter::commit(
    std::map<CredentialRef, SshChanges> changes) {
  return begin("SSH results", [changes = std::move(changes)](Catalog& catalog) { return catalog.apply(changes); });
}

asio::awaitable<SshRecords> CatalogWriter::load_ssh(CredentialRef credential) {
  auto job = [credential](Catalog& catalog) { return catalog.load_ssh(credential); };
  co_return co_await run_job(std::move(job));
}

asio::awaitable<StoredAccount> CatalogWriter::load(CredentialRef credential) {
  auto job = [credential](Catalog& catalog) {
    return StoredAccount{catalog.load(credential), catalog.load_cache(credential)};
  };
  co_return co_await run_job(std::move(job));
}

asio::awaitable<void> CatalogWriter::set_credentials(std::vector<CredentialRecord> credentials, Timestamp now) {
  return begin("credentials", [credentials = std::move(credentials), now](Catalog& catalog) {
    catalog.set_credentials(credentials, now);
  });
}

asio::awaitable<void> CatalogWriter::save_cache(CredentialRef credential, std::string key, std::string value) {
  std::string what = credential.str() + ": cache";
  return begin(std::move(what), [credential = std::move(credential), key = std::move(key), value = std::move(value)](
                                    Catalog& catalog) { catalog.save_cache(credential, key, value); });
}

void CatalogWriter::record(const CredentialRef& credential, ListingState state) {
  recorded_.insert_or_assign({credential, state.key}, std::move(state));
}

asio::awaitable<void> CatalogWriter::flush() { return shielded(loop_, write_recorded()); }

asio::awaitable<void> CatalogWriter::write_recorded() {
  if (recorded_.empty()) co_return;
  std::vector<std::pair<CredentialRef, ListingState>> group;
  group.reserve(recorded_.size());
  for (const auto& [key, state] : recorded_) group.emplace_back(key.first, state);
  auto job = [&group](Catalog& catalog) { catalog.record(group); };
  co_await write("listing states", std::move(job));
  for (const auto& [credential, state] : group) {
    const auto at = recorded_.find({credential, state.key});
    if (at != recorded_.end() && at->second == state) recorded_.erase(at);
  }
}

asio::awaitable<void> CatalogWriter::finish() {
  std::exception_ptr failure;
  try {
    co_await flush();
  } catch (const StoreError&) {
    failure = std::current_exception();
  }
  // The writer's thread takes one after the other, and so does the loop with what comes back.
  co_await run_on(writer_, [] {});
  if (failure) std::rethrow_exception(failure);
}

asio::awaitable<RetentionCursor> CatalogWriter::prune(RetentionLimits limits, Timestamp now, RetentionCursor cursor) {
  return begin("retention", [limits, now, cursor](Catalog& catalog) mutable {
    catalog.prune(limits, now, cursor);
    return cursor;
  });
}

asio::awaitable<LogState> CatalogWriter::checkpoint() {
  return begin("checkpoint", [](Catalog& catalog) { return catalog.checkpoint(); });
}

asio::awaitable<void> CatalogWriter::run() {
  const std::function<asio::awaitable<void>()> each_second = [this] { return tick(); };
  co_await flush_every_second(clock_, each_second);
}

asio::awaitable<void> CatalogWriter::tick() {
  if (is_lost_) co_return;
  if (!recorded_.empty()) co_await flush();
  if (failure_) {
    co_await begin(trial, [](Catalog& catalog) { catalog.try_commit(); });
  } else {
    auto look = [](Catalog&) {};
    co_await run_job(std::move(look));
  }
}

void CatalogWriter::note_success(const std::string& what) {
  ++commits_;
  if (!failure_ || (what != failed_door_ && clock_.now() - failed_at_ < quiet)) return;
  spdlog::info("catalog: written again, after {} s", (clock_.wall_now() - failure_->since) / std::chrono::seconds(1));
  failure_.reset();
}

void CatalogWriter::note_failure(const std::string& what, const std::string& why) {
  failed_at_ = clock_.now();
  if (is_lost_ || (failure_ && what == trial)) return;
  failed_door_ = what;
  if (!failure_ || why != failed_why_) spdlog::error("catalog: {}: {}", what, why);
  failed_why_ = why;
  failure_ = WriteFailure{what + ": " + why, failure_ ? failure_->since : clock_.wall_now()};
}

void CatalogWriter::lose(const std::string& why) {
  if (std::exchange(is_lost_, true)) return;
  spdlog::critical("catalog: {}; ending", why);
  failure_ = WriteFailure{why, clock_.wall_now()};
  if (on_lost_) on_lost_(why);
}

asio::awaitable<void> flush_every_second(Clock& clock, std::function<asio::awaitable<void>()> flush) {
  for (;;) {
    co_await clock.sleep_until(clock.now() + group_every);
    try {
      co_await flush();
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
    } catch (const StoreError&) {
      // The writer has told it.
    } catch (const std::exception& error) {
      spdlog::error("catalog: {}", error.what());
    }
  }
}

}  // namespace tally
