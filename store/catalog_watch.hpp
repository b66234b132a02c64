// Sees when a path of the catalog leads to another file than the one that is open: somebody deleted or replaced the
// catalog, or a cleaner took its log away. Looks by stat, never by open (store/files.hpp says why). Any thread.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "runtime/clock.hpp"
#include "store/files.hpp"

namespace tally {

class CatalogWatch {
 public:
  enum class Part {
    catalog,
    log,   // catalog.db-wal
    index  // catalog.db-shm, the log's index
  };

  /// The files as they are now: open, all three. `opened` is where SQLite found the catalog, beside which its log is;
  /// `path` may lead there by links. Throws StoreError.
  CatalogWatch(std::filesystem::path path, const std::filesystem::path& opened);

  /// The first part that is not at its place any more, or the catalog when it was emptied where it is. What cannot be
  /// looked at is believed to be there.
  [[nodiscard]] std::optional<Part> lost() const;
  [[nodiscard]] bool is_in_place(Part part) const;

  [[nodiscard]] const std::filesystem::path& log() const { return place_of(Part::log).path; }

  /// Takes a log that is still at its place, and that the catalog there must not meet, out of its way (set_aside in
  /// store/files.hpp), and removes its index. Answers the log's new name, if it has one. Throws StoreError.
  [[nodiscard]] std::optional<std::filesystem::path> set_log_aside(Timestamp now) const;

 private:
  struct Place {
    std::filesystem::path path;
    FileId file;
  };
  [[nodiscard]] const Place& place_of(Part part) const { return places_.at(static_cast<std::size_t>(part)); }

  std::array<Place, 3> places_;
};

/// "catalog.db" and so on, for people.
std::string name_of(CatalogWatch::Part part);

}  // namespace tally
