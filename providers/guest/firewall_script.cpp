#include "providers/guest/firewall_script.hpp"

#include <fmt/format.h>

#include "providers/guest/openings.hpp"
#include "providers/guest/refusal.hpp"
#include "runtime/sha256.hpp"

namespace tally {
namespace {

// The script installs a program and what starts it, then runs the program: whenever it is cut off, the next start of
// the machine goes on. Before ufw is enabled nothing is denied.
constexpr const char* installer = R"sh(#!/bin/sh
# The host firewall that this machine was ordered with. Running this again changes nothing.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
if [ "$(id -u)" -ne 0 ]; then exec sudo -n sh "$0"; fi

# put FILE MODE: standard input becomes the file, as a whole or not at all.
put() {
  cat >"$1.new"
  chmod "$2" "$1.new"
  if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

mkdir -p /usr/local/sbin /etc/systemd/system
put /usr/local/sbin/tally-firewall 0755 <<'END_OF_PROGRAM'
)sh";

constexpr const char* program_head = R"sh(#!/bin/sh
# Puts the host firewall in force. ufw keeps its rules by itself, once they are set; the chain through which packets to
# containers go is set at every start of the machine and of Docker.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
state=/var/lib/tally-firewall
mkdir -p "$state"
exec 9>/run/tally-firewall.lock
flock 9

# The ports of SSH: those that were ordered, and those on which sshd listens.
ssh_ports() {
  {
    for port in $ordered_ssh_ports; do echo "$port"; done
    sshd -T 2>/dev/null | awk '$1 == "port" { print $2 }'
    ss -Hltnp 2>/dev/null | awk '/"sshd"/ { n = split($4, part, ":"); print part[n] }'
    if systemctl is-active -q ssh.socket 2>/dev/null; then
      systemctl show -p Listen --value ssh.socket | awk '{ n = split($1, part, ":"); print part[n] }'
    fi
  } | awk '/^[0-9]+$/ && $1 >= 1 && $1 <= 65535' | sort -nu
}

has_ipv6() { [ -e /proc/sys/net/ipv6 ]; }

has_ufw() {
  command -v ufw >/dev/null && return
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq ufw
}

# guard_containers iptables|ip6tables: what comes from outside to a container is dropped, unless it is for a port that
# is open. Standard input: the rules for those. The chain is replaced in one step.
guard_containers() {
  {
    echo '*filter'
    echo ':DOCKER-USER - [0:0]'
    echo '-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
    for bridge in docker0 br+ cni+ cali+; do echo "-A DOCKER-USER -i $bridge ! -o $bridge -j ACCEPT"; done
    for bridge in docker0 br+ cni+ cali+; do echo "-A DOCKER-USER -i $bridge -o $bridge -j ACCEPT"; done
    echo '-A DOCKER-USER -i lo -j ACCEPT'
    echo '-A DOCKER-USER -i wt0 -j ACCEPT'
    for port in $ssh_ports; do
      echo "-A DOCKER-USER -p tcp -m conntrack --ctorigdstport $port -j ACCEPT"
    done
    cat
    echo '-A DOCKER-USER -j DROP'
    echo '-A DOCKER-USER -j RETURN'
    echo 'COMMIT'
  } | "$1-restore" -w --noflush || return 1
  # Docker jumps there when it starts; until then, and for pods of others, this does.
  "$1" -w -C FORWARD -j DOCKER-USER 2>/dev/null || "$1" -w -I FORWARD -j DOCKER-USER
}

# Once, so that what an administrator changes later stays. SSH is allowed first; where that fails nothing is denied.
set_ufw() {
  if has_ipv6; then sed -i 's/^IPV6=.*/IPV6=yes/' /etc/default/ufw || return 1; fi
  # It names what it puts away by the second, and refuses a second time within one.
  ufw --force reset || { sleep 1 && ufw --force reset; } || return 1
  ufw default deny incoming || return 1
  ufw default allow outgoing || return 1
  for port in $ssh_ports; do ufw allow "$port/tcp" || return 1; done
  all_allowed=0
  allow_openings || all_allowed=1
  ufw --force enable || return 1
  if [ -d /run/systemd/system ]; then systemctl enable -q ufw.service || return 1; fi
  return "$all_allowed"
}

)sh";

constexpr const char* program_tail = R"sh(
has_ufw || { echo 'tally-firewall: there is no ufw, and it cannot be installed' >&2; exit 1; }
ssh_ports=$(ssh_ports)
status=0
guard_iptables || status=1
if has_ipv6; then guard_ip6tables || status=1; fi
if [ "$(cat "$state/done" 2>/dev/null)" != "$ordered" ]; then
  if set_ufw; then echo "$ordered" >"$state/done"; else status=1; fi
fi
[ "$status" -eq 0 ] || echo 'tally-firewall: not all of the firewall is in force' >&2
exit "$status"
END_OF_PROGRAM

)sh";

// Twice: before Docker starts, so that nothing it publishes is ever open, and after it has set its own chains.
constexpr const char* starters = R"sh(put /etc/systemd/system/tally-firewall.service 0644 <<'END_OF_UNIT'
[Unit]
Description=Host firewall that this machine was ordered with
After=ufw.service
Before=docker.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/tally-firewall

[Install]
WantedBy=multi-user.target
END_OF_UNIT

put /etc/systemd/system/tally-firewall-docker.service 0644 <<'END_OF_UNIT'
[Unit]
Description=Host firewall that this machine was ordered with, after Docker has set its chains
After=docker.service
PartOf=docker.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/tally-firewall

[Install]
WantedBy=docker.service
END_OF_UNIT

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable -q tally-firewall.service tally-firewall-docker.service
fi
/usr/local/sbin/tally-firewall
)sh";

/// As ufw and iptables write a range.
std::string ports_text(const Opening& opening) {
  if (opening.from_port == opening.to_port) return fmt::format("{}", opening.from_port);
  return fmt::format("{}:{}", opening.from_port, opening.to_port);
}

/// ufw takes one port for both protocols at once, a range for each of them.
std::string ufw_lines(const Opening& opening) {
  const std::string network = opening.network.empty() ? "any" : opening.network;
  std::string what;
  if (opening.way == Opening::Way::in) {
    what = fmt::format("in from {} to any", network);
  } else {
    what = fmt::format("out to {}", network);
  }
  std::string lines;
  const bool is_range = opening.from_port != opening.to_port;
  for (const char* protocol : is_range ? std::vector{" proto tcp", " proto udp"} : std::vector{""}) {
    const char* condition = opening.family == Opening::Family::v6 ? "! has_ipv6 || " : "";
    lines += fmt::format("  {}ufw allow {} port {}{} || failed=1\n", condition, what, ports_text(opening), protocol);
  }
  return lines;
}

std::string allow_openings(const std::vector<Opening>& openings) {
  std::string text = "allow_openings() {\n  failed=0\n";
  for (const Opening& opening : openings) text += ufw_lines(opening);
  return text + "  return \"$failed\"\n}\n\n";
}

/// A published port is the one that was asked for, before it was translated to the container's.
std::string guard(const char* command, Opening::Family family, const std::vector<Opening>& openings) {
  std::string text = fmt::format("guard_{0}() {{\n  guard_containers {0} <<'END_OF_RULES'\n", command);
  for (const Opening& opening : openings) {
    const bool is_meant = opening.family == family || opening.family == Opening::Family::any;
    if (opening.way != Opening::Way::in || !is_meant) continue;
    const std::string source = opening.network.empty() ? "" : fmt::format("-s {} ", opening.network);
    for (const char* protocol : {"tcp", "udp"}) {
      text += fmt::format("-A DOCKER-USER {}-p {} -m conntrack --ctorigdstport {} -j ACCEPT\n", source, protocol,
                          ports_text(opening));
    }
  }
  return text + "END_OF_RULES\n}\n";
}

}  // namespace

Result<std::string> firewall_script(const FirewallRules& rules, const std::vector<std::int32_t>& ssh_ports) {
  const Result<std::vector<Opening>> openings = openings_of(rules);
  if (!openings) return tl::unexpected(openings.error());
  FirewallRules for_ssh;
  for (const std::int32_t port : ssh_ports) for_ssh.ingress.push_back({"", port, port, {}});
  const Result<std::vector<Opening>> ssh = openings_of(for_ssh);
  if (!ssh) return tl::unexpected(refused(Errc::invalid_request, "ssh_port", "must be a port (1 to 65535)"));

  std::string ports;
  for (const Opening& opening : *ssh) ports += (ports.empty() ? "" : " ") + ports_text(opening);
  const std::string wanted = allow_openings(*openings);
  std::string script = installer;
  script += program_head;
  script += wanted;
  script += guard("iptables", Opening::Family::v4, *openings);
  script += guard("ip6tables", Opening::Family::v6, *openings);
  script += fmt::format("\nordered_ssh_ports='{}'\nordered={}\n", ports, sha256_hex(ports + "\n" + wanted));
  script += program_tail;
  script += starters;
  return script;
}

}  // namespace tally
