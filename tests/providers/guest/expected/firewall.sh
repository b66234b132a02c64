#!/bin/sh
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
#!/bin/sh
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

allow_openings() {
  failed=0
  ufw allow in from 10.99.0.0/24 to any port 8000:8002 proto tcp || failed=1
  ufw allow in from 10.99.0.0/24 to any port 8000:8002 proto udp || failed=1
  ! has_ipv6 || ufw allow in from fd00:99::/64 to any port 8000:8002 proto tcp || failed=1
  ! has_ipv6 || ufw allow in from fd00:99::/64 to any port 8000:8002 proto udp || failed=1
  ufw allow in from any to any port 8080 || failed=1
  ufw allow in from 10.99.0.0/24 to any port 9000 || failed=1
  ufw allow out to any port 53:54 proto tcp || failed=1
  ufw allow out to any port 53:54 proto udp || failed=1
  ufw allow out to 192.0.2.0/24 port 443 || failed=1
  return "$failed"
}

guard_iptables() {
  guard_containers iptables <<'END_OF_RULES'
-A DOCKER-USER -s 10.99.0.0/24 -p tcp -m conntrack --ctorigdstport 8000:8002 -j ACCEPT
-A DOCKER-USER -s 10.99.0.0/24 -p udp -m conntrack --ctorigdstport 8000:8002 -j ACCEPT
-A DOCKER-USER -p tcp -m conntrack --ctorigdstport 8080 -j ACCEPT
-A DOCKER-USER -p udp -m conntrack --ctorigdstport 8080 -j ACCEPT
-A DOCKER-USER -s 10.99.0.0/24 -p tcp -m conntrack --ctorigdstport 9000 -j ACCEPT
-A DOCKER-USER -s 10.99.0.0/24 -p udp -m conntrack --ctorigdstport 9000 -j ACCEPT
END_OF_RULES
}
guard_ip6tables() {
  guard_containers ip6tables <<'END_OF_RULES'
-A DOCKER-USER -s fd00:99::/64 -p tcp -m conntrack --ctorigdstport 8000:8002 -j ACCEPT
-A DOCKER-USER -s fd00:99::/64 -p udp -m conntrack --ctorigdstport 8000:8002 -j ACCEPT
-A DOCKER-USER -p tcp -m conntrack --ctorigdstport 8080 -j ACCEPT
-A DOCKER-USER -p udp -m conntrack --ctorigdstport 8080 -j ACCEPT
END_OF_RULES
}

ordered_ssh_ports='22'
ordered=736d3fe04df9d397280f837d79aa766e36b427cd5fcfc6bb11614b6fc5c522d9

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

put /etc/systemd/system/tally-firewall.service 0644 <<'END_OF_UNIT'
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
