#include "store/catalog_writer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "runtime/run_on.hpp"
#include "runtime/shielded.hpp"
#include "store/error.hpp"
#include "tally/event_log.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds group_every{1};
constexpr const char* trial = "a trial";  // of whether writing works again
constexpr std::ptrdiff_t states_per_commit = 1000;
constexpr std::ptrdiff_t ids_per_recall = 500;
constexpr std::chrono::seconds quiet{2};  // longer than what is retried each second keeps still

std::string name_of(const CredentialRef& credential, const ListingKey& key) {
  std::string name = credential.str() + ": " + std::string(to_string(key.syncer));
  if (!key.location.empty()) name += " of " + key.location;
  return name;
}

}  // namespace

CatalogWriter::CatalogWriter(Catalog& catalog, asio::any_io_executor loop, asio::any_io_executor writer, Clock& clock)
    : catalog_(catalog), loop_(std::move(loop)), lanes_(std::move(writer)), clock_(clock) {}

/// Not a coroutine: the job is on its way when this returns.
asio::awaitable<void> CatalogWriter::begin(WritePriority priority, std::string what, Job job) {
  return shielded(loop_, perform(priority, std::move(what), std::move(job)));
}

/// A job that writes: what becomes of it is noted.
asio::awaitable<void> CatalogWriter::perform(WritePriority priority, std::string what, Job job) {
  try {
    const std::chrono::nanoseconds took = co_await run_job(priority, std::move(job));
    note_success(what);
    if (on_written_) on_written_(took);
  } catch (const std::exception& why) {
    note_failure(what, why.what());
    throw;
  }
}

/// Runs a job on the writer's thread, if the catalog is in its place, and throws here what it threw there. Answers how
/// long it took there.
asio::awaitable<std::chrono::nanoseconds> CatalogWriter::run_job(WritePriority priority, Job job) {
  std::exception_ptr failure;
  std::chrono::nanoseconds took{0};
  co_await run_on(lanes_.at(priority), [this, priority, &job, &failure, &took, now = clock_.wall_now()] {
    const Job done = std::move(job);
    const TimePoint began = clock_.now();
    try {
      catalog_.require_in_place(now);
      catalog_.commit_durably(priority == WritePriority::journal);
      done(catalog_);
    } catch (...) {
      failure = std::current_exception();
    }
    took = clock_.now() - began;
  });
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const CatalogLost& why) {
    lose(why.what());
    throw;
  }
  co_return took;
}

asio::awaitable<PiecesWritten> CatalogWriter::commit(CredentialRef credential,
                                                     std::shared_ptr<const std::vector<ChangeSet>> pieces,
                                                     std::optional<ListingState> state, WritePriority priority) {
  return shielded(loop_, commit_pieces(std::move(credential), std::move(pieces), std::move(state), priority));
}

/// Each is handed over when the one before it is committed, so that others' jobs come in between.
asio::awaitable<PiecesWritten> CatalogWriter::commit_pieces(CredentialRef credential,
                                                            std::shared_ptr<const std::vector<ChangeSet>> pieces,
                                                            std::optional<ListingState> state, WritePriority priority) {
  PiecesWritten written;
  try {
    while (written.count < pieces->size()) {
      std::int64_t first_event = 0;
      if (state && written.count + 1 == pieces->size()) {
        first_event = co_await commit_last(credential, pieces, std::move(*state));
      } else {
        Job job = [&first_event, &credential, &piece = (*pieces)[written.count]](Catalog& catalog) {
          first_event = catalog.apply(credential, piece);
        };
        co_await perform(priority, credential.str(), std::move(job));
      }
      written.first_events.push_back(first_event);
      ++written.count;
    }
  } catch (...) {
    written.failure = std::current_exception();
  }
  co_return written;
}

asio::awaitable<std::int64_t> CatalogWriter::commit_last(CredentialRef credential,
                                                         std::shared_ptr<const std::vector<ChangeSet>> pieces,
                                                         ListingState state) {
  // Taken out, so that no flush writes it after what is newer.
  auto older = recorded_.extract(Listing(credential, state.key));
  std::int64_t first_event = 0;
  Job job = [&first_event, &credential, &last = pieces->back(), &state](Catalog& catalog) {
    first_event = catalog.apply(credential, last, state);
  };
  try {
    co_await perform(WritePriority::tally, name_of(credential, state.key), std::move(job));
  } catch (...) {
    recorded_.insert(std::move(older));  // unless a newer one came meanwhile
    throw;
  }
  co_return first_event;
}

asio::awaitable<Recalled> CatalogWriter::recall(CredentialRef credential, SyncerKind syncer,
                                                std::vector<std::string> ids) {
  Recalled all;
  for (auto at = ids.begin(); at != ids.end();) {
    const auto end = at + std::min<std::ptrdiff_t>(ids_per_recall, ids.end() - at);
    const std::vector<std::string> some(at, end);
    Job job = [&](Catalog& catalog) { catalog.recall(credential, syncer, some, all); };
    co_await run_job(WritePriority::tally, std::move(job));
    at = end;
  }
  co_return all;
}

asio::awaitable<void> CatalogWriter::commit(CredentialRef credential, ChangeSet changes) {
  std::string what = credential.str();
  return write(WritePriority::tally, std::move(what),
               [credential = std::move(credential), changes = std::move(changes)](Catalog& catalog) {
                 const std::int64_t first_event = catalog.apply(credential, changes);
                 log_events(credential, written_from(first_event, changes.events));
               });
}

asio::awaitable<std::vector<WrittenEvent>> CatalogWriter::commit(CredentialRef credential, SshChanges changes) {
  std::string what = credential.str() + ": SSH";
  return write(WritePriority::tally, std::move(what),
               [credential = std::move(credential), changes = std::move(changes)](Catalog& catalog) {
                 return catalog.apply(credential, changes);
               });
}

asio::awaitable<std::map<CredentialRef, std::vector<WrittenEvent>>> CatalogWriter::commit(
    std::map<CredentialRef, SshChanges> changes) {
  return write(WritePriority::tally, "SSH results",
               [changes = std::move(changes)](Catalog& catalog) { return catalog.apply(changes); });
}

asio::awaitable<SshRecords> CatalogWriter::load_ssh(CredentialRef credential) {
  SshRecords records;
  Job job = [&credential, &records](Catalog& catalog) { records = catalog.load_ssh(credential); };
  co_await run_job(WritePriority::tally, std::move(job));
  co_return records;
}

asio::awaitable<StoredAccount> CatalogWriter::load(CredentialRef credential) {
  StoredAccount account;
  Job job = [&credential, &account](Catalog& catalog) {
    account = StoredAccount{catalog.load(credential), catalog.load_cache(credential)};
  };
  co_await run_job(WritePriority::tally, std::move(job));
  co_return account;
}

asio::awaitable<void> CatalogWriter::set_credentials(std::vector<CredentialRecord> credentials, Timestamp now) {
  return write(WritePriority::tally, "credentials", [credentials = std::move(credentials), now](Catalog& catalog) {
    for (const auto& [credential, events] : catalog.set_credentials(credentials, now)) log_events(credential, events);
  });
}

asio::awaitable<void> CatalogWriter::save_cache(CredentialRef credential, std::string key, std::string value) {
  std::string what = credential.str() + ": cache";
  return write(WritePriority::tally, std::move(what),
               [credential = std::move(credential), key = std::move(key), value = std::move(value)](Catalog& catalog) {
                 catalog.save_cache(credential, key, value);
               });
}

void CatalogWriter::record(const CredentialRef& credential, ListingState state) {
  recorded_.insert_or_assign({credential, state.key}, std::move(state));
}

asio::awaitable<void> CatalogWriter::flush() { return shielded(loop_, write_recorded()); }

asio::awaitable<void> CatalogWriter::write_recorded() {
  std::vector<std::pair<CredentialRef, ListingState>> all;
  all.reserve(recorded_.size());
  for (const auto& [key, state] : recorded_) all.emplace_back(key.first, state);
  for (auto at = all.begin(); at != all.end();) {
    const auto end = at + std::min<std::ptrdiff_t>(states_per_commit, all.end() - at);
    std::vector<std::pair<CredentialRef, ListingState>> group(at, end);
    co_await write_group(std::move(group));
    at = end;
  }
}

asio::awaitable<void> CatalogWriter::write_group(std::vector<std::pair<CredentialRef, ListingState>> group) {
  Job job = [&group](Catalog& catalog) { catalog.record(group); };
  co_await perform(WritePriority::tally, "listing states", std::move(job));
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
  co_await run_on(lanes_.at(WritePriority::tally), [] {});
  if (failure) std::rethrow_exception(failure);
}

asio::awaitable<RetentionCursor> CatalogWriter::prune(RetentionLimits limits, Timestamp now, RetentionCursor cursor) {
  return write(WritePriority::tally, "retention", [limits, now, cursor](Catalog& catalog) mutable {
    catalog.prune(limits, now, cursor);
    return cursor;
  });
}

asio::awaitable<LogState> CatalogWriter::checkpoint() {
  return write(WritePriority::tally, "checkpoint", [](Catalog& catalog) { return catalog.checkpoint(); });
}

asio::awaitable<void> CatalogWriter::run() {
  const std::function<asio::awaitable<void>()> each_second = [this] { return tick(); };
  co_await flush_every_second(clock_, each_second);
}

asio::awaitable<void> CatalogWriter::tick() {
  if (is_lost_) co_return;
  if (!recorded_.empty()) co_await flush();
  if (failure_) {
    co_await write(WritePriority::tally, trial, [](Catalog& catalog) { catalog.try_commit(); });
  } else {
    Job look = [](Catalog&) {};
    co_await run_job(WritePriority::tally, std::move(look));
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
      continue;  // the writer has told it
    } catch (const std::exception& error) {
      spdlog::error("catalog: {}", error.what());
    }
  }
}

}  // namespace tally
