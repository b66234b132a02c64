// Reads a table [[credential.ssh.bootstrap]] and the files that it names.
#pragma once

#include <filesystem>
#include <string>

#include "config/config.hpp"
#include "config/toml_reader.hpp"

namespace tally {

struct ReadBootstrap {
  BootstrapConfig config;
  std::filesystem::path script;  // empty: none
  Origins origins;               // "tag", "admin_keys", "script"
};

/// `path` names the table in problems: "credential[2].ssh.bootstrap[1].".
ReadBootstrap read_bootstrap(const toml::table& table, const std::string& path, ProblemList& problems);

}  // namespace tally
