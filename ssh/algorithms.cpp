#include "ssh/algorithms.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tally {
namespace {
using TypeAlgorithms = std::pair<std::string_view, std::string_view>;
constexpr std::array<TypeAlgorithms, 5> algorithms_of_types{TypeAlgorithms{"ssh-ed25519", "ssh-ed25519"},
                                                            {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"},
                                                            {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"},
                                                            {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"},
                                                            {"ssh-rsa", "rsa-sha2-512,rsa-sha2-256"}};
}  // namespace

std::string host_key_algorithms(const std::vector<HostKey>& expected) {
  if (expected.empty()) return key_algorithms;
  std::string list;
  for (const auto& [type, algorithms] : algorithms_of_types) {
    const bool is_expected = std::any_of(expected.begin(), expected.end(),
                                         [wanted = type](const HostKey& key) { return key.type == wanted; });
    if (!is_expected) continue;
    if (!list.empty()) list += ',';
    list += algorithms;
  }
  return list;
}

}  // namespace tally
