// What each SKU of an account is called as a type. A name is given once: it outlives a restart, an answer in which the
// SKU cannot be read, and the coming of another SKU that would have the same. On one strand.
#pragma once

#include <map>
#include <string>

#include "providers/sfcompute/skus.hpp"

namespace tally::sfcompute {

class SkuBook {
 public:
  /// `kept`: to_text() of an earlier one; what of it cannot be read is left out.
  explicit SkuBook(const std::string& kept);

  /// Names the SKUs of an answer. Where several of a region are of one kind, who comes second is told by its alias. A
  /// row that was rejected is told of by its type's ID where its SKU has a name.
  void name(SkuTable& table);

  /// All names, in the form in which they are kept.
  [[nodiscard]] std::string to_text() const;

 private:
  void remember(const SkuTable& table);

  std::map<std::string, SkuName> names_;  // by the SKUs' IDs, also of those that are not there now
};

}  // namespace tally::sfcompute
