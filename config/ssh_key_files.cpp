#include "config/ssh_key_files.hpp"

#include <string_view>

namespace tally {

PrivateFile read_ssh_key_file(const std::filesystem::path& file) {
  PrivateFile contents = read_private_file(file);
  if (contents.problem.empty() && contents.text.empty()) return {Secret(), FileFault::unusable, "is empty"};
  return contents;
}

PrivateFile read_passphrase_file(const std::filesystem::path& file) {
  PrivateFile contents = read_private_file(file);
  if (!contents.problem.empty()) return contents;
  std::string_view line = contents.text.reveal();
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return {Secret(), FileFault::unusable, "is empty"};
  if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return {Secret(), FileFault::unusable, "is more than one line of text"};
  }
  contents.text = Secret(std::string(line));
  return contents;
}

}  // namespace tally
