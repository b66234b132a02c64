#include "providers/fluidstack/dialect.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>

#include "runtime/ascii.hpp"

namespace tally::fluidstack {
namespace {

constexpr std::array rules = {
    ErrorRule{429, "", Errc::rate_limited},
    ErrorRule{402, "", Errc::out_of_quota},
    ErrorRule{0, "out_of_stock", Errc::insufficient_resources},
    ErrorRule{0, "quota_exceeded", Errc::out_of_quota},
    ErrorRule{0, "image_not_found", Errc::image_not_found},
    ErrorRule{0, codes::project_not_found, Errc::resource_not_found},
    ErrorRule{0, "filesystem_not_found", Errc::resource_not_found},
    ErrorRule{0, "instance_not_found", Errc::instance_not_found},
    ErrorRule{0, "state_conflict", Errc::conflict},
    ErrorRule{0, "not_implemented", Errc::not_implemented},
};

bool has_one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&text](const char* word) { return text.find(word) != std::string::npos; });
}

/// The word that a piece of a sentence begins with: "instance" of `"instances"`, which are one thing; "" of a path,
/// which is only what was asked.
std::string_view noun_of(std::string_view piece) {
  if (piece.find('/') != std::string_view::npos) return "";
  const auto begin = std::find_if(piece.begin(), piece.end(), ascii::is_lower);
  std::string_view noun(begin, std::find_if_not(begin, piece.end(), ascii::is_lower));
  if (noun.ends_with('s')) noun.remove_suffix(1);
  return noun;
}

/// What a 404 says that there is none of: the first thing of the API's that it speaks of ("instance m-1 not found in
/// project p"). One that speaks of nothing may be a gateway's, whose JSON looks the same.
std::string absent_in(const std::string& message) {
  std::istringstream pieces(message);
  for (std::string piece; pieces >> piece;) {
    const std::string_view noun = noun_of(piece);
    if (noun == "instance" || noun == "machine") return "instance_not_found";
    if (noun == "project") return std::string(codes::project_not_found);
    if (noun == "filesystem") return "filesystem_not_found";
  }
  return "";
}

/// What the words come to.
std::string code_of(int status, std::string message) {
  message = ascii::lower(message);
  const bool is_refusal = status == 400 || status == 403 || status == 409;
  const bool is_of_stock = status == 400 || status == 409 || status == 503;
  if (is_of_stock && has_one_of(message, {"out of stock", "out-of-stock", "capacity", "insufficient"})) {
    return "out_of_stock";
  }
  if (is_refusal && has_one_of(message, {"quota", "limit"})) return "quota_exceeded";
  if (status == 400 && has_one_of(message, {"image"})) return "image_not_found";
  if (status == 404) return absent_in(message);
  if (status == 409) return "state_conflict";
  if (status == 501) return "not_implemented";
  return "";
}

Refusal read_refusal(const Response& answer) {
  Refusal said;
  const auto body = refusal_json(answer.body);
  if (!body) return said;
  said.message = body->text_of("message");
  if (!said.message.empty()) said.code = code_of(answer.status, said.message);
  return said;
}

}  // namespace

Dialect dialect() { return {"fluidstack", read_refusal, rules}; }

}  // namespace tally::fluidstack
