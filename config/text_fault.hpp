// What is wrong with a text that went through an editor, a word processor or a chat, in words that name the cause. None
// of them shows more of the text than the one character that is wrong. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// "" when the bytes may be UTF-8 as far as their beginning tells; else how they are encoded instead.
std::string encoding_fault(std::string_view bytes);

/// Where a text stops being UTF-8: the line, from 1; nothing when all of it is.
std::optional<int> first_line_not_utf8(std::string_view bytes);

/// The text behind a byte order mark, which some editors write before UTF-8 and which belongs to no text.
std::string_view without_byte_order_mark(std::string_view text);

/// What a text may hold.
enum class Characters {
  visible_ascii,  // keys and tokens
  one_line,       // whatever can be seen, and blanks within
  lines,          // line breaks and tabs as well
};

/// The first character that the text may not hold, by its name: "ends with a no-break space (U+00A0)"; "" when none.
/// The text is UTF-8.
std::string character_fault(std::string_view text, Characters allowed);

/// The first character of the text that only an editor or a word processor writes: "a typographic quote (U+201C)".
std::string editors_character(std::string_view text);

/// A value of a configuration for whoever wrote it: in quotes, bounded, what cannot be seen as \u200B. What looks like
/// a key, a credential or a password that was put into the wrong place is not shown; of paths and URLs the parts that
/// do are not.
std::string shown_value(std::string_view value);

/// Whether a value that should name a file may do so, as far as it tells; one that does not is likely the secret that
/// should be in the file.
bool looks_like_a_path(std::string_view text);

/// A path, without quotes, as far as it looks like one.
std::string shown_path(std::string_view path);

/// The name of a key of TOML or JSON, unless it looks like a secret.
std::string shown_name(std::string_view name);

}  // namespace tally
