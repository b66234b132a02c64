// The catalog file failed us: missing, damaged, newer, full disk, locked.
#pragma once

#include <stdexcept>
#include <string>

namespace tally {

class StoreError : public std::runtime_error {
 public:
  /// sysexits codes (sysexits.h): 65 data (damaged, newer, not ours), 74 I/O, 77 permission.
  StoreError(const std::string& what, int exit_code) : std::runtime_error(what), exit_code_(exit_code) {}
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

/// The catalog that is open is not the one in its place any more: deleted or replaced, or its log is. Nothing may be
/// written, and the process must end (74): a log must never meet another file.
class CatalogLost : public StoreError {
 public:
  using StoreError::StoreError;
};

}  // namespace tally
