// Text that strangers wrote, made fit for people, logs and the catalog: the one place that knows what a printable
// character is, and where a text may be cut. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tally {

/// How much people are shown of a text that a stranger wrote.
inline constexpr std::size_t message_bytes = 300;

/// Whether all of it is UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// At most `limit` bytes of the text, ending between two characters.
std::string_view cut(std::string_view text, std::size_t limit);

/// False for what moves a cursor, ends a line or makes a text look other than it is: controls (C0, C1, DEL), line and
/// paragraph separators, the marks that turn the direction of writing, and characters that cannot be seen.
bool is_printable(char32_t character);

/// The text for a log: on one line, nothing in it commands a terminal or makes it look other than it is, and nothing is
/// lost. A line feed becomes \n; bytes that are not UTF-8, and what is not printable below U+0100, byte by byte \xNN;
/// what else is not printable \uNNNN or \UNNNNNNNN.
std::string escaped(std::string_view text);

enum class Lines { one, many };  // many: line feeds and tabs stay

/// The text for a person: what is not printable becomes a space, a byte that is not UTF-8 a question mark; of more than
/// `limit` bytes the first ones and "...".
std::string printable(std::string_view text, std::size_t limit = message_bytes, Lines lines = Lines::one);

}  // namespace tally
