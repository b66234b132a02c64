#include "config/private_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

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
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

}  // namespace

PrivateFile read_private_file(const std::filesystem::path& file) {
  const Descriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (descriptor.get() < 0 || fstat(descriptor.get(), &status) != 0) {
    return {Secret(), fmt::format("cannot be read: {}", std::strerror(errno))};
  }
  if (!S_ISREG(status.st_mode)) return {Secret(), "is not a regular file"};
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0 && !is_handed_over(file)) {
    return {Secret(),
            fmt::format("others may read it (mode {:04o}); run: chmod 600 {}", status.st_mode & 07777U, file.string())};
  }
  if (status.st_size > largest_file) return {Secret(), "is larger than 64 KiB"};
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t size = read(descriptor.get(), text.data(), text.size());
  if (size < 0) return {Secret(), fmt::format("cannot be read: {}", std::strerror(errno))};
  text.resize(static_cast<std::size_t>(size));
  return {Secret(std::move(text)), ""};
}

std::string make_private_file(const std::filesystem::path& file, const Secret& text) {
  const Descriptor descriptor(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (descriptor.get() < 0) return fmt::format("cannot be made: {}", std::strerror(errno));
  const std::string_view bytes = text.reveal();
  const bool is_written = write(descriptor.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                          fsync(descriptor.get()) == 0;
  if (is_written) return "";
  std::string problem = fmt::format("cannot be written: {}", std::strerror(errno));
  std::error_code gone;
  std::filesystem::remove(file, gone);
  return problem;
}

}  // namespace tally
