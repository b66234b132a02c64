#include "providers/guest/user_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/predicate.hpp>

#include "cloud/limits.hpp"
#include "providers/guest/refusal.hpp"
#include "runtime/base64.hpp"
#include "runtime/sha256.hpp"

namespace tally {
namespace {

constexpr std::string_view parameter = "user_data_base64";
constexpr std::size_t line_length = 76;  // of base64 in a message
constexpr std::size_t boundary_digits = 32;

/// What cloud-init takes a text for by its beginning (its INCLUSION_TYPES_MAP), longer beginnings first.
struct Form {
  std::string_view beginning;
  std::string_view type;
};
constexpr std::array forms = {
    Form{"#!", "text/x-shellscript"},
    Form{"#cloud-boothook", "text/cloud-boothook"},
    Form{"#cloud-config-archive", "text/cloud-config-archive"},
    Form{"#cloud-config-jsonp", "text/cloud-config-jsonp"},
    Form{"#cloud-config", "text/cloud-config"},
    Form{"#include-once", "text/x-include-once-url"},
    Form{"#include", "text/x-include-url"},
    Form{"#part-handler", "text/part-handler"},
    Form{"## template: jinja", "text/jinja2"},
    Form{"\x1f\x8b", "application/gzip"},
};

/// A message with parts of its own, which cloud-init takes apart wherever it stands.
bool is_message(std::string_view text) {
  return boost::algorithm::istarts_with(text, "Content-Type:") || boost::algorithm::istarts_with(text, "MIME-Version:");
}

std::string_view type_of(std::string_view text) {
  const auto form =
      std::find_if(forms.begin(), forms.end(), [text](const Form& each) { return text.starts_with(each.beginning); });
  return form == forms.end() ? std::string_view() : form->type;
}

std::string in_lines(std::string_view text) {
  std::string lines;
  for (std::size_t at = 0; at < text.size(); at += line_length) lines.append(text.substr(at, line_length)) += '\n';
  return lines;
}

/// The same for the same parts, and in none of them.
std::string boundary_for(const std::string& parts) {
  std::string boundary;
  for (int attempt = 0; boundary.empty() || parts.find(boundary) != std::string::npos; ++attempt) {
    boundary = "tally-" + sha256_hex(fmt::format("{} {}", attempt, parts)).substr(0, boundary_digits);
  }
  return boundary;
}

Result<std::string> within(std::string merged, std::size_t most_bytes) {
  if (merged.size() <= most_bytes) return merged;
  return tl::unexpected(refused(
      Errc::invalid_request, parameter,
      fmt::format("is {} bytes with what is ours beside it; at most {} can be sent", merged.size(), most_bytes)));
}

}  // namespace

Result<std::string> read_user_data(std::string_view base64) {
  constexpr std::size_t longest = (limits::user_data + 2) / 3 * 4;
  if (base64.size() > longest) {
    return tl::unexpected(
        refused(Errc::invalid_request, parameter, fmt::format("is longer than {} bytes", limits::user_data)));
  }
  std::optional<std::string> bytes = from_base64(base64);
  if (!bytes) return tl::unexpected(refused(Errc::invalid_request, parameter, "is not base64 on one line"));
  return std::move(*bytes);
}

Result<std::string> multipart_user_data(const std::string& script, const std::string& user_data,
                                        std::size_t most_bytes) {
  if (user_data.empty()) return within(script, most_bytes);
  if (script.empty()) return within(user_data, most_bytes);
  const std::string_view type = type_of(user_data);
  if (type.empty() && !is_message(user_data)) {
    return tl::unexpected(refused(Errc::invalid_request, parameter,
                                  "begins with nothing that cloud-init knows, such as #! or #cloud-config"));
  }
  // cloud-init runs scripts in the order of their names.
  const std::string ours =
      "Content-Type: text/x-shellscript; charset=\"us-ascii\"\n"
      "Content-Disposition: attachment; filename=\"00-tally\"\n\n" +
      script + "\n";
  std::string theirs = user_data + "\n";
  if (!is_message(user_data)) {
    theirs = fmt::format(
        "Content-Type: {}; charset=\"utf-8\"\n"
        "Content-Transfer-Encoding: base64\n"
        "Content-Disposition: attachment; filename=\"user-data\"\n\n{}",
        type, in_lines(to_base64(user_data)));
  }
  const std::string boundary = boundary_for(ours + theirs);
  return within(fmt::format("Content-Type: multipart/mixed; boundary=\"{0}\"\nMIME-Version: 1.0\n\n"
                            "--{0}\n{1}--{0}\n{2}--{0}--\n",
                            boundary, ours, theirs),
                most_bytes);
}

Result<std::string> script_user_data(const std::string& script, const std::string& user_data, std::size_t most_bytes) {
  if (user_data.empty()) return within(script, most_bytes);
  if (!user_data.starts_with("#!")) {
    return tl::unexpected(refused(Errc::not_implemented, parameter, "must begin with #!: nothing else is run here"));
  }
  if (script.empty()) return within(user_data, most_bytes);
  return within(script +
                    "\n# What the user has it run.\n"
                    "mkdir -p /var/lib/tally-user-data\n"
                    "base64 -d >/var/lib/tally-user-data/script <<'END_OF_USER_DATA'\n" +
                    in_lines(to_base64(user_data)) +
                    "END_OF_USER_DATA\n"
                    "chmod 0700 /var/lib/tally-user-data/script\n"
                    "exec /var/lib/tally-user-data/script\n",
                most_bytes);
}

}  // namespace tally
