#include "cloud/architecture.hpp"

#include <boost/algorithm/string/trim.hpp>

#include "runtime/ascii.hpp"

namespace tally {

std::string normalize_architecture(std::string_view vendor_text) {
  const std::string word = ascii::lower(boost::algorithm::trim_copy(std::string(vendor_text)));
  if (word == "x86_64" || word == "amd64") return "x86_64";
  return word == "arm64" || word == "aarch64" ? "arm64" : "unknown";
}

}  // namespace tally
