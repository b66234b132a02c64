#include "config/credential_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "config/toml_reader.hpp"

namespace tally {
namespace {

constexpr off_t largest_file = off_t{64} * 1024;

bool is_below(const std::filesystem::path& file, const std::filesystem::path& directory) {
  if (directory.empty()) return false;
  const auto relative =
      std::filesystem::weakly_canonical(file).lexically_relative(std::filesystem::weakly_canonical(directory));
  return !relative.empty() && *relative.begin() != "..";
}

/// systemd and container engines choose the bits of what they hand over.
bool is_handed_over(const std::filesystem::path& file) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return is_below(file, directory == nullptr ? "" : directory) || is_below(file, "/run/secrets");
}

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& file)
      : value_(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

/// The file's text, or what is wrong with the file.
struct Contents {
  std::string text;
  std::string problem;
};

Contents read_private_file(const std::filesystem::path& file) {
  const Descriptor descriptor(file);
  struct stat status{};
  if (descriptor.get() < 0 || fstat(descriptor.get(), &status) != 0) {
    return {"", fmt::format("cannot be read: {}", std::strerror(errno))};
  }
  if (!S_ISREG(status.st_mode)) return {"", "is not a regular file"};
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0 && !is_handed_over(file)) {
    return {"",
            fmt::format("others may read it (mode {:04o}); run: chmod 600 {}", status.st_mode & 07777U, file.string())};
  }
  if (status.st_size > largest_file) return {"", "is larger than 64 KiB"};
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t size = read(descriptor.get(), text.data(), text.size());
  if (size < 0) return {"", fmt::format("cannot be read: {}", std::strerror(errno))};
  text.resize(static_cast<std::size_t>(size));
  return {std::move(text), ""};
}

std::string fault_of(const boost::json::value& value) {
  if (!value.is_string()) return "must be a text";
  const auto& text = value.get_string();
  if (text.empty()) return "is empty";
  const auto is_blank = [](unsigned char c) { return c <= 0x20 || c == 0x7f; };
  // A PEM key inside JSON has line breaks within, never around it.
  if (is_blank(static_cast<unsigned char>(text.front())) || is_blank(static_cast<unsigned char>(text.back()))) {
    return "begins or ends with white space";
  }
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 && c != '\n' && c != '\r'; })) {
    return "holds a control character";
  }
  return "";
}

}  // namespace

SecretFields read_credential_file(const std::filesystem::path& file, const ProviderDescription& provider,
                                  std::vector<ConfigProblem>& problems) {
  SecretFields fields;
  ProblemList list(file, problems);
  Contents contents = read_private_file(file);
  if (!contents.problem.empty()) {
    list.add(0, "", contents.problem);
    return fields;
  }
  boost::system::error_code failure;
  const boost::json::value json = boost::json::parse(contents.text, failure);
  explicit_bzero(contents.text.data(), contents.text.size());
  if (failure || !json.is_object()) {
    list.add(0, "", "is not a JSON object");
    return fields;
  }
  std::vector<std::string> known;
  for (const CredentialField& field : provider.credential_fields) known.emplace_back(field.name);
  for (const auto& [key, value] : json.get_object()) {
    const std::string name(key);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string meant = nearest(name, known);
      list.add(0, name, meant.empty() ? "unknown field" : fmt::format("unknown field; is \"{}\" meant?", meant));
    } else if (const std::string fault = fault_of(value); !fault.empty()) {
      list.add(0, name, fault);
    } else {
      fields.emplace(name, Secret(std::string(value.get_string())));
    }
  }
  for (const CredentialField& field : provider.credential_fields) {
    if (field.is_required && !json.get_object().contains({field.name.data(), field.name.size()})) {
      list.add(0, std::string(field.name), "is missing");
    }
  }
  return fields;
}

}  // namespace tally
