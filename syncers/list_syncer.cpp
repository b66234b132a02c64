#include "syncers/list_syncer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "cloud/late.hpp"
#include "runtime/guarded.hpp"
#include "runtime/log_line.hpp"
#include "runtime/run_on.hpp"
#include "runtime/text.hpp"
#include "store/error.hpp"
#include "syncers/diff/judge_list.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::hours images_interval{1};
constexpr std::chrono::minutes quotas_interval{10};
constexpr std::chrono::seconds list_deadline{120};
constexpr std::chrono::seconds written_again_after{5};

/// False: the catalog failed. What else failed is thrown.
bool is_stored(const std::exception_ptr& failure) {
  if (!failure) return true;
  try {
    std::rethrow_exception(failure);
  } catch (const StoreError&) {
    return false;
  }
}

}  // namespace

template <class T>
ListSyncer<T>::ListSyncer(AccountState& state, Ask ask, const SyncSettings& settings, Clock& clock, ListingKey key)
    : state_(state), ask_(std::move(ask)), workers_(settings.workers), clock_(clock), key_(std::move(key)) {}

template <class T>
std::string ListSyncer<T>::name() const {
  return state_.credential().str() + " " + list_name();
}

/// "images of eu-north1"
template <class T>
std::string ListSyncer<T>::list_name() const {
  return fmt::format("{}{}{}", to_string(key_.syncer), key_.location.empty() ? "" : " of ", key_.location);
}

template <class T>
std::chrono::milliseconds ListSyncer<T>::interval() const {
  if (key_.syncer == SyncerKind::images) return images_interval;
  return quotas_interval;
}

template <class T>
std::chrono::milliseconds ListSyncer<T>::deadline() const {
  return list_deadline;
}

template <class T>
asio::awaitable<Outcome> ListSyncer<T>::pass(std::int64_t /*skipped*/) {
  const Attempt attempt = state_.begin();
  const Result<Seen> seen = co_await ask(attempt.began + list_deadline);
  const auto took = clock_.now() - attempt.began;
  ListingState state;
  state.key = key_;
  state.interval = interval();
  Outcome outcome;
  if (seen) {
    state = succeeded(std::move(state), attempt.at, clock_.wall_now(), took, (*seen)->rows.size());
  } else {
    outcome = state_.redactor().clean(seen.error());
    state = failed(std::move(state), attempt.at, took, *outcome);
  }
  tell_of(outcome);
  Seen list;  // named: GCC 12 destroys what a condition makes in a co_await expression twice
  if (seen) list = *seen;
  co_await write(std::move(state), std::move(list), attempt.began + interval());
  co_return outcome;
}

template <class T>
asio::awaitable<Result<std::shared_ptr<const AccountList<T>>>> ListSyncer<T>::ask(TimePoint deadline) {
  Scope scope;
  scope.location = key_.location;
  const std::string operation = fmt::format("list {}", to_string(key_.syncer));
  Result<Answer<T>> answer = co_await with_deadline(clock_, deadline, operation, ask_(std::move(scope)));
  if (!answer) co_return tl::unexpected(answer.error());
  auto judge = [answer = std::move(*answer), key = key_, redactor = state_.redactor()]() -> Result<Seen> {
    Result<AccountList<T>> list = judge_list(answer, key, redactor);
    if (!list) return tl::unexpected(list.error());
    return std::make_shared<const AccountList<T>>(std::move(*list));
  };
  co_return co_await run_on(workers_, std::move(judge));
}

/// A catalog that fails is tried again until the next pass is due: what it was to be told stays as true until then.
template <class T>
asio::awaitable<void> ListSyncer<T>::write(ListingState state, Seen seen, TimePoint until) {
  for (;;) {
    const std::exception_ptr failure = co_await failure_of(commit(state, seen));
    if (is_stored(failure)) co_return;
    const TimePoint next_try = clock_.now() + written_again_after;
    if (next_try >= until) co_return;
    co_await clock_.sleep_until(next_try);
  }
}

template <class T>
asio::awaitable<void> ListSyncer<T>::commit(ListingState state, Seen seen) {
  const CredentialRef& credential = state_.credential();
  auto job = [credential, state = std::move(state), seen = std::move(seen)](Catalog& catalog) {
    if (seen) return catalog.apply(credential, *seen, state);
    catalog.note_list_failure(credential, state);
    return std::vector<WrittenEvent>();
  };
  const std::vector<WrittenEvent> events = co_await state_.writer().write(WritePriority::tally, name(), std::move(job));
  log_events(credential, events);
}

/// Once while it lasts.
template <class T>
void ListSyncer<T>::tell_of(const Outcome& outcome) {
  const std::string failure = outcome ? std::string(to_string(outcome->kind)) : std::string();
  const bool is_new = failure != told_;
  told_ = failure;
  if (!outcome) return;
  log_line({state_.credential().str()}, is_new ? spdlog::level::warn : spdlog::level::debug,
           fmt::format("{}: {}: {}", state_.credential().str(), list_name(), printable(to_text(*outcome))));
}

template class ListSyncer<Image>;
template class ListSyncer<Quota>;

}  // namespace tally
