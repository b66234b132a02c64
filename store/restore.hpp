// Puts a backup in the catalog's place. Whoever calls holds the StateLock.
#pragma once

#include <filesystem>

namespace tally {

/// Copies the backup, checked, into the catalog's place. The catalog that was there becomes
/// `catalog.db.before-restore`, whole: its log is moved into it first, or kept beside it under its name when that
/// cannot be done; an earlier one of that name becomes `….before-restore.1`, `.2` and so on. Killed at any moment it
/// leaves one catalog in place, the old one or the new one, and the next call goes on from there. Answers where the
/// catalog that was there is now; empty when there was none. Throws StoreError: 66 no such backup, 65 not a catalog,
/// damaged, or newer than this program, 75 a program is reading the catalog; the catalog is as it was then.
std::filesystem::path restore_catalog(const std::filesystem::path& backup, const std::filesystem::path& catalog);

}  // namespace tally
