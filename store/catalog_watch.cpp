#include "store/catalog_watch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <cerrno>

#include "store/error.hpp"

namespace tally {
namespace {

bool leads_to(const std::filesystem::path& path, const FileId& file) {
  struct stat now{};
  if (stat(path.c_str(), &now) == 0) return FileId{now.st_dev, now.st_ino} == file;
  return errno != ENOENT && errno != ENOTDIR;
}

void rename_or_throw(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failure;
  std::filesystem::rename(from, to, failure);
  if (failure) throw StoreError(fmt::format("{}: {}", from.string(), failure.message()), EX_IOERR);
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
  return std::nullopt;
}

bool CatalogWatch::is_in_place(Part part) const {
  const Place& place = place_of(part);
  return leads_to(place.path, place.file);
}

std::optional<std::filesystem::path> CatalogWatch::set_log_aside(Timestamp now) const {
  const Place& log = place_of(Part::log);
  const std::string suffix = fmt::format(".replaced-{}", now.time_since_epoch().count());
  const bool is_kept = is_in_place(Part::log) && has_bytes(log.path);
  for (const Part part : {Part::log, Part::index}) {
    if (!is_in_place(part)) continue;
    const Place& place = place_of(part);
    std::error_code gone;
    if (is_kept) {
      rename_or_throw(place.path, beside(place.path, suffix.c_str()));
    } else {
      std::filesystem::remove(place.path, gone);
    }
  }
  if (!is_kept) return std::nullopt;
  return beside(log.path, suffix.c_str());
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
