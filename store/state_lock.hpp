// One daemon per state directory: a lock held as long as this object lives, released by the kernel when the process
// dies however it dies. Whoever puts other files in the catalog's place holds it, too.
#pragma once

#include <filesystem>

#include "store/error.hpp"
#include "store/files.hpp"

namespace tally {

class StateLock {
 public:
  /// Makes the directory (0750) when there is none, then locks the directory itself, which nobody can take away from
  /// under the lock, and `DIR/lock`, where versions before looked. Where `DIR/catalog.db` is a link, the directory that
  /// it leads into is locked, too: it may be another daemon's. Throws StoreError: 74 I/O, 75 held by another process,
  /// 77 permission.
  explicit StateLock(const std::filesystem::path& state_dir);

 private:
  Descriptor directory_;
  Descriptor file_;
  Descriptor catalog_directory_;  // where it is another one
};

}  // namespace tally
