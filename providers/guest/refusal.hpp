// What a create was given and cannot be done. Pure.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cloud/error.hpp"
#include "runtime/text.hpp"

namespace tally {

/// A refusal before any call: "`firewall_rules.ingress[0].from_port` why".
inline Error refused(Errc kind, std::string_view parameter, std::string_view why) {
  Error error;
  error.kind = kind;
  error.message = "`" + std::string(parameter) + "` " + std::string(why);
  error.certainty = Certainty::nothing_happened;
  return error;
}

/// The refusal of the first of those parameters that is missing: {{"type", request.type.empty()}}.
inline std::optional<Error> find_missing(std::initializer_list<std::pair<std::string_view, bool>> parameters) {
  for (const auto& [name, is_missing] : parameters) {
    if (is_missing) return refused(Errc::invalid_request, name, "is missing");
  }
  return std::nullopt;
}

/// The refusal of the first tag that the vendor would not take: `why_no_tag(key, value)` is "" for one that it does.
/// The tags of a create, or changes of them, where the value of one that is to go is "".
template <class Tags, class WhyNoTag>
std::optional<Error> find_bad_tag(const Tags& tags, WhyNoTag why_no_tag) {
  for (const auto& [key, given] : tags) {
    const std::optional<std::string> value(given);
    const std::string why = why_no_tag(key, value.value_or(""));
    if (!why.empty()) return refused(Errc::invalid_request, "tags." + printable(key), why);
  }
  return std::nullopt;
}

}  // namespace tally
