// Remembers what the rows of the last answer became, by their raw text: an unchanged vendor row costs one hash, and
// yields the very same objects, which the diff recognises by their address. The texts are not copied: the answer's body
// is kept instead. One answer at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tally {

template <class Value>
class RowMemo {
 public:
  /// One answer being read. What is not finished when it goes away is forgotten. The memo outlives it.
  class Reading {
   public:
    Reading(RowMemo& memo, std::string body)
        : memo_(memo), body_(std::make_unique<const std::string>(std::move(body))) {}
    ~Reading() { memo_.current_.clear(); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    /// What the rows are texts of.
    [[nodiscard]] const std::string& body() const { return *body_; }

    /// The value for this part of the body: the last answer's for the same text, else what `decode` makes of it.
    template <class Decode>
    Value& get(std::string_view text, Decode decode) {
      Map& current = memo_.current_;
      if (const auto at = current.find(text); at != current.end()) return at->second;
      if (auto known = memo_.previous_.extract(text)) {
        known.key() = text;
        return current.insert(std::move(known)).position->second;
      }
      return current.emplace(text, decode(text)).first->second;
    }

    /// The answer is complete: what it did not contain is forgotten.
    void finish() {
      memo_.previous_ = std::exchange(memo_.current_, {});
      memo_.current_.reserve(memo_.previous_.size());
      memo_.body_ = std::move(body_);
    }

   private:
    RowMemo& memo_;
    std::unique_ptr<const std::string> body_;
  };

 private:
  using Map = std::unordered_map<std::string_view, Value>;
  Map previous_;  // keys: parts of `body_`
  Map current_;   // keys: parts of the body that is being read
  std::unique_ptr<const std::string> body_;
};

}  // namespace tally
