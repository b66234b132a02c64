#include "cloud/error.hpp"

#include "runtime/ascii.hpp"

namespace tally {
namespace {

/// Whether there is a mark at its end, or before the quotes and brackets that close there.
bool ends_with_mark(std::string_view text) {
  constexpr std::string_view ellipsis = "\u2026";
  text = text.substr(0, text.find_last_not_of("\"')]`") + 1);
  return text.ends_with(ellipsis) || (!text.empty() && std::string_view(".!?:;,").find(text.back()) != text.npos);
}

}  // namespace

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

/// Advice that begins in lower case goes on with the sentence, whose full stop goes; else it is the next one.
std::string with_advice(std::string message, std::string_view advice) {
  message.erase(message.find_last_not_of(' ') + 1);
  if (message.empty() || advice.empty()) return message.append(advice);
  const bool is_next_sentence = ascii::is_upper(advice.front());
  if (!is_next_sentence && message.ends_with('.') && !message.ends_with("..")) message.pop_back();
  if (!ends_with_mark(message)) message += is_next_sentence ? '.' : ';';
  return message.append(" ").append(advice);
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
  return with_advice(std::move(text), error.advice);
}

}  // namespace tally
