// Puts a backup in the catalog's place. Whoever calls holds the StateLock.
#pragma once

#include <filesystem>

namespace tally {

/// What was there before, and where it is now.
struct Restored {
  std::filesystem::path catalog;  // empty when there was none
  std::filesystem::path log;      // of a catalog that is not there any more, or was emptied; empty when there was none
};

/// Removes what a restore that was killed left beside the catalog, which nothing needs: the next one copies anew.
void remove_unfinished_restore(const std::filesystem::path& catalog);

/// Copies the backup, checked, into the catalog's place, or to where a link there leads. The catalog that was there
/// becomes `catalog.db.before-restore`, whole: its log is moved into it first, or kept beside it under its name when
/// that cannot be done; an earlier one of that name becomes `….before-restore.1`, `.2` and so on. A log without a
/// catalog becomes `catalog.db-wal.replaced-<ms>`. Killed at any moment it leaves one catalog in place, the old one or
/// the new one, and the next call goes on from there. Throws StoreError: 66 no such backup, 65 not a catalog, damaged,
/// newer than this program, or to be put where no regular file is, 75 a program is reading the catalog; the catalog is
/// as it was then.
Restored restore_catalog(const std::filesystem::path& backup, const std::filesystem::path& place);

}  // namespace tally
