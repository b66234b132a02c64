// What the catalog tells: events, and problems, which are states of affairs that are wrong. Values only.
#pragma once

#include <compare>
#include <optional>
#include <string>

namespace tally {

/// One entry of the append-only log. Kinds, subjects and fields are words of the catalog contract.
struct Event {
  std::string kind;          // "type_changed"
  std::string subject_kind;  // "instance_type", "instance", "location", "credential", "operation", "image", "quota"
  std::string subject_id;
  std::optional<std::string> field;  // a column of the subject's view
  std::optional<std::string> old_value;
  std::optional<std::string> new_value;
  std::optional<std::string> detail;  // free text, or JSON of the tracked fields for *_added

  bool operator==(const Event&) const = default;
};

/// A state of affairs that is wrong: one event when it starts, one (`problem_ended`) when it ends, nothing between.
struct ProblemKey {
  std::string kind;  // an event kind: "duplicate_id"
  std::string subject_kind;
  std::string subject_id;
  std::string value;  // tells problems of one kind and subject apart; "" when there can be only one

  auto operator<=>(const ProblemKey&) const = default;
};

struct Problem {
  ProblemKey key;
  std::string detail;  // for a person; a rejected row's raw text

  bool operator==(const Problem&) const = default;
};

}  // namespace tally
