// What is wrong with an answer: what makes it unbelievable as a whole, so that its poll failed although the vendor
// answered, and which rows of it could not be read. Pure.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/error.hpp"
#include "cloud/limits.hpp"
#include "tally/event.hpp"

namespace tally {

/// `operation` in words: "list instances".
inline Error unbelievable(std::string operation, std::string message) {
  Error error;
  error.kind = Errc::service_unavailable;
  error.operation = std::move(operation);
  error.message = std::move(message);
  return error;
}

/// More rows than anybody has, or rows of which none could be read.
template <class T>
std::optional<Error> find_refusal(const Answer<T>& seen, const char* operation, std::size_t most) {
  const std::size_t rows = seen.rows.size() + seen.rejected.size();
  if (rows > most) {
    return unbelievable(operation, fmt::format("the answer has {} rows; no more than {} are read", rows, most));
  }
  if (seen.rows.empty() && !seen.rejected.empty()) {
    const Rejected& first = seen.rejected.front();
    return unbelievable(operation, fmt::format("none of the answer's {} rows can be read: {} ({})", rows, first.reason,
                                               first.id.empty() ? "no ID" : first.id));
  }
  return std::nullopt;
}

/// Rows that could not be read, as problems; those without an ID are told apart by their number. `problems`: a
/// ProblemLedger, or what reports as one does.
template <class Problems>
void report_rejected(const std::vector<Rejected>& rows, const std::string& subject_kind, Problems& problems) {
  int ordinal = 0;
  for (const Rejected& row : rows) {
    std::string value = row.id.empty() ? fmt::format("{} #{}", row.reason, ++ordinal) : std::string();
    problems.report(ProblemKey{"row_rejected", subject_kind, row.id, std::move(value)}, row.reason + ": " + row.raw);
  }
}

/// The work took so long that other accounts would have waited for it.
inline Error too_slow(std::string operation) {
  return unbelievable(std::move(operation), fmt::format("comparing the answer took over {} s and was given up",
                                                        limits::account_work.count()));
}

/// What is known would outgrow its bound.
inline Error too_many_known(std::string operation, std::size_t rows) {
  return unbelievable(std::move(operation), fmt::format("the account would have {} rows, gone ones among them; no more "
                                                        "than {} are kept",
                                                        rows, limits::rows_per_account));
}

}  // namespace tally
