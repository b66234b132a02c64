// What the store does with files beside SQLite. Never with one that SQLite has open in this process: to close any
// descriptor of a file drops all locks of the process on it (fcntl(2)), also those of SQLite, whose files are then
// anybody's. Any thread.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "runtime/timestamp.hpp"

namespace tally {

/// An open descriptor, or none; closes it.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

/// Which file a path leads to, whatever it is called.
struct FileId {
  dev_t device{};
  ino_t inode{};

  bool operator==(const FileId&) const = default;
};

/// Where the path leads to now, by stat. Throws StoreError when there is nothing, or it cannot be looked at.
FileId id_of(const std::filesystem::path& file);

/// What root makes in a directory of the daemon's user becomes that user's: the daemon must be able to open it.
/// Throws StoreError.
void give_to_owner_of_directory(const std::filesystem::path& file);

/// Makes what was renamed, linked or removed in it survive a power failure, where the file system can.
void sync_directory(const std::filesystem::path& directory);

/// Whether there is something at the path. Throws StoreError when it may not be looked at.
bool is_there(const std::filesystem::path& path);

/// Whether there is something at the path that is no regular file: a directory, a device, a pipe.
bool is_irregular(const std::filesystem::path& path);

/// Throws StoreError, 65, when there is: SQLite would wait for the other end of a pipe, and names none of them.
void require_regular(const std::filesystem::path& path);

/// Whether the file exists and is not empty.
bool has_bytes(const std::filesystem::path& file);

/// Where the path leads to by links, also when nothing is there yet.
std::filesystem::path behind_links(std::filesystem::path path);

/// Takes a log out of the way of a catalog that is not its own: one with bytes is renamed to `<its
/// name>.replaced-<ms>`, an empty one is removed. Answers the new name, if it has one. Throws StoreError.
std::optional<std::filesystem::path> set_aside(const std::filesystem::path& log, Timestamp now);

/// Removes an SQLite file that nobody has open, and what SQLite made beside it, or what bears their names: links
/// themselves, not what they lead to, and no directories.
void remove_with_logs(const std::filesystem::path& file);

/// The file's path with something after its name: "catalog.db" and "-wal".
std::filesystem::path beside(const std::filesystem::path& file, const char* suffix);

}  // namespace tally
