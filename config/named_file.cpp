#include "config/named_file.hpp"

#include "config/private_file.hpp"
#include "config/text_fault.hpp"

namespace tally {

std::optional<std::filesystem::path> private_file(TableReader& reader, std::string_view key, const std::string& name) {
  if (name.empty()) {
    reader.problem(key, "is empty: it must name a file");
    return std::nullopt;
  }
  std::filesystem::path file = private_file_path(name);
  if (file.empty()) {
    reader.wrong_path(key, "is relative, but $CREDENTIALS_DIRECTORY is not set; give the whole path");
    return std::nullopt;
  }
  std::error_code failure;
  if (!looks_like_a_path(name) && !std::filesystem::exists(file, failure)) {
    reader.wrong_path(key, "is not the name of a file; a secret must be in a file, and not here");
    return std::nullopt;
  }
  return file;
}

}  // namespace tally
