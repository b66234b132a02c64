#include "config/private_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "config/text_fault.hpp"

namespace tally {
namespace {

constexpr std::size_t largest_private_file = std::size_t{64} * 1024;

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

struct Problem {
  FileFault fault = FileFault::none;
  std::string words;
};

Problem cannot_be_read(int number) {
  const bool is_missing = number == ENOENT || number == ENOTDIR;
  const bool is_not_permitted = number == EACCES || number == EPERM;
  const FileFault fault = is_missing         ? FileFault::missing
                          : is_not_permitted ? FileFault::not_permitted
                                             : FileFault::unusable;
  return {fault, fmt::format("cannot be read: {}", std::strerror(number))};
}

/// Reads a regular file of at most `limit` bytes whose permission bits `mode_fault` finds right (""). What is wrong.
template <class ModeFault>
Problem read_file(const std::filesystem::path& file, std::size_t limit, ModeFault mode_fault, std::string& text) {
  const Descriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (descriptor.get() < 0 || fstat(descriptor.get(), &status) != 0) return cannot_be_read(errno);
  if (!S_ISREG(status.st_mode)) return {FileFault::unusable, "is not a regular file"};
  if (std::string words = mode_fault(status.st_mode); !words.empty()) return {FileFault::not_permitted, words};
  if (static_cast<std::size_t>(status.st_size) > limit) {
    return {FileFault::unusable, fmt::format("is larger than {} KiB", limit / 1024)};
  }
  text.resize(static_cast<std::size_t>(status.st_size));
  const ssize_t size = read(descriptor.get(), text.data(), text.size());
  if (size < 0) return cannot_be_read(errno);
  text.resize(static_cast<std::size_t>(size));
  text.erase(0, text.size() - without_byte_order_mark(text).size());
  std::string words = encoding_fault(text);
  return {words.empty() ? FileFault::none : FileFault::unusable, std::move(words)};
}

}  // namespace

PrivateFile read_private_file(const std::filesystem::path& file) {
  const auto mode_fault = [&file](mode_t mode) -> std::string {
    if ((mode & (S_IRWXG | S_IRWXO)) == 0 || is_handed_over(file)) return "";
    return fmt::format("others may read it (mode {:04o}); run: chmod 600 {}", mode & 07777U, file.string());
  };
  std::string text;
  Problem problem = read_file(file, largest_private_file, mode_fault, text);
  return {Secret(std::move(text)), problem.fault, std::move(problem.words)};
}

std::filesystem::path private_file_path(const std::string& name) {
  std::filesystem::path file = name;
  if (file.is_absolute()) return file;
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory == nullptr ? std::filesystem::path() : std::filesystem::path(directory) / file;
}

PublicFile read_public_file(const std::filesystem::path& file, std::size_t limit) {
  const auto mode_fault = [&file](mode_t mode) -> std::string {
    if ((mode & S_IWOTH) == 0) return "";
    return fmt::format("everybody may write it (mode {:04o}); run: chmod o-w {}", mode & 07777U, file.string());
  };
  PublicFile read;
  read.problem = read_file(file, limit, mode_fault, read.text).words;
  return read;
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
