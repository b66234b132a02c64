// How a vendor refuses: the form of its errors, and what each means. A provider states it as data. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/error.hpp"
#include "cloud/redactor.hpp"
#include "net/http.hpp"
#include "net/json_value.hpp"
#include "providers/rest/operation.hpp"

namespace tally {

/// What an answer says in the vendor's own form; all "" when it is not in that form: the word of a proxy or a gateway,
/// which knows nothing of what the API knows.
struct Refusal {
  std::string code;  // where the vendor has none, what its words come to
  std::string message;
  std::string advice;
};

/// What a status and a code mean.
struct ErrorRule {
  int status = 0;               // 404; 4 and 5: any of that hundred; 0: any
  std::string_view code;        // of the vendor, with `*` for any text ("*": some code); "": whatever it is, or none
  Errc kind = Errc::internal;   // instance_not_found: what was asked for, be it no instance, does not exist;
                                // image_not_found, by words: not of a call about one instance
  std::string_view words = {};  // where a code says too little: what its message is like in lower case, with `*`
};

/// Little may be asked yet, as the vendor says with an answer.
struct Shortage {
  std::chrono::seconds lasts{0};
  bool is_of_path = false;   // of those that are asked for at this path; else of all
  bool is_all_used = false;  // nothing may be asked; else what is left is for lifecycle calls
};

struct Dialect {
  std::string_view provider_id;
  Refusal (*read_refusal)(const Response& answer) = nullptr;
  std::span<const ErrorRule> rules;  // the first that fits; none of them: kind_of_status()
  /// Whether an answer whose status says that all is well is none; nullptr: there is no such thing.
  bool (*is_refusal)(const Response& answer) = nullptr;
  /// What it says of its limits before they are reached; nullptr: it says nothing.
  std::vector<Shortage> (*read_shortages)(const Response& answer) = nullptr;
};

/// The JSON of a refusal; nothing when the body is something else, or longer than limits::error_body.
std::optional<json::Value> refusal_json(const std::string& body);

/// What a status means when the vendor's own words say no more: 401 auth, 403 forbidden, 429 rate_limited, other 4xx
/// invalid_request; the rest (5xx, and any success or redirect where none was expected) service_unavailable. So is a
/// 404: whatever stands before the API may say it, and only the vendor's own words make it more.
Errc kind_of_status(int status);

/// The error that a refusal means. What the vendor says loses the credential's secrets, then is made one line and cut;
/// without a message the answer is quoted, or named if it is a web page. Nothing happened where the vendor refuses in
/// its own form, whatever the status ("out of stock" comes with a 503 here and there), unless that means that it is not
/// well ("internal" comes with a 409). Else that is unknown.
Error error_of(const Dialect& dialect, const Operation& operation, const Response& answer, const Redactor& redactor);

/// The error of what is not even asked.
Error unasked(const Dialect& dialect, const Operation& operation, Errc kind, std::string message);

/// What reading an answer came to, as the operation's error: of one that only reads nothing has happened.
Error unread(const Dialect& dialect, const Operation& operation, bool only_reads, Error error);

}  // namespace tally
