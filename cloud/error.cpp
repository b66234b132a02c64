#include "cloud/error.hpp"

namespace tally {

std::string_view to_string(Errc kind) {
  switch (kind) {
    case Errc::insufficient_resources: return "insufficient_resources";
    case Errc::out_of_quota: return "out_of_quota";
    case Errc::image_not_found: return "image_not_found";
    case Errc::duplicate_firewall_rule: return "duplicate_firewall_rule";
    case Errc::instance_not_found: return "instance_not_found";
    case Errc::resource_not_found: return "resource_not_found";
    case Errc::service_unavailable: return "service_unavailable";
    case Errc::not_implemented: return "not_implemented";
    case Errc::auth: return "auth";
    case Errc::forbidden: return "forbidden";
    case Errc::rate_limited: return "rate_limited";
    case Errc::invalid_request: return "invalid_request";
    case Errc::conflict: return "conflict";
    case Errc::internal: return "internal";
  }
  return "internal";
}

std::string_view to_string(Certainty certainty) {
  switch (certainty) {
    case Certainty::nothing_happened: return "nothing_happened";
    case Certainty::unknown: return "unknown";
    case Certainty::partly: return "partly";
  }
  return "unknown";
}

bool Error::matches(Errc wanted) const {
  return kind == wanted || (wanted == Errc::resource_not_found && kind == Errc::instance_not_found);
}

std::string to_text(const Error& error) {
  std::string text;
  const auto prefix = [&text](std::string_view part) {
    if (!part.empty()) text.append(part).append(": ");
  };
  prefix(error.provider);
  prefix(error.operation);
  text.append(to_string(error.kind));
  if (error.status != 0) text.append(" (HTTP ").append(std::to_string(error.status)).append(")");
  if (!error.code.empty()) text.append(" ").append(error.code);
  if (!error.message.empty()) text.append(": ").append(error.message);
  if (!error.advice.empty()) text.append(" ").append(error.advice);
  return text;
}

}  // namespace tally
