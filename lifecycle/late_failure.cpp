#include "lifecycle/late_failure.hpp"

#include <algorithm>
#include <string_view>

#include "runtime/ascii.hpp"

namespace tally::lifecycle {
namespace {

bool mentions(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&text](std::string_view word) { return text.find(word) != std::string::npos; });
}

/// What the vendor says of a machine that failed is words only, written as sentences or as codes.
Errc kind_of_failure(const Instance& machine) {
  std::string words = ascii::lower(machine.provider_status + " " + machine.status_message);
  std::replace_if(words.begin(), words.end(), [](char c) { return c == '_' || c == '-'; }, ' ');
  if (mentions(words, {"quota"})) return Errc::out_of_quota;
  if (mentions(words, {"capacity", "out of stock", "resources", "resource exhausted"})) {
    return Errc::insufficient_resources;
  }
  if (mentions(words, {"limit"})) return Errc::out_of_quota;
  return Errc::service_unavailable;
}

/// The last list has it, and says so itself: not a row that could not be read, nor a word that nobody knows.
bool is_seen_pending(const KnownInstance& machine) {
  return machine.is_confirmed && machine.answer && machine.answer->status == LifecycleStatus::pending;
}

FirstDays failed_with(const Instance& machine, std::string message) {
  FirstDays days;
  days.failure = LateFailure{kind_of_failure(machine), std::move(message)};
  if (!machine.status_message.empty()) days.failure->message += ": " + machine.status_message;
  return days;
}

}  // namespace

FirstDays judge_first_days(const OperationRecord& create, const KnownInstance* machine, bool is_listed, Timestamp now,
                           std::chrono::seconds running_deadline, bool stops_what_fails) {
  const Timestamp began = create.finished_at.value_or(create.created_at);
  // Long after, it may have run while nobody looked.
  const auto within = [&](Timestamp at) { return at - began <= running_deadline; };
  FirstDays days;
  if (machine == nullptr) {
    if (!within(now) && is_listed) {
      days.failure = LateFailure{Errc::service_unavailable, "the machine was never listed by the provider"};
    }
    return days;
  }
  switch (machine->status) {
    case LifecycleStatus::pending:
      if (!within(now) && is_listed && is_seen_pending(*machine)) {
        return failed_with(*machine->row, "the machine was not running in time");
      }
      return days;
    case LifecycleStatus::failed:
      if (within(machine->status_since)) return failed_with(*machine->row, "the machine failed before it ran");
      break;
    case LifecycleStatus::terminated:
      if (within(machine->ended_at.value_or(machine->status_since))) {
        return failed_with(*machine->row, "the machine ended before it ran");
      }
      break;
    case LifecycleStatus::stopped:
      if (stops_what_fails && within(machine->status_since)) {
        return failed_with(*machine->row, "the machine stopped before it ran");
      }
      break;
    case LifecycleStatus::terminating: return days;
    default: break;
  }
  days.is_settled = true;
  return days;
}

}  // namespace tally::lifecycle
