#include "config/bootstrap_reader.hpp"

#include <fmt/format.h>

#include <sstream>

#include "config/private_file.hpp"
#include "config/public_key.hpp"
#include "config/text_fault.hpp"

namespace tally {
namespace {

constexpr std::size_t largest_file = std::size_t{256} * 1024;

/// The text of the file that `key` names; nothing after a problem.
std::optional<std::string> read_named_file(TableReader& reader, std::string_view key, const std::string& name) {
  if (!std::filesystem::path(name).is_absolute()) {
    reader.wrong(key, "must be a whole path");
    return std::nullopt;
  }
  PublicFile contents = read_public_file(name, largest_file);
  if (contents.problem.empty()) return std::move(contents.text);
  reader.problem(key, fmt::format("{}: {}", shown_path(name), contents.problem));
  return std::nullopt;
}

void read_tag(TableReader& reader, BootstrapConfig& config) {
  const auto text = reader.text("tag");
  if (!text) return;
  const std::size_t at = text->find('=');
  if (at == std::string::npos || at == 0) return reader.wrong("tag", "must be a key, = and a value");
  config.only_tag = TagSelector{text->substr(0, at), text->substr(at + 1)};
}

void read_admin_keys(TableReader& reader, BootstrapConfig& config) {
  int number = 0;
  for (const std::string& line : reader.texts("admin_keys")) {
    ++number;
    const PublicKeyLine key = read_public_key(line);
    if (key.problem.empty()) {
      config.admin_keys.push_back(to_text(key));
    } else {
      reader.problem("admin_keys", fmt::format("key {} {}", number, key.problem));
    }
  }
}

/// Lines of an authorized_keys file; those that are empty or begin with # hold no key.
void read_admin_keys_file(TableReader& reader, const std::string& name, ProblemList& problems,
                          BootstrapConfig& config) {
  const auto contents = read_named_file(reader, "admin_keys_file", name);
  if (!contents) return;
  ProblemList of_file = problems.of(name);
  std::stringstream text(*contents);
  bool is_without_key = true;
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos || line[first] == '#') continue;
    is_without_key = false;
    const PublicKeyLine key = read_public_key(line);
    if (key.problem.empty()) {
      config.admin_keys.push_back(to_text(key));
    } else {
      of_file.add(number, "", key.problem);
    }
  }
  if (is_without_key) of_file.add(0, "", "holds no key");
}

/// It runs as a program, and without this line only some shells would know how.
void read_script(TableReader& reader, const std::string& name, BootstrapConfig& config) {
  auto text = read_named_file(reader, "script", name);
  if (!text) return;
  if (!text->starts_with("#!")) {
    reader.problem("script", name + ": must begin with #! and its interpreter");
  } else if (text->substr(0, text->find('\n')).ends_with('\r')) {
    reader.problem("script",
                   name + ": its first line ends in CR LF, so no interpreter would be found; save it with LF");
  }
  config.agent_script = std::move(*text);
}

}  // namespace

ReadBootstrap read_bootstrap(const toml::table& table, const std::string& path, ProblemList& problems) {
  TableReader reader(table, path, problems);
  ReadBootstrap read;
  read_tag(reader, read.config);
  read_admin_keys(reader, read.config);
  const auto admin_keys_file = reader.text("admin_keys_file");
  if (admin_keys_file) read_admin_keys_file(reader, *admin_keys_file, problems, read.config);
  const auto script = reader.text("script");
  if (script) {
    read_script(reader, *script, read.config);
    read.script = *script;
  }
  reader.reject_others();
  const toml::node* keys = table.get("admin_keys");
  const bool is_without_keys = keys == nullptr || (keys->is_array() && keys->as_array()->empty());
  if (is_without_keys && !admin_keys_file && !script) {
    reader.problem("script", "is missing, and there are no admin keys: nothing is to be done");
  }
  read.origins = reader.origins();
  if (admin_keys_file) {
    std::string& origin = read.origins["admin_keys"];
    origin += (origin.empty() ? "" : ", ") + *admin_keys_file;
  }
  return read;
}

}  // namespace tally
