// SQL expressions whose values are words for a person. NULL stays NULL. Pure.
#pragma once

#include <string>

namespace tally::cli {

/// "2026-08-20 20:53:39", UTC.
std::string time_sql(const std::string& ms);

/// A time's distance from now: "59 s", "12 min", "3 h", "4 d"; "never" for NULL.
std::string age_sql(const std::string& ms);

/// As above, " (stale)" added where `is_stale` is 1.
std::string age_sql(const std::string& ms, const std::string& is_stale);

/// A duration in milliseconds, in the words of age_sql; one that the wall clock made negative is none.
std::string duration_sql(const std::string& ms);

/// "3.29 USD", of the columns price_per_hour and currency. Prices below a cent keep four decimals.
std::string price_sql(const std::string& price = "price_per_hour");

/// "yes" and "no".
std::string yes_sql(const std::string& column);

/// "3 h ago, at 2026-08-20 20:53:39".
std::string ago_sql(const std::string& ms);

/// "8 x H100", of the columns gpu_count and gpu_name.
std::string gpus_sql();

/// "yes", "no: capacity", "unknown", of the columns is_available and availability_reason.
std::string availability_sql();

}  // namespace tally::cli
