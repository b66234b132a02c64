#include "providers/guest/key_script.hpp"

#include <algorithm>
#include <string_view>

#include "providers/guest/refusal.hpp"
#include "providers/rest/account_keys.hpp"
#include "runtime/ascii.hpp"

namespace tally {
namespace {

bool consists_of(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [more](char c) {
    return ascii::is_letter_or_digit(c) || more.find(c) != std::string_view::npos;
  });
}

/// "type base64", of which nothing means anything to a shell; "" when the line is something else.
std::string plain_key(std::string_view line) {
  const std::string_view key = without_comment(line);
  const std::size_t blank = std::min(key.size(), key.find_first_of(" \t"));
  const bool is_key =
      consists_of(key.substr(0, blank), "-@.") && blank < key.size() && consists_of(key.substr(blank + 1), "+/=");
  return is_key ? std::string(key) : "";
}

// Where the home is a link or another's, root would write elsewhere: the user's own hands do it.
constexpr std::string_view script = R"sh(
if id -u "$user" >/dev/null 2>&1; then
  su -s /bin/sh - "$user" -c '
    umask 077
    mkdir -p .ssh
    grep -qxF "$1" .ssh/authorized_keys 2>/dev/null || printf "\n%s\n" "$1" >>.ssh/authorized_keys
  ' sh "$key"
fi
)sh";

}  // namespace

Result<std::string> key_script(const std::string& public_key, const std::string& user) {
  const std::string key = plain_key(public_key);
  if (key.empty()) return tl::unexpected(refused(Errc::invalid_request, "public_key", "is no key on one line"));
  if (!consists_of(user, "-_.") || user.front() == '-') {
    return tl::unexpected(refused(Errc::invalid_request, "ssh_user", "is no name of a user"));
  }
  return "#!/bin/sh\n# The key of who ordered the machine.\nuser='" + user + "'\nkey='" + key + "'" +
         std::string(script);
}

}  // namespace tally
