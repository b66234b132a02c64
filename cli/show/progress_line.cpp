#include "cli/show/progress_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "cli/show/format.hpp"

namespace tally::cli {

ProgressLine::ProgressLine() : is_terminal_(isatty(STDERR_FILENO) != 0), since_(std::chrono::steady_clock::now()) {}
ProgressLine::~ProgressLine() { end(); }

void ProgressLine::show(const std::string& words) {
  if (words.empty() || (words == shown_ && !is_terminal_)) return;
  if (words != shown_) end();
  shown_ = words;
  constexpr std::size_t width = 70;  // of a terminal's line, which is written over
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - since_);
  const std::string text = is_terminal_ ? fit(plain(words), width, false) : plain(words);
  const std::string line = fmt::format("{:>4} s  {}", took.count(), text);
  if (is_terminal_) {
    std::cerr << "\r\033[K" << line << std::flush;
    is_in_line_ = true;
  } else {
    std::cerr << line << '\n';
  }
}

void ProgressLine::end() {
  if (is_in_line_) std::cerr << '\n';
  is_in_line_ = false;
}

}  // namespace tally::cli
