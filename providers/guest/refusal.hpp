// What a create was given and cannot be done. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cloud/error.hpp"

namespace tally {

/// A refusal before any call: "`firewall_rules.ingress[0].from_port` why".
inline Error refused(Errc kind, std::string_view parameter, std::string_view why) {
  Error error;
  error.kind = kind;
  error.message = "`" + std::string(parameter) + "` " + std::string(why);
  error.certainty = Certainty::nothing_happened;
  return error;
}

}  // namespace tally
