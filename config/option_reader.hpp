// Reads [credential.options]: what the credential's provider declares, each by its type, and nothing else.
#pragma once

#include <string>
#include <vector>

#include "cloud/provider_option.hpp"
#include "config/toml_reader.hpp"

namespace tally {

struct ReadOptions {
  GivenOptions given;
  Origins origins;  // by the options' names
};

/// `path` names the table in problems: "credential[2].options.".
ReadOptions read_options(const toml::table& table, const std::vector<ProviderOption>& declared, const std::string& path,
                         ProblemList& problems);

/// The option's type for people: "text", "table of prices".
std::string_view type_name(const ProviderOption& option);

}  // namespace tally
