// Remembers what the rows of the last answer became, by the fingerprints of their texts: an unchanged vendor row costs
// one, and yields the very same objects, which the diff recognises by their address. Nothing of the texts is kept. One
// answer at a time.
#pragma once

#include <string_view>
#include <unordered_map>
#include <utility>

#include "runtime/fingerprint.hpp"

namespace tally {

template <class Value>
class RowMemo {
 public:
  /// One answer being read. What is not finished when it goes away is forgotten. The memo outlives it.
  class Reading {
   public:
    explicit Reading(RowMemo& memo) : memo_(memo) {}
    ~Reading() { memo_.current_.clear(); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    /// The value for a row of this text: the last answer's for the same, else what `decode` makes of it.
    template <class Decode>
    Value& get(std::string_view text, Decode decode) {
      const Fingerprint key = fingerprint(text);
      Map& current = memo_.current_;
      if (const auto at = current.find(key); at != current.end()) return at->second;
      if (auto known = memo_.previous_.extract(key)) return current.insert(std::move(known)).position->second;
      return current.emplace(key, decode(text)).first->second;
    }

    /// The answer is complete: what it did not contain is forgotten.
    void finish() {
      memo_.previous_ = std::exchange(memo_.current_, {});
      memo_.current_.reserve(memo_.previous_.size());
    }

   private:
    RowMemo& memo_;
  };

 private:
  using Map = std::unordered_map<Fingerprint, Value>;
  Map previous_;
  Map current_;
};

}  // namespace tally
