#include "lifecycle/carry_create.hpp"

#include <utility>

#include "lifecycle/attempts.hpp"
#include "lifecycle/calls.hpp"
#include "lifecycle/hold_type.hpp"
#include "lifecycle/remove_resources.hpp"
#include "lifecycle/requests.hpp"
#include "lifecycle/resolve_create.hpp"
#include "lifecycle/resources.hpp"
#include "lifecycle/retirements.hpp"
#include "runtime/failpoint.hpp"

namespace tally::lifecycle {
namespace {

constexpr int most_repeats = 2;
constexpr std::chrono::seconds first_repeat{2};

enum class ZoneEnd {
  over,  // the operation is
  next,  // no capacity there
  doubt  // nobody knows what came of it
};

/// Asks a vendor that answers the identical call with the same machine again when an answer is lost. Whatever a
/// repetition is refused with says nothing of the first call.
Task<Created> ask_to_create(DeskPtr desk, CreateRequest request) {
  std::optional<Error> doubt;
  for (int repeat = 0;; ++repeat) {
    CreateRequest identical = request;
    if (TALLY_IS_PLANTED("new token on retry") && repeat > 0) identical.token += std::to_string(repeat);
    Task<Created> work = desk->parts.account->creates()->create(std::move(identical));
    Result<Created> result = co_await call<Created>(desk, "create", std::move(work));
    if (result) co_return result;
    Error error = result.error();
    if (doubt && error.certainty == Certainty::nothing_happened) error = *doubt;
    const bool is_asked_again = error.certainty == Certainty::unknown && desk->parts.create.is_idempotent;
    if (!is_asked_again || repeat == most_repeats) co_return tl::unexpected(std::move(error));
    doubt = std::move(error);
    co_await desk->clock.sleep_until(desk->clock.now() + first_repeat * (repeat + 1));
  }
}

/// The machine exists. In the journal first, then in the tally, then whoever waits is told.
boost::asio::awaitable<void> accept(DeskPtr desk, OperationPtr operation, Created created) {
  JournalChanges changes;
  changes.attempts.push_back(end_attempt(*desk, *operation, AttemptOutcome::answered, std::nullopt));
  keep_resources(*operation, created.made, ResourceState::in_use, changes);
  move_resources(*operation, ResourceState::in_use, changes);
  desk->journal.give(operation, created.instance.cloud_id);
  operation->record.sub_location = created.instance.sub_location;
  settle_retirement(*desk, operation->record, created.instance.cloud_id, changes);
  changes.operations.push_back(operation->record);
  co_await desk->journal.insist("create.answer", std::move(changes));
  co_await tell(desk, std::move(created.instance));
  co_await desk->journal.finish(operation, OperationState::succeeded, std::nullopt);
  desk->parts.queue->poke(desk->listing_of(operation->record.location));
}

/// Refused for certain: the next zone may have what this one lacks.
boost::asio::awaitable<ZoneEnd> note_refusal(DeskPtr desk, OperationPtr operation, Error error, bool is_last) {
  const std::string zone = operation->attempts.back().sub_location;
  const bool is_scarce = error.kind == Errc::insufficient_resources;
  JournalChanges changes;
  changes.attempts.push_back(end_attempt(*desk, *operation, AttemptOutcome::refused, error));
  drop_announced(*operation, changes);
  if (is_scarce) hold_type(*desk, operation->record, zone, changes);
  if (is_scarce && !is_last) {
    co_await desk->journal.insist("create.refusal", std::move(changes));
    co_return ZoneEnd::next;
  }
  settle_retirement(*desk, operation->record, std::nullopt, changes);
  co_await desk->journal.finish(operation, OperationState::failed, std::move(error), std::move(changes));
  co_return ZoneEnd::over;
}

boost::asio::awaitable<ZoneEnd> note_doubt(DeskPtr desk, OperationPtr operation, Error error) {
  const bool is_partly = error.certainty == Certainty::partly;
  JournalChanges changes;
  changes.attempts.push_back(
      end_attempt(*desk, *operation, is_partly ? AttemptOutcome::partly : AttemptOutcome::unknown, error));
  // Of what is half made no machine comes that we would want: its parts go at once.
  if (!TALLY_IS_PLANTED("clean-up forgotten")) {
    keep_resources(*operation, error.made, ResourceState::made, changes);
    if (is_partly) move_resources(*operation, ResourceState::removing, changes);
  }
  if (error.kind == Errc::insufficient_resources) {
    hold_type(*desk, operation->record, operation->attempts.back().sub_location, changes);
  }
  operation->error = std::move(error);
  operation->record.state = OperationState::unknown;
  changes.operations.push_back(operation->record);
  co_await desk->journal.insist("create.doubt", std::move(changes));
  co_return ZoneEnd::doubt;
}

/// One call, from its record to the record of what came of it.
boost::asio::awaitable<ZoneEnd> try_zone(DeskPtr desk, OperationPtr operation, CreateRequest request, bool is_last) {
  AttemptRecord begun;
  begun.token = request.token;
  begun.sub_location = request.sub_location;
  begun.image_id = request.image_id;
  if (!co_await begin_attempt(desk, operation, std::move(begun))) co_return ZoneEnd::over;
  [[maybe_unused]] const TimePoint asked = desk->clock.now();
  Task<Created> asking = ask_to_create(desk, std::move(request));
  Result<Created> result = co_await std::move(asking);
  if (TALLY_IS_PLANTED("late answer dropped") && desk->clock.now() - asked > std::chrono::seconds(30)) {
    co_return ZoneEnd::over;
  }
  if (result && !result->instance.cloud_id.empty()) {
    co_await accept(desk, operation, std::move(*result));
    co_return ZoneEnd::over;
  }
  Error error;
  error.operation = "create";
  error.message = "the provider answered no ID";
  if (!result) error = result.error();
  if (TALLY_IS_PLANTED("lost answer taken for a refusal")) error.certainty = Certainty::nothing_happened;
  if (error.certainty == Certainty::nothing_happened) {
    co_return co_await note_refusal(desk, operation, std::move(error), is_last);
  }
  co_return co_await note_doubt(desk, operation, std::move(error));
}

}  // namespace

boost::asio::awaitable<void> carry_create(DeskPtr desk, OperationPtr operation, CreateRequest what,
                                          std::vector<std::string> zones, TimePoint turn) {
  co_await desk->clock.sleep_until(turn);
  what.generation = operation->record.generation;
  for (std::size_t i = 0; i < zones.size(); ++i) {
    CreateRequest request = what;
    request.sub_location = zones[i];
    request.before_making = [desk, operation](Handle planned) {
      return announce_resource(desk, operation, std::move(planned));
    };
    request.token = token_of(desk->parts.credential, what.ref_id, what.generation, static_cast<int>(i));
    boost::asio::awaitable<ZoneEnd> trying = try_zone(desk, operation, std::move(request), i + 1 == zones.size());
    const ZoneEnd end = co_await whole<ZoneEnd>(desk, std::move(trying));
    if (end == ZoneEnd::over) co_return;
    if (end == ZoneEnd::next) continue;
    desk->tasks.spawn("lifecycle resources", remove_resources(desk, operation));
    co_await resolve_create(desk, operation);
    co_return;
  }
}

}  // namespace tally::lifecycle
