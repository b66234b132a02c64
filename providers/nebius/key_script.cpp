#include "providers/nebius/key_script.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "providers/guest/refusal.hpp"
#include "providers/rest/account_keys.hpp"

namespace tally::nebius {
namespace {

bool is_made_of(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [more](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || more.find(static_cast<char>(c)) != std::string_view::npos);
  });
}

// The user's own hands write below the home: root might follow a link out of it.
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

Result<std::string> key_script(const std::string& public_key) {
  const std::string_view key = without_comment(public_key);
  const std::size_t blank = std::min(key.size(), key.find_first_of(" \t"));
  const bool is_key =
      is_made_of(key.substr(0, blank), "-@.") && blank < key.size() && is_made_of(key.substr(blank + 1), "+/=");
  if (!is_key) return tl::unexpected(refused(Errc::invalid_request, "public_key", "is no key on one line"));
  std::string text = "#!/bin/sh\n# The key of who ordered the machine.\nuser='";
  return text.append(ssh_user).append("'\nkey='").append(key).append("'").append(script);
}

}  // namespace tally::nebius
