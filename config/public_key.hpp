// Public SSH keys as lines of text: "ssh-ed25519 AAAA... comment". Pure.
#pragma once

#include <string>
#include <string_view>

namespace tally {

struct PublicKeyLine {
  std::string type;     // "ssh-ed25519"
  std::string base64;   // of the key
  std::string comment;  // "" when there is none
  std::string problem;  // "" when the line is a key; else what is wrong, without a word of the line
};

/// Options before the key are not taken. Looks at the form of the line only; whether its base64 is a key of that type,
/// the library that uses it must say (ssh/authorized_key.hpp).
PublicKeyLine read_public_key(std::string_view line);

/// "ssh-ed25519 AAAA... comment", single blanks between.
std::string to_text(const PublicKeyLine& key);

}  // namespace tally
