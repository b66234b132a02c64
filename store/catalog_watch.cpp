#include "store/catalog_watch.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "store/error.hpp"

namespace tally {
namespace {

bool leads_to(const std::filesystem::path& path, const FileId& file) {
  struct stat now{};
  if (stat(path.c_str(), &now) == 0) return FileId{now.st_dev, now.st_ino} == file;
  return errno != ENOENT && errno != ENOTDIR;
}

/// A catalog never is: its first page is there from the first moment.
bool was_emptied(const std::filesystem::path& file) {
  struct stat now{};
  return stat(file.c_str(), &now) == 0 && now.st_size == 0;
}

}  // namespace

CatalogWatch::CatalogWatch(std::filesystem::path path, const std::filesystem::path& opened) {
  const std::filesystem::path log = beside(opened, "-wal");
  const std::filesystem::path index = beside(opened, "-shm");
  places_ = {Place{std::move(path), id_of(opened)}, Place{log, id_of(log)}, Place{index, id_of(index)}};
}

std::optional<CatalogWatch::Part> CatalogWatch::lost() const {
  for (const Part part : {Part::catalog, Part::log, Part::index}) {
    if (!is_in_place(part)) return part;
  }
  if (was_emptied(place_of(Part::catalog).path)) return Part::catalog;
  return std::nullopt;
}

bool CatalogWatch::is_in_place(Part part) const {
  const Place& place = place_of(part);
  return leads_to(place.path, place.file);
}

std::optional<std::filesystem::path> CatalogWatch::set_log_aside(Timestamp now) const {
  std::optional<std::filesystem::path> kept;
  if (is_in_place(Part::log)) kept = set_aside(log(), now);
  std::error_code gone;  // the index is made anew from the log
  if (is_in_place(Part::index)) std::filesystem::remove(place_of(Part::index).path, gone);
  return kept;
}

std::string name_of(CatalogWatch::Part part) {
  switch (part) {
    case CatalogWatch::Part::catalog: return "catalog.db";
    case CatalogWatch::Part::log: return "catalog.db-wal";
    case CatalogWatch::Part::index: return "catalog.db-shm";
  }
  return "";
}

}  // namespace tally
