#include "lifecycle/guards.hpp"

#include <fmt/format.h>

namespace tally::lifecycle {

Checked<> check_not_read_only(const Guards& guards) {
  if (!guards.is_read_only) return {};
  return refused(Errc::forbidden, "credential", "the credential is read_only: tallyd changes nothing with it");
}

Checked<> check_creates_per_hour(const Guards& guards, std::size_t creates) {
  if (!guards.max_creates_per_hour || static_cast<int>(creates) < *guards.max_creates_per_hour) return {};
  return refused(Errc::forbidden, "",
                 fmt::format("max_creates_per_hour is {}, and so many were made within the last hour",
                             *guards.max_creates_per_hour));
}

Checked<> check_price_per_hour(const Guards& guards, const std::vector<Expense>& expenses, const Expense& one_more) {
  if (!guards.max_price_per_hour) return {};
  const Money& limit = *guards.max_price_per_hour;
  std::int64_t sum = 0;
  std::vector<Expense> all = expenses;
  all.push_back(one_more);
  for (const Expense& expense : all) {
    if (!expense.price) {
      return refused(
          Errc::forbidden, "",
          fmt::format("max_price_per_hour is {}, and the price of {} is not known", to_text(limit), expense.of));
    }
    if (expense.price->currency != limit.currency) {
      return refused(Errc::forbidden, "",
                     fmt::format("max_price_per_hour is {}, and the price of {} is {}", to_text(limit), expense.of,
                                 to_text(*expense.price)));
    }
    if (__builtin_add_overflow(sum, expense.price->nanos, &sum)) sum = INT64_MAX;
    if (sum == INT64_MAX) break;
  }
  if (sum <= limit.nanos) return {};
  return refused(Errc::forbidden, "",
                 fmt::format("max_price_per_hour is {}, and with {} at {} it would be {}", to_text(limit), one_more.of,
                             to_text(all.back().price.value_or(Money())), to_text(Money{sum, limit.currency})));
}

}  // namespace tally::lifecycle
