// Values of the model as parameters of a statement; what is not known, or was not given, is NULL. The other way round:
// columns.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/bytes.hpp"
#include "cloud/ids.hpp"
#include "cloud/money.hpp"
#include "runtime/timestamp.hpp"

namespace tally::parameters {

inline std::int64_t ms(Timestamp time) { return time.time_since_epoch().count(); }
inline std::optional<std::int64_t> ms(const std::optional<Timestamp>& time) {
  return time ? std::optional(ms(*time)) : std::nullopt;
}
inline std::optional<std::string_view> text(const std::string& value) {
  return value.empty() ? std::nullopt : std::optional<std::string_view>(value);
}
template <class Tag>
std::optional<std::string_view> text(const Id<Tag>& id) {
  return text(id.str());
}
inline std::optional<std::int64_t> count(const std::optional<Bytes>& size) {
  return size ? std::optional(size->count()) : std::nullopt;
}
inline std::optional<std::int64_t> count(const std::optional<std::chrono::milliseconds>& time) {
  return time ? std::optional(std::int64_t{time->count()}) : std::nullopt;
}
inline std::optional<std::int64_t> nanos(const std::optional<Money>& amount) {
  return amount ? std::optional(amount->nanos) : std::nullopt;
}
inline std::optional<std::string> currency(const std::optional<Money>& amount) {
  return amount ? std::optional(std::string(amount->currency.code())) : std::nullopt;
}

}  // namespace tally::parameters
