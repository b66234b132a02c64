#include "simcloud/ssh_homes.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace tally::simcloud {

SshHomes::~SshHomes() {
  std::error_code ignored;
  if (!root_.empty()) std::filesystem::remove_all(root_, ignored);
}

std::filesystem::path SshHomes::make(const std::string& instance) {
  if (root_.empty()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "simcloud-homes-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), pattern);
    root_ = pattern;
  }
  std::filesystem::create_directory(root_ / instance);
  return path(instance);
}

std::filesystem::path SshHomes::path(const std::string& instance) const {
  return root_.empty() ? std::filesystem::path() : root_ / instance;
}

void SshHomes::remove(const std::string& instance) {
  std::error_code ignored;
  if (!root_.empty()) std::filesystem::remove_all(path(instance), ignored);
}

}  // namespace tally::simcloud
