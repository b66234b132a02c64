#include "cloud/ssh_place.hpp"

#include <algorithm>

#include "runtime/ascii.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace {

constexpr std::size_t longest_part = 255;         // of a host by DNS, of a user by what systems take
constexpr std::string_view host_marks = "._-:%";  // fe80::1%eth0
constexpr std::string_view user_marks = "._-+@";

bool is_port(std::int32_t port) { return port >= 1 && port <= 65535; }

bool is_taken(char c, std::string_view marks) {
  return ascii::is_letter_or_digit(c) || marks.find(c) != std::string_view::npos;
}

bool is_taken(std::string_view name, std::string_view marks) {
  return name.front() != '-' && std::all_of(name.begin(), name.end(), [marks](char c) { return is_taken(c, marks); });
}

std::string quoted(std::string_view name) { return "\"" + printable(name, 64) + "\""; }

}  // namespace

int ssh_port_outside(const SshPortFacts& facts) {
  if (facts.configured) return *facts.configured;
  if (facts.of_vendor && is_port(*facts.of_vendor)) return *facts.of_vendor;
  for (const PortMapping& mapping : facts.mappings) {
    if (mapping.to_port == facts.usual && is_port(mapping.from_port)) return mapping.from_port;
  }
  return facts.usual;
}

int ssh_port_inside(const SshPortFacts& facts) {
  if (facts.configured) return *facts.configured;
  const int outside = ssh_port_outside(facts);
  for (const PortMapping& mapping : facts.mappings) {
    if (mapping.from_port == outside && is_port(mapping.to_port)) return mapping.to_port;
  }
  return outside;
}

std::string fault_of_ssh_host(std::string_view host) {
  if (host.empty()) return "it has no address";
  if (host.size() > longest_part) return "its address is too long: " + quoted(host);
  return is_taken(host, host_marks) ? "" : "its address is no name and no address: " + quoted(host);
}

std::string fault_of_ssh_user(std::string_view user) {
  if (user.empty()) return "there is no user to log in as";
  if (user.size() > longest_part) return "its user's name is too long: " + quoted(user);
  return is_taken(user, user_marks) ? "" : "its user is none that SSH takes: " + quoted(user);
}

}  // namespace tally
