// Values that remembered rows have alike, each held once: a region with what is said of it, by all the types that are
// sold there. One answer at a time.
#pragma once

#include <memory>
#include <set>
#include <utility>

namespace tally {

/// T is ordered by all that it says.
template <class T>
class SharedValues {
 public:
  using Value = std::shared_ptr<const T>;

  /// The equal one that came first, if anybody has it still; else `value`.
  Value share(Value value) { return *values_.insert(std::move(value)).first; }

  /// Those that nobody else has.
  void forget_unused() {
    std::erase_if(values_, [](const Value& value) { return value.use_count() == 1; });
  }

 private:
  struct Less {
    bool operator()(const Value& a, const Value& b) const { return *a < *b; }
  };

  std::set<Value, Less> values_;
};

}  // namespace tally
