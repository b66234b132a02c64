// Faults on request: what a test tells the server to do wrong, when, and how often. They apply to every face. Pure.
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tally::simcloud {

struct FaultKind {
  /// Where it strikes: in place of the answer, on the answer, on its rows, or in what the world does.
  enum class Stage { instead, answer, rows, world };
  std::string_view name;
  Stage stage;
  std::string_view about;
};

inline constexpr std::array fault_kinds = {
    // What was asked is not done then, unless the fault says "done": a lost answer is a `reset` or a `hang` that is
    // done, a 5xx after the effect a `status` that is done.
    FaultKind{"status", FaultKind::Stage::instead, "The answer is an error of `status` with `body`."},
    FaultKind{"rate_limit", FaultKind::Stage::instead, "The answer is 429 with `retry_after`."},
    FaultKind{"reset", FaultKind::Stage::instead, "The connection is cut without an answer."},
    FaultKind{"hang", FaultKind::Stage::instead, "There never is an answer, and the connection stays open."},
    FaultKind{"unauthorized", FaultKind::Stage::instead, "The key or token is refused in the vendor's words."},
    FaultKind{"html", FaultKind::Stage::instead, "A web page answers 200."},
    FaultKind{"error_200", FaultKind::Stage::instead, "An error answers 200."},
    FaultKind{"redirect", FaultKind::Stage::instead, "The answer points elsewhere."},

    FaultKind{"latency", FaultKind::Stage::answer, "The answer comes after `ms`."},
    FaultKind{"truncate", FaultKind::Stage::answer, "The connection ends in mid-answer."},
    FaultKind{"truncate_clean", FaultKind::Stage::answer, "Half the body comes, as if it were the whole one."},
    FaultKind{"bad_json", FaultKind::Stage::answer, "The body lacks its end."},
    FaultKind{"slow_body", FaultKind::Stage::answer, "The body drips."},

    FaultKind{"empty_list", FaultKind::Stage::rows, "The list has no rows."},
    FaultKind{"null_data", FaultKind::Stage::rows, "The list is null."},
    FaultKind{"malformed_row", FaultKind::Stage::rows, "A row has fields of another kind."},
    FaultKind{"duplicate_row", FaultKind::Stage::rows, "A row is there twice, with another price."},
    FaultKind{"huge_number", FaultKind::Stage::rows, "A row has a number of thirty digits."},
    FaultKind{"lagging_list", FaultKind::Stage::rows, "The list lacks the machines that were ordered."},

    FaultKind{"out_of_stock", FaultKind::Stage::world, "A launch is refused for want of machines."},
    FaultKind{"out_of_quota", FaultKind::Stage::world, "A launch is refused for want of quota."},
    FaultKind{"fails_later", FaultKind::Stage::world,
              "A launch is accepted, and the machine fails at the world's next step for want of resources."},
    FaultKind{"unseen", FaultKind::Stage::world,
              "A launched machine is there and costs, but no call sees it before `steps` steps of the world."},
    FaultKind{"two_ids", FaultKind::Stage::world,
              "A launch makes two machines; an answer that can hold two IDs has both, another one only the first."},
    FaultKind{"key_name_taken", FaultKind::Stage::world,
              "A key is refused, where names are unique: another one of that name has come in just before."},
    FaultKind{"slow_terminate", FaultKind::Stage::world,
              "A terminate is accepted, and the machine takes `steps` steps more to end."},
};

struct Fault {
  std::string kind;                    // a name of fault_kinds
  std::string path;                    // only requests whose path contains this; "" for all
  std::string operation;               // only requests for this operation of the face ("launch"); "" for all
  int skip = 0;                        // let so many requests pass first: with 2 it is the third that fails
  int count = 1;                       // then hit so many; -1 for ever
  bool is_done = false;                // what was asked is done all the same, only its answer is lost or a lie
  int status = 503;                    // of `status`
  std::string body;                    // of `status`
  std::chrono::milliseconds delay{0};  // of `latency`
  std::string retry_after;             // of `rate_limit`: seconds, a date, or ""
  int steps = 3;                       // of `unseen`, `slow_terminate`
};

/// Of {"kind", "path", "operation", "skip", "count", "done", "status", "body", "ms", "retry_after", "steps"}; throws
/// std::invalid_argument, which says why, for one that is none.
Fault read_fault(std::string_view json);

/// Whether the request goes no further than this fault.
bool is_instead(const Fault& fault);

class Faults {
 public:
  void add(Fault fault) { faults_.push_back(std::move(fault)); }
  void clear() { faults_.clear(); }

  /// The faults that hit this request; counts it.
  std::vector<Fault> take(std::string_view path, std::string_view operation);

 private:
  std::vector<Fault> faults_;
};

}  // namespace tally::simcloud
