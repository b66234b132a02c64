// Opening the catalog file: refuse what is not ours without touching it, make it when there is none, migrate it
// forward.
#pragma once

#include <filesystem>
#include <string>

#include "store/sqlite.hpp"

namespace tally {

/// A connection that may write, schema up to date; once a process, while nobody else in it has the file open (checks
/// before the first opening take no locks, and end any that there were). A file whose last user was not tallyd's clean
/// stop is read whole first (quick_check). Where there is no catalog, or an empty file, and a log of one, the
/// log is set aside, which the program's log tells. What a killed restore or start left beside it is removed: whoever
/// calls holds the StateLock. Throws StoreError with what to do.
sqlite::Connection open_catalog_file(const std::filesystem::path& path);

/// Throws StoreError unless the connection's file is a catalog that this program can read: by its header, which SQLite
/// reads (see store/files.hpp why). That it is damaged, or cannot be read, is an sqlite::Error, which names no file.
void check_catalog_header(sqlite::Connection& connection, const std::filesystem::path& file);

/// "ok", or what is wrong with the first page that is. Reads every page.
std::string damage_of(sqlite::Connection& connection);

}  // namespace tally
