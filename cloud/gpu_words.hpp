// The words in which vendors name GPUs, in one spelling: upper case, ASCII forms for those of other alphabets. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// The text with blanks, brackets, dashes, digits and letters of other widths (full-width, no-break, typographic) in
/// their ASCII forms. What cannot be seen is left out, what is not UTF-8 becomes '?'; other letters stay. Linear.
std::string with_ascii_forms(std::string_view text);

/// The words of a text that has gone through with_ascii_forms, ASCII letters in upper case. Blanks, brackets, commas,
/// `_` and `-` separate them ("A100-SXM4-80GB").
std::vector<std::string> gpu_words(std::string_view text);

}  // namespace tally
