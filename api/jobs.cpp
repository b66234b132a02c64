#include "api/jobs.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "api/problems.hpp"
#include "runtime/eventual.hpp"
#include "runtime/guarded.hpp"
#include "runtime/random_id.hpp"
#include "runtime/run_on.hpp"

namespace tally::api {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr std::size_t most_ended = 1000;                  // that can still be found
constexpr std::chrono::milliseconds time_to_refuse{100};  // what nobody need be asked for is answered, not followed

json::value milliseconds(const std::optional<Timestamp>& time) {
  return time ? json::value(time->time_since_epoch().count()) : json::value();
}

asio::awaitable<void> take(Jobs::Work work, std::optional<Result<json::object>>& outcome) {
  outcome = co_await std::move(work);
}

}  // namespace

struct Jobs::Entry {
  explicit Entry(const asio::any_io_executor& loop) : end(std::make_shared<Eventual<bool>>(loop)) {}

  Job job;
  std::shared_ptr<Eventual<bool>> end;
  bool is_followed = false;
};

const char* Job::state() const {
  if (!finished_at) return "started";
  return error || failure ? "failed" : "succeeded";
}

json::object Job::row() const {
  json::object row;
  row["id"] = id;
  row["kind"] = about.kind;
  row["credential"] = about.credential.str();
  row["ref_id"] = nullptr;
  row["cloud_id"] = about.cloud_id.empty() ? json::value() : json::value(about.cloud_id.str());
  row["state"] = state();
  row["created_at_ms"] = milliseconds(created_at);
  row["finished_at_ms"] = milliseconds(finished_at);
  row["error_kind"] = nullptr;
  row["error"] = nullptr;
  if (error) {
    row["error_kind"] = to_string(error->kind);
    row["error"] = detail_of(*error);
  } else if (failure) {
    row["error_kind"] = to_string(Errc::internal);
    row["error"] = words_of(failure);
  }
  return row;
}

asio::awaitable<std::shared_ptr<const Job>> Jobs::carry_out(JobKey about, Work work,
                                                            std::chrono::milliseconds patience) {
  std::shared_ptr<Entry> entry = running_[about];
  if (entry == nullptr) {
    entry = std::make_shared<Entry>(co_await asio::this_coro::executor);
    entry->job.id = random_id();
    entry->job.about = about;
    entry->job.created_at = clock_.wall_now();
    running_[about] = entry;
    tasks_.spawn(about.kind + " of " + about.credential.str(), run(entry, std::move(work)));
  }
  const bool is_over = co_await has_ended(entry, std::max(patience, time_to_refuse));
  if (!is_over && !entry->is_followed) {
    entry->is_followed = true;
    followed_[entry->job.id] = entry;
    co_await tell(entry, "operation_started");
  }
  co_return std::shared_ptr<const Job>(entry, &entry->job);
}

asio::awaitable<std::shared_ptr<const Job>> Jobs::find(std::string id, std::chrono::milliseconds patience) {
  const auto at = followed_.find(id);
  if (at == followed_.end()) co_return nullptr;
  const std::shared_ptr<Entry> entry = at->second;
  co_await has_ended(entry, patience);
  co_return std::shared_ptr<const Job>(entry, &entry->job);
}

asio::awaitable<bool> Jobs::has_ended(std::shared_ptr<Entry> entry, std::chrono::milliseconds patience) {
  const auto end = co_await Eventual<bool>::wait(entry->end, clock_, clock_.now() + patience);
  co_return end.has_value();
}

/// What comes of it is known before anybody is told that it is over, and told to the log before that it is told of the
/// next.
asio::awaitable<void> Jobs::run(std::shared_ptr<Entry> entry, Work work) {
  Job& job = entry->job;
  std::optional<Result<json::object>> outcome;
  {
    const std::shared_ptr<void> over(nullptr, [this, &job](void*) { running_.erase(job.about); });
    job.failure = co_await failure_of(take(std::move(work), outcome));
  }
  if (outcome && *outcome) job.result = std::move(**outcome);
  if (outcome && !*outcome) job.error = outcome->error();
  job.finished_at = clock_.wall_now();
  entry->end->set(true);
  if (!entry->is_followed) co_return;
  keep(entry);
  co_await tell(entry, "operation_finished");
}

/// A log that cannot be written keeps nobody from the job itself.
asio::awaitable<void> Jobs::tell(std::shared_ptr<Entry> entry, std::string kind) {
  const Job& job = entry->job;
  Event event;
  event.kind = std::move(kind);
  event.subject_kind = "operation";
  event.subject_id = job.id;
  event.field = "state";
  event.new_value = job.state();
  event.detail =
      job.about.kind + (job.about.cloud_id.empty() ? " of the credential" : " of " + job.about.cloud_id.str());
  ChangeSet changes;
  changes.at = clock_.wall_now();
  changes.events.push_back(std::move(event));
  const std::exception_ptr failure = co_await failure_of(writer_.commit(job.about.credential, std::move(changes)));
  if (failure) spdlog::error("api: the event log is not told of operation {}: {}", job.id, words_of(failure));
}

void Jobs::keep(const std::shared_ptr<Entry>& entry) {
  ended_.push_back(entry->job.id);
  if (ended_.size() <= most_ended) return;
  followed_.erase(ended_.front());
  ended_.pop_front();
}

}  // namespace tally::api
