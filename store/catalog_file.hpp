// Opening the catalog file: refuse what is not ours without touching it, make it when there is none, migrate it
// forward.
#pragma once

#include <filesystem>

#include "store/sqlite.hpp"

namespace tally {

/// A connection that may write, schema up to date. Throws StoreError with what to do.
sqlite::Connection open_catalog_file(const std::filesystem::path& file);

/// Throws StoreError unless the file is a catalog that this program can read. Reads the header only.
void check_catalog_header(const std::filesystem::path& file);

}  // namespace tally
