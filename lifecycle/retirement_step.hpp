// When a machine is to be told of, and ended, by its retirement. Pure.
#pragma once

#include "runtime/timestamp.hpp"
#include "store/journal_records.hpp"

namespace tally::lifecycle {

struct RetirementStep {
  bool is_due = false;  // it is ended now
  int told = 0;         // what has been told by then, as in the record
};

RetirementStep next_step(const RetirementRecord& retirement, Timestamp now);

}  // namespace tally::lifecycle
