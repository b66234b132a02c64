#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <filesystem>
#include <iostream>

#include "cli/client/example_config.hpp"
#include "cli/client/vault_access.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show/format.hpp"
#include "config/private_file.hpp"
#include "config/vault_key_file.hpp"
#include "store/error.hpp"

namespace tally::cli {
namespace {

namespace fs = std::filesystem;

/// What is said when something was there already.
constexpr const char* kept = "is there already, and kept as it is";

bool is_made(const fs::path& file) {
  std::error_code failure;
  return fs::exists(file, failure);
}

std::string assignment(const std::string& key, const fs::path& path) {
  // What JSON writes is a TOML string, too.
  return key + " = " + boost::json::serialize(boost::json::string(path.string()));
}

/// The example, with these lines in the place of those that it has.
std::string example_with(const std::vector<std::pair<std::string, std::string>>& lines) {
  std::string text(example_config);
  for (const auto& [line, other] : lines) boost::algorithm::replace_first(text, line + "\n", other + "\n");
  return text;
}

/// A configuration by which everything is kept below `directory`.
std::string config_below(const fs::path& directory) {
  return example_with(
      {{R"(state_dir = "/var/lib/tallyd")", assignment("state_dir", directory / "state")},
       {R"(# control_socket = "/run/tallyd/tallyd.sock")", assignment("control_socket", directory / "tallyd.sock")},
       {"# [vault]", "[vault]"},
       {R"(# key_file = "/etc/tallyd/vault.key")", assignment("key_file", directory / "vault.key")}});
}

/// 0640: the group of whoever keeps the catalog reads it.
void write_config(const fs::path& file, const std::string& text) {
  std::error_code failure;
  if (fs::create_directories(file.parent_path(), failure); failure) {
    throw StoreError(fmt::format("{}: cannot be made: {}", file.parent_path().string(), failure.message()),
                     EX_CANTCREAT);
  }
  if (const std::string problem = make_private_file(file, Secret(text)); !problem.empty()) {
    throw StoreError(fmt::format("{}: {}", file.string(), problem), EX_CANTCREAT);
  }
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read, failure);
}

void give_to_group(const fs::path& file, const fs::path& state_dir) {
  struct stat state{};
  if (geteuid() == 0 && stat(state_dir.c_str(), &state) == 0) {
    if (chown(file.c_str(), geteuid(), state.st_gid) != 0) {
      throw StoreError(fmt::format("{}: cannot be given to the group of {}", file.string(), state_dir.string()),
                       EX_NOPERM);
    }
  }
}

void run_init(const fs::path& config, const std::string& text) {
  const bool is_new = !is_made(config);
  if (is_new) write_config(config, text);
  Context made;
  made.config = config;
  const Places places = made.places();
  std::cerr << plain(config.string()) << ": " << (is_new ? "made" : kept) << '\n';
  if (const fs::path key = vault_key_files(places.vault_key_file).in_force; is_made(key)) {
    std::cerr << plain(key.string()) << ": " << kept << '\n';
  } else {
    tell_vault_key(places, make_vault_key(places));
  }
  open_vault(places);
  if (is_new) give_to_group(config, places.state_dir);
  std::cerr << plain((places.state_dir / "vault.db").string()) << ": the vault, for tallyctl credential add\n";
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
  auto directory = std::make_shared<fs::path>();
  CLI::App* command = app.add_subcommand("init", "make what a first start needs: configuration, vault and its key");
  command->add_option("directory", *directory, "keep all of it below this directory")->type_name("DIR");
  command->callback([directory, &context] {
    if (directory->empty()) return run_init(context.config_file(), std::string(example_config));
    const fs::path below = fs::absolute(*directory).lexically_normal();
    run_init(below / "tallyd.toml", config_below(below));
  });
}

}  // namespace tally::cli
