#include "cli/show/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/algorithm/string/predicate.hpp>
#include <cstdlib>

namespace tally::cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// By its name: the terminal understands UTF-8 also where this machine lacks the locale's files.
std::string_view locale_name() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (const std::string_view value = environment(name); !value.empty()) return value;
  }
  return "C";
}

}  // namespace

bool is_utf8_locale(std::string_view name) {
  return boost::algorithm::icontains(name, "utf-8") || boost::algorithm::icontains(name, "utf8");
}

TableStyle standard_output_style() {
  TableStyle style;
  style.has_unicode = is_utf8_locale(locale_name());
  if (isatty(STDOUT_FILENO) == 0) return style;
  style.has_colour = environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) style.width = size.ws_col;
  return style;
}

}  // namespace tally::cli
