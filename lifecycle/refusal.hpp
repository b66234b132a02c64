// Why a request is not carried out: nothing was journaled, and nobody was asked.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "cloud/error.hpp"

namespace tally::lifecycle {

struct Refusal {
  Error error;            // `nothing_happened`
  std::string parameter;  // the field that is at fault: "firewall_rules.ingress[0].ip_ranges[1]"; "" when none is
};

template <class T = void>
using Checked = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refused(Error error, std::string parameter = {}) {
  Refusal refusal;
  refusal.error = std::move(error);
  refusal.parameter = std::move(parameter);
  return tl::unexpected(std::move(refusal));
}

inline tl::unexpected<Refusal> refused(Errc kind, std::string parameter, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  error.certainty = Certainty::nothing_happened;
  return refused(std::move(error), std::move(parameter));
}

/// The field is at fault: "`ref_id` why".
inline tl::unexpected<Refusal> invalid(const std::string& parameter, std::string_view why) {
  return refused(Errc::invalid_request, parameter, "`" + parameter + "` " + std::string(why));
}

}  // namespace tally::lifecycle
