#include "cloud/credential.hpp"

#include <algorithm>

#include "runtime/ascii.hpp"

namespace tally {

bool is_credential_ref(std::string_view text) {
  constexpr std::size_t longest = 39;
  if (text.empty() || text.size() > longest || text.front() == '-' || text.back() == '-') return false;
  if (text.find("--") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return ascii::is_lower(c) || ascii::is_digit(c) || c == '-'; });
}

}  // namespace tally
