#include "cloud/secret_index.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "runtime/ascii.hpp"

namespace tally {
namespace {

constexpr std::size_t run = 16;  // so many characters of a secret that follow each other give it away
constexpr std::size_t end = 8;   // so many of its first or last do where a text is cut; a shorter secret is a word

constexpr std::uint64_t base = 0x9e3779b97f4a7c15;  // odd
constexpr int slot_bits_at_least = 10;

std::uint64_t weight_of(char c) { return static_cast<unsigned char>(c) + std::uint64_t{1}; }

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::optional<unsigned> hex_digit(char c) {
  if (ascii::is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// The number that `digits` hexadecimal digits at the text's front make.
std::optional<unsigned> hex_number(std::string_view text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const auto digit = hex_digit(text[i]);
    if (!digit) return std::nullopt;
    number = number * 16 + *digit;
  }
  return number;
}

struct Character {
  char value;        // 0: white space
  std::size_t size;  // in the text
};

Character plain(char c) { return {is_blank(c) ? '\0' : c, 1}; }

bool is_escape(char c) { return c == '\\' || c == '%'; }

/// What `\n`, `\/`, `\u002b` or `%2B` stand for.
Character decoded(std::string_view rest) {
  const Character itself = plain(rest.front());
  if (rest.front() == '%') {
    const auto code = hex_number(rest.substr(1), 2);
    return code ? Character{plain(static_cast<char>(*code)).value, 3} : itself;
  }
  if (rest.front() != '\\' || rest.size() < 2) return itself;
  if (rest[1] == 'n' || rest[1] == 'r' || rest[1] == 't') return {'\0', 2};
  if (rest[1] != 'u') return {rest[1], 2};
  const auto code = hex_number(rest.substr(2), 4);
  return code && *code < 0x80 ? Character{plain(static_cast<char>(*code)).value, 6} : itself;
}

std::string without_blanks(std::string_view text) {
  std::string characters;
  std::remove_copy_if(text.begin(), text.end(), std::back_inserter(characters), is_blank);
  return characters;
}

/// What base64 makes of the value behind `before` other bytes, without what those or
/// later ones have a part in.
std::string in_base64(std::string_view value, std::size_t before) {
  const std::string bytes = std::string(before, '\0') + std::string(value);
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  constexpr std::array<std::size_t, 3> first{0, 2, 3};
  const std::size_t last = bytes.size() * 8 / 6;
  return first.at(before) < last ? text.substr(first.at(before), last - first.at(before)) : "";
}

constexpr std::array<std::string_view, 13> secret_marks{
    "\"",
    "'",
    "`",
    "*",
    "...",
    "\xe2\x80\xa6",  // …
    "\xe2\x80\x98",
    "\xe2\x80\x99",
    "\xe2\x80\x9a",
    "\xe2\x80\x9c",
    "\xe2\x80\x9d",
    "\xe2\x80\x9e",
    "\\\"",
};

/// Something that quotes, cuts or hides stands before or behind, or the text ends.
bool is_beside_mark(std::string_view text, SecretIndex::Place place) {
  const std::string_view before = text.substr(0, place.begin);
  const std::string_view behind = text.substr(place.end);
  return behind.empty() || std::any_of(secret_marks.begin(), secret_marks.end(), [&](std::string_view mark) {
           return before.ends_with(mark) || behind.starts_with(mark);
         });
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

// ---- hashed texts
// --------------------------------------------------------------------------------------------

HashedTexts::HashedTexts(std::size_t length) : length_(length), slots_(std::size_t{1} << slot_bits_at_least) {
  for (std::size_t i = 0; i < length; ++i) weight_ *= base;
}

void HashedTexts::add(std::string_view text) {
  Window window(*this);
  for (const char c : text) window.read(c, '\0');
  hashes_.push_back(window.hash());
}

void HashedTexts::close() {
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
  std::size_t size = slots_.size();
  while (size < hashes_.size() * 32) size *= 2;
  slots_.assign(size, false);
  for (const std::uint64_t hash : hashes_) slots_[slot(hash)] = true;
}

std::size_t HashedTexts::slot(std::uint64_t hash) const { return (hash * base >> 20U) & (slots_.size() - 1); }

bool HashedTexts::holds(std::uint64_t hash) const {
  return slots_[slot(hash)] && std::binary_search(hashes_.begin(), hashes_.end(), hash);
}

void HashedTexts::Window::read(char entering, char leaving) {
  hash_ = hash_ * base + weight_of(entering);
  if (leaving != '\0') hash_ -= weight_of(leaving) * of_.weight_;
}

// ---- the index
// -----------------------------------------------------------------------------------------------

/// A text as it is compared: its characters, and where each begins in it.
struct SecretIndex::Reading {
  std::string characters;
  std::vector<std::uint32_t> begins;
  bool has_escapes = false;

  explicit Reading(std::string_view text, bool is_decoded)
      : characters(text.size(), '\0'), begins(text.size()), has_escapes(is_decoded) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
      const Character next = is_decoded && is_escape(text[at]) ? decoded(text.substr(at)) : plain(text[at]);
      characters[count] = next.value;
      begins[count] = static_cast<std::uint32_t>(at);
      if (next.value != '\0') ++count;
      at += next.size;
    }
    characters.resize(count);
  }

  [[nodiscard]] Place place(std::string_view text, std::size_t first, std::size_t count) const {
    const std::size_t last = begins[first + count - 1];
    return {begins[first], last + (has_escapes ? decoded(text.substr(last)).size : 1)};
  }
};

SecretIndex::SecretIndex(const std::vector<Secret>& values) : runs_(run), ends_(end) {
  for (const Secret& value : values) add(value);
  runs_.close();
  ends_.close();
}

void SecretIndex::add(const Secret& value) {
  Secret characters(without_blanks(value.reveal()));
  const std::string_view all = characters.reveal();
  if (all.size() < end) return;
  add_runs(all);
  add_runs(Reading(all, true).characters);
  for (const std::size_t before : {0U, 1U, 2U}) {
    std::string encoded = in_base64(value.reveal(), before);
    add_runs(encoded);
    std::replace(encoded.begin(), encoded.end(), '+', '-');
    std::replace(encoded.begin(), encoded.end(), '/', '_');
    add_runs(encoded);
  }
  ends_.add(all.substr(0, end));
  ends_.add(all.substr(all.size() - end));
  values_.push_back(std::move(characters));
}

void SecretIndex::add_runs(std::string_view characters) {
  for (std::size_t at = 0; at + run <= characters.size(); ++at) runs_.add(characters.substr(at, run));
}

std::vector<SecretIndex::Place> SecretIndex::find(std::string_view text) const {
  std::vector<Place> places;
  if (text.size() < end) return places;
  find(text, Reading(text, false), places);
  if (text.find_first_of("\\%") != std::string_view::npos) find(text, Reading(text, true), places);
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.begin < b.begin; });
  std::vector<Place> apart;
  for (Place& place : places) {
    while (place.begin > 0 && continues_character(text[place.begin])) --place.begin;
    while (place.end < text.size() && continues_character(text[place.end])) ++place.end;
    if (!apart.empty() && place.begin <= apart.back().end) {
      apart.back().end = std::max(apart.back().end, place.end);
    } else {
      apart.push_back(place);
    }
  }
  return apart;
}

void SecretIndex::find(std::string_view text, const Reading& reading, std::vector<Place>& places) const {
  const std::string& characters = reading.characters;
  HashedTexts::Window of_runs(runs_);
  HashedTexts::Window of_ends(ends_);
  for (std::size_t i = 0; i < characters.size(); ++i) {
    of_runs.read(characters[i], i < run ? '\0' : characters[i - run]);
    of_ends.read(characters[i], i < end ? '\0' : characters[i - end]);
    if (i + 1 >= run && runs_.holds(of_runs.hash())) {
      const Place place = reading.place(text, i + 1 - run, run);
      if (!places.empty() && place.begin >= places.back().begin && place.begin <= places.back().end) {
        places.back().end = std::max(places.back().end, place.end);
      } else {
        places.push_back(place);
      }
    }
    if (i + 1 >= end && ends_.holds(of_ends.hash())) find_ends(text, reading, i + 1 - end, places);
  }
}

/// At `at` the first or the last characters of a value may stand; as many as go with them
/// do, up to a run, which is found anyway.
void SecretIndex::find_ends(std::string_view text, const Reading& reading, std::size_t at,
                            std::vector<Place>& places) const {
  const std::string_view characters = reading.characters;
  for (const Secret& secret : values_) {
    const std::string_view value = secret.reveal();
    const std::size_t longest = std::min(value.size(), run);
    const std::string_view onward = characters.substr(at, longest);
    const std::string_view back = characters.substr(0, at + end);
    const auto common =
        static_cast<std::size_t>(std::mismatch(onward.begin(), onward.end(), value.begin()).first - onward.begin());
    const std::size_t reach = std::min(longest, back.size());
    const auto common_back = static_cast<std::size_t>(
        std::mismatch(back.rbegin(), back.rbegin() + static_cast<std::ptrdiff_t>(reach), value.rbegin()).first -
        back.rbegin());
    for (const auto& [first, count] : {std::pair(at, common), std::pair(back.size() - common_back, common_back)}) {
      if (count < end) continue;
      const Place place = reading.place(text, first, count);
      if (count == value.size() || is_beside_mark(text, place)) places.push_back(place);
    }
  }
}

}  // namespace tally
