// Remembers what the rows of the last answer became, by their raw text: an unchanged vendor row costs one hash, and
// yields the very same objects, which the diff recognises by their address. One decode at a time.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tally {

template <class Value>
class RowMemo {
 public:
  /// A new answer begins. What an answer left that did not come to its end is forgotten.
  void begin() { current_.clear(); }

  /// The value for this text: the last answer's, else what `decode` makes of it.
  template <class Decode>
  Value& get(std::string_view text, Decode decode) {
    if (const auto at = current_.find(text); at != current_.end()) return at->second;
    if (const auto at = previous_.find(text); at != previous_.end()) {
      return current_.insert(previous_.extract(at)).position->second;
    }
    return current_.emplace(std::string(text), decode(text)).first->second;
  }

  /// The answer is complete: what it did not contain is forgotten.
  void finish() {
    previous_ = std::exchange(current_, {});
    current_.reserve(previous_.size());
  }

  /// Forgets everything: the same text would mean something else now.
  void clear() {
    previous_.clear();
    current_.clear();
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Map = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  Map previous_;
  Map current_;
};

}  // namespace tally
