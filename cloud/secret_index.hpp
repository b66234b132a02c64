// Where secrets stand in a text, in one pass over it: by hashes of what may not be seen. Immutable once built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/secret.hpp"

namespace tally {

/// A set of texts of one length, of which only hashes are kept.
class HashedTexts {
 public:
  explicit HashedTexts(std::size_t length);
  void add(std::string_view text);  // of that length
  /// After the last add().
  void close();
  [[nodiscard]] std::size_t length() const { return length_; }
  [[nodiscard]] bool holds(std::uint64_t hash) const;

  /// The hash of the last `length` characters of a text that is read on and on.
  class Window {
   public:
    explicit Window(const HashedTexts& of) : of_(of) {}
    /// `leaving` is the character `length` before, 0 while there is none.
    void read(char entering, char leaving);
    [[nodiscard]] std::uint64_t hash() const { return hash_; }

   private:
    const HashedTexts& of_;
    std::uint64_t hash_ = 0;
  };

 private:
  [[nodiscard]] std::size_t slot(std::uint64_t hash) const;

  std::size_t length_;
  std::uint64_t weight_ = 1;  // of the character that leaves
  std::vector<std::uint64_t> hashes_;
  std::vector<bool> slots_;  // most texts are told apart here
};

class SecretIndex {
 public:
  explicit SecretIndex(const std::vector<Secret>& values);

  struct Place {
    std::size_t begin;
    std::size_t end;
  };
  /// Ordered, apart from each other, on character boundaries.
  [[nodiscard]] std::vector<Place> find(std::string_view text) const;

  [[nodiscard]] bool is_empty() const { return values_.empty(); }

 private:
  struct Reading;
  void add(const Secret& value);
  void add_runs(std::string_view characters);
  void find(std::string_view text, const Reading& reading, std::vector<Place>& places) const;
  void find_ends(std::string_view text, const Reading& reading, std::size_t at, std::vector<Place>& places) const;

  std::vector<Secret> values_;  // without white space
  HashedTexts runs_;
  HashedTexts ends_;  // the first and the last characters of each
};

}  // namespace tally
