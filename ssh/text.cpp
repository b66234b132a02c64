#include "ssh/text.hpp"

#include <fmt/format.h>

#include "ssh/answer.hpp"

namespace tally {
namespace {
// A connection that breaks looks like an end of file to cat, hence the count. The name beside the file is opened with
// noclobber, so that a link which somebody put there is not followed.
constexpr const char* upload_script = R"sh(cd || exit 1
umask 077
new="$file.new-$$"
[ ! -d "$file" ] || { echo "$file is a directory" >&2; exit 1; }
trap 'rm -f "$new"' EXIT
trap 'exit 1' HUP INT TERM PIPE
rm -f "$new" && set -C && cat >"$new" || exit 1
[ "$(wc -c <"$new")" -eq "$size" ] || { echo "the content was cut off" >&2; exit 1; }
chmod "$mode" "$new" || exit 1
sync "$new" 2>/dev/null || sync
mv -f "$new" "$file" || exit 1
answer
answered
)sh";
}  // namespace

std::string shell_quote(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string shell_script(std::string_view script) { return "exec sh -c " + shell_quote(script); }

std::string upload_line(const SshFile& file, std::string_view mark) {
  const bool is_absolute = !file.path.empty() && file.path.front() == '/';
  const std::string path = is_absolute ? file.path : "./" + file.path;
  return shell_script(
      answer_functions(mark) +
      fmt::format("file={}\nsize={}\nmode={:04o}\n", shell_quote(path), file.content.size(), file.mode & 07777U) +
      upload_script);
}

}  // namespace tally
