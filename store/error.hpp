// What ends a program: a file failed us (catalog or vault: missing, damaged, newer, full disk, locked), or a command
// cannot do what it was told.
#pragma once

#include <stdexcept>
#include <string>

namespace tally {

class StoreError : public std::runtime_error {
 public:
  /// Codes of sysexits.h: 64 usage, 65 data (damaged, newer, not ours), 66 no such file, 69 no catalog or no daemon,
  /// 70 our own fault, 73 cannot be made, 74 I/O, 75 try again later, 77 permission, 78 configuration or key; 1:
  /// refused, or not agreed to.
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
