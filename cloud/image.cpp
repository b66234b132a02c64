#include "cloud/image.hpp"

#include <algorithm>

#include "cloud/wildcards.hpp"

namespace tally {
namespace {

template <class Fits>
bool has_one(const std::vector<std::string>& wanted, Fits fits) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), fits);
}

}  // namespace

bool matches(const ImageQuery& query, const Image& image) {
  return has_one(query.ids, [&](const std::string& id) { return id == image.id; }) &&
         has_one(query.architectures, [&](const std::string& name) { return name == image.architecture; }) &&
         has_one(query.names, [&](const std::string& pattern) { return fits_wildcards(pattern, image.name); });
}

}  // namespace tally
