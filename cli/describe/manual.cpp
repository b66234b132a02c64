#include "cli/describe/manual.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands/commands.hpp"
#include "runtime/ascii.hpp"

namespace tally::cli {
namespace {

constexpr const char* tail = R"(.SH EXIT STATUS
.TP
0
All is well.
.TP
1
Nothing goes by that name, a check failed (\fBstatus\fR, \fBhealth\fR, \fBprobe\fR), or something was refused.
.TP
64
The command line is wrong.
.TP
65
The SQL is wrong, or the catalog is damaged, newer than this program, or not ours.
.TP
66
A file that was named is not there.
.TP
69
There is no catalog, or no daemon where one is needed.
.TP
73, 74
A file cannot be made, read or written.
.TP
75
Another command has the vault open, or a daemon holds the state directory; try again later.
.TP
77
Permission denied.
.TP
78
The configuration, or the key of the vault, cannot be read or is wrong.
.PP
\fBssh\fR ends as ssh does, once that has started.
.SH ENVIRONMENT
.TP
.B TALLYD_CONFIG
The configuration, when no \fB\-\-config\fR says it.
.TP
.B TALLYD_STATE_DIR
The state directory, when neither \fB\-\-state\-dir\fR nor \fB\-\-config\fR is given.
.TP
.B NO_COLOR
When set and not empty, terminals get no colours.
.TP
.BR LC_ALL ", " LC_CTYPE ", " LANG
Unless the first that is set names UTF\-8, only ASCII is drawn.
.SH FILES
.TP
.I /etc/tallyd/tallyd.toml
The configuration.
.TP
.I /var/lib/tallyd/catalog.db
The catalog.
.SH SEE ALSO
.BR tallyd (8),
.BR tallyd.toml (5),
.BR sqlite3 (1),
.BR ssh (1)
)";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      // A dot or a quote that begins a line would be a request.
      if (out.empty() && (c == '.' || c == '\'')) out += "\\&";
      out.push_back(c);
    }
  }
  return out;
}

std::string entry(const OptionDescription& option) {
  std::string heading;
  for (const std::string& name : option.names) {
    heading += fmt::format("{}\\fB{}\\fR", heading.empty() ? "" : ", ", escaped(name));
  }
  if (!option.value.empty()) heading += fmt::format("{}\\fI{}\\fR", heading.empty() ? "" : " ", escaped(option.value));
  std::string text = ".TP\n" + heading + "\n" + escaped(option.help);
  if (!option.choices.empty()) text += escaped(fmt::format(": {}", fmt::join(option.choices, ", ")));
  if (!option.default_value.empty()) text += escaped(fmt::format(" (default: {})", option.default_value));
  return text + ".\n";
}

std::string synopsis(const CommandDescription& command, const std::string& path) {
  std::string text = fmt::format("\\fB{}\\fR", escaped(path));
  for (const OptionDescription& option : command.options) {
    if (option.is_positional()) text += fmt::format(" \\fI{}\\fR", escaped(option.value));
  }
  return text;
}

/// Commands that only hold others are not run themselves.
std::string sections(const CommandDescription& command, const std::string& path) {
  std::string text;
  if (command.commands.empty()) {
    text = ".SS " + synopsis(command, path) + "\n" + escaped(command.help) + ".\n";
    for (const OptionDescription& option : command.options) {
      if (main_name(option) != "--help") text += entry(option);
    }
  }
  for (const CommandDescription& next : command.commands) text += sections(next, path + " " + next.name);
  return text;
}

}  // namespace

std::string manual_page(const CommandDescription& program, const std::string& version) {
  const std::string name = escaped(program.name);
  std::string text =
      fmt::format(".TH {} 1 \"\" \"{} {}\" \"User Commands\"\n", ascii::upper(name), name, escaped(version));
  text += fmt::format(".SH NAME\n{} \\- the tally of GPU clouds on the command line\n", name);
  text += fmt::format(".SH SYNOPSIS\n.B {}\n[\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]\n", name);
  text += ".SH DESCRIPTION\n" + escaped(program.help) + "\n.SH OPTIONS\nThey may stand before or behind the command.\n";
  for (const OptionDescription& option : program.options) text += entry(option);
  text += ".SH COMMANDS\n";
  for (const CommandDescription& command : program.commands) text += sections(command, command.name);
  return text + tail;
}

void add_man(CLI::App& app) {
  CLI::App* command = app.add_subcommand("man", "the manual page as roff: tallyctl man | man -l -");
  command->callback([&app] { std::cout << manual_page(description_of(app), TALLY_VERSION); });
}

}  // namespace tally::cli
