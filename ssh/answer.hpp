// What a script of ours answers, told apart from all else that comes out of a machine's shell: greetings of a login
// shell, a forced command's words, warnings. The script frames its answer with a mark that is made for it alone. Pure,
// but for the mark.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ssh/prober.hpp"

namespace tally {

/// Random; a word of a shell.
std::string new_mark();

/// Defines, for a script, the function `answer`, which is called once before the first word of the answer, and
/// `answered`, once behind the last. The lines that they print stand nowhere in the script, so that a shell that shows
/// what it was given answers nothing.
std::string answer_functions(std::string_view mark);

/// What stands between the two; nothing when either is missing.
std::optional<std::string> answer_in(std::string_view out, std::string_view mark);

/// What the machine said besides, on stderr and stdout, for a person: printable and short; "" when it was nothing.
std::string words_beside_answer(const SshOutput& output, std::string_view mark);

}  // namespace tally
