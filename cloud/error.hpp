// What can go wrong between us and a vendor, as a value. An Error is made where the cause is known, with its
// context, and only passed on after that. It never holds a secret: whoever fills `message` redacts first.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/handle.hpp"

namespace tally {

/// Kinds of failure. `resource_not_found` is the parent of `instance_not_found` (see Error::matches). The names are
/// stored in the catalog: do not rename.
enum class Errc {
  insufficient_resources,  // no capacity in the zone or region
  out_of_quota,            // the account's limit
  image_not_found,
  duplicate_firewall_rule,
  instance_not_found,   // the instance no longer exists
  resource_not_found,   // anything else that does not exist
  service_unavailable,  // transient: 5xx, no answer, an answer that is not a reply
  not_implemented,
  auth,          // the credential is not accepted
  forbidden,     // accepted, but may not do this
  rate_limited,  // too many requests; see retry_after
  invalid_request,
  conflict,
  internal,  // our own fault
};

/// The name as stored and printed: "service_unavailable".
std::string_view to_string(Errc kind);

/// How sure it is what a failed call did at the vendor.
enum class Certainty {
  nothing_happened,  // never sent, refused in the vendor's own words, or a call that only reads
  unknown,           // sent, and no answer tells what came of it
  partly,            // something was made before it failed: see Error::made
};
std::string_view to_string(Certainty certainty);

struct Error {
  Errc kind = Errc::internal;
  std::string provider;   // vendor's own ID ("lambda-labs"); empty when no vendor was involved
  std::string operation;  // what was being done, in words: "list instances"
  int status = 0;         // HTTP status; 0 when there was none
  std::string code;       // vendor's error code; empty when there was none
  std::string message;    // for a person; redacted, one line
  std::optional<std::chrono::milliseconds> retry_after;  // when the vendor said so
  Certainty certainty = Certainty::unknown;
  std::vector<Handle> made;  // of `partly`, and of `unknown` as far as known: what is there and was not before
  std::string advice;        // what a person can do about it, redacted; "" when that is not known

  /// True when the error is of this kind or of a kind below it (instance_not_found is a resource_not_found).
  [[nodiscard]] bool matches(Errc wanted) const;
  /// It says nothing of what was asked: the same call may go well a while later.
  [[nodiscard]] bool is_of_moment() const { return kind == Errc::service_unavailable || kind == Errc::rate_limited; }
};

/// What went wrong, and behind it what can be done about it, as one text with the marks that it needs between the two.
/// Either may be "". Pure.
std::string with_advice(std::string message, std::string_view advice);

/// One line for a log or a person: `lambda-labs: list instances: service_unavailable (HTTP 502): Bad Gateway`, then the
/// advice, if there is any.
std::string to_text(const Error& error);

}  // namespace tally
