// The header fields of a request and of an answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/secret.hpp"

namespace tally {

/// Of a request.
struct Header {
  std::string name;
  Secret value;  // may be a credential: treated as a secret always
};

/// Names of header fields are the same in any case.
bool is_same_header(std::string_view a, std::string_view b);

/// Whether a text can be a header's token: visible ASCII, at most limits::bearer_token bytes. Anything else would be
/// another request.
bool is_bearer_token(std::string_view text);

/// Of an answer, as the vendor sent them; all together at most limits::answer_header bytes.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }

  /// The first field of that name; nothing when there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  /// Each field of that name, in order.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace tally
