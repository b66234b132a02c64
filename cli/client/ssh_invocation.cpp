#include "cli/client/ssh_invocation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>

#include "cloud/ssh_place.hpp"
#include "runtime/ascii.hpp"

namespace tally::cli {
namespace {

constexpr std::string_view name_marks = "._-";
constexpr std::string_view key_marks = "._-+/=@";

bool is_harmless(char c, std::string_view marks) {
  return ascii::is_letter_or_digit(c) || marks.find(c) != std::string_view::npos;
}

bool is_harmless(const std::string& text, std::string_view marks) {
  return !text.empty() && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [marks](char c) { return is_harmless(c, marks); });
}

/// ssh looks keys up by the alias, and patterns and lists must not be read into it. It need not be unique: no keys but
/// those of the one hop are offered.
std::string alias_of(const SshHop& hop) {
  std::string alias = hop.name;
  std::replace_if(alias.begin(), alias.end(), [](char c) { return !is_harmless(c, name_marks); }, '_');
  return alias;
}

/// An RSA key signs in several ways; of SHA-1 nothing is taken.
std::string algorithms_of(const std::string& key_type) {
  return key_type == "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : key_type;
}

/// ssh replaces %-tokens in it and splits it at blanks; printf takes the format again for each key.
std::string known_hosts_command(const SshHop& hop) {
  std::string command = R"(/usr/bin/printf "%%s %%s %%s\n")";
  for (const SeenKey& key : hop.keys) command += fmt::format(" {} {} {}", alias_of(hop), key.type, key.public_key);
  return command;
}

void add_options(std::vector<std::string>& words, const SshHop& hop, const std::string& identity) {
  std::string algorithms;
  for (const SeenKey& key : hop.keys) {
    const std::string more = algorithms_of(key.type);
    if (("," + algorithms + ",").find("," + more + ",") != std::string::npos) continue;
    algorithms += (algorithms.empty() ? "" : ",") + more;
  }
  const std::vector<std::string> options = {
      "StrictHostKeyChecking=yes",
      "UserKnownHostsFile=/dev/null",
      "GlobalKnownHostsFile=/dev/null",
      "KnownHostsCommand=" + known_hosts_command(hop),
      "HostKeyAlias=" + alias_of(hop),
      "HostKeyAlgorithms=" + algorithms,
      "UpdateHostKeys=no",
      "VerifyHostKeyDNS=no",  // a signed record would be taken instead of the pin
      "ControlPath=none",     // a shared connection may lead to the one who had the address before
  };
  for (const std::string& option : options) words.insert(words.end(), {"-o", option});
  if (!identity.empty()) words.insert(words.end(), {"-o", "IdentitiesOnly=yes", "-i", identity});
  words.insert(words.end(), {"-l", hop.user, "-p", std::to_string(hop.port)});
}

/// Not ProxyJump: ssh would not hand it the bastion's pin.
std::string proxy_command(const SshHop& bastion, const SshHop& target, const std::string& identity) {
  std::vector<std::string> words = {"ssh"};
  add_options(words, bastion, identity);
  const std::string host = target.host.find(':') == std::string::npos ? target.host : "[" + target.host + "]";
  words.insert(words.end(), {"-W", fmt::format("{}:{}", host, target.port), "--", bastion.host});
  return boost::algorithm::replace_all_copy(to_shell(words), "%", "%%");
}

std::string quoted(const std::string& word) {
  static constexpr std::string_view marks = "._-+/=@:,%";
  const bool is_plain =
      !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return is_harmless(c, marks); });
  return is_plain ? word : "'" + boost::algorithm::replace_all_copy(word, "'", R"('\'')") + "'";
}

}  // namespace

std::string fault_of(const SshHop& hop) {
  if (std::string fault = fault_of_ssh_host(hop.host); !fault.empty()) return fault;
  if (std::string fault = fault_of_ssh_user(hop.user); !fault.empty()) return fault;
  const bool has_odd_key = std::any_of(hop.keys.begin(), hop.keys.end(), [](const SeenKey& key) {
    return !is_harmless(key.type, key_marks) || !is_harmless(key.public_key, key_marks);
  });
  if (hop.keys.empty() || has_odd_key) return "its host key is not known in full";
  return "";
}

std::vector<std::string> ssh_words(const SshInvocation& invocation) {
  std::vector<std::string> words = {"ssh"};
  add_options(words, invocation.target, invocation.identity);
  if (invocation.bastion) {
    words.insert(words.end(),
                 {"-o", "ProxyCommand=" + proxy_command(*invocation.bastion, invocation.target, invocation.identity)});
  }
  words.insert(words.end(), {"--", invocation.target.host});
  words.insert(words.end(), invocation.command.begin(), invocation.command.end());
  return words;
}

std::string to_shell(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + quoted(word);
  return line;
}

}  // namespace tally::cli
