#include "providers/verda/startup_script.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cloud/limits.hpp"
#include "providers/guest/firewall_script.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/guest/user_data.hpp"
#include "runtime/ascii.hpp"

namespace tally::verda {
namespace {

constexpr std::int32_t script_ssh_port = 22;
constexpr std::size_t longest_script = 2 * limits::user_data;  // the vendor names no limit
constexpr std::size_t longest_user = 32;                       // of Linux

/// Nothing that a shell, or a file of sudo's, could take for something else.
bool is_user_name(const std::string& user) {
  const auto is_of_it = [](char c) { return ascii::is_lower(c) || ascii::is_digit(c) || c == '_' || c == '-'; };
  return !user.empty() && user.size() <= longest_user && !ascii::is_digit(user.front()) && user.front() != '-' &&
         std::all_of(user.begin(), user.end(), is_of_it);
}

/// Root is there, and has the key already. Cut off at any point it may run again.
std::string add_user(const std::string& user, const std::string& public_key) {
  if (user == "root") return "";
  return fmt::format(R"sh(id -u {0} >/dev/null 2>&1 || useradd -m -s /bin/bash {0}
home=$(getent passwd {0} | cut -d: -f6)
mkdir -p "$home/.ssh"
cat >"$home/.ssh/authorized_keys" <<'END_OF_KEY'
{1}
END_OF_KEY
chmod 0700 "$home/.ssh"
chmod 0600 "$home/.ssh/authorized_keys"
chown -R {0}: "$home/.ssh"
echo '{0} ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/90-{0}
chmod 0440 /etc/sudoers.d/90-{0}

)sh",
                     user, public_key);
}

}  // namespace

Result<std::string> startup_script(const CreateRequest& request, const std::string& user,
                                   const std::string& public_key) {
  if (!is_user_name(user)) {
    return tl::unexpected(refused(Errc::invalid_request, "ssh_user", "must be the name of a Linux user"));
  }
  const bool is_one_line = std::none_of(public_key.begin(), public_key.end(), ascii::is_control);
  if (!is_one_line || public_key.size() > limits::public_key) {
    return tl::unexpected(refused(Errc::invalid_request, "public_key", "must be one line"));
  }
  const Result<std::string> user_data = read_user_data(request.user_data_base64);
  if (!user_data) return tl::unexpected(user_data.error());
  const Result<std::string> firewall = firewall_script(request.firewall, {script_ssh_port});
  if (!firewall) return tl::unexpected(firewall.error());
  // The user first: a firewall that cannot be had must not keep anybody out.
  const std::string head =
      "#!/bin/sh\n# A user of its own, and the host firewall that this machine was ordered with.\nset -e\n";
  return script_user_data(head + add_user(user, public_key) + *firewall, *user_data, longest_script);
}

}  // namespace tally::verda
