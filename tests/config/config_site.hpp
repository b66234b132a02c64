// A folder with configuration files of a test, and the one provider that they may name.
#pragma once

#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::fakes {

inline const ProviderDescription& lambda() {
  static const ProviderDescription description = [] {
    ProviderDescription lambda;
    lambda.name = "lambda";
    lambda.provider_id = "lambda-labs";
    lambda.aliases = {"lambdalabs"};
    lambda.default_endpoint = "https://cloud.lambda.ai/api/v1";
    lambda.instance_type_interval = std::chrono::seconds(300);
    lambda.credential_fields = {{"api_key"}, {"api_url", false}};
    return lambda;
  }();
  return description;
}

struct Site {
  TemporaryDirectory directory;

  std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(directory / name) << text;
    chmod((directory / name).c_str(), mode);
    return (directory / name).string();
  }
  /// A file of conf.d.
  std::string part(const std::string& name, const std::string& text) const {
    std::filesystem::create_directory(directory / "conf.d");
    return file("conf.d/" + name, text);
  }
  LoadedConfig load(const std::string& toml) const { return load_config(file("tallyd.toml", toml), {&lambda()}); }

  /// A credential table with a good file, and more lines.
  std::string credential(const std::string& more = "", const std::string& json = R"({"api_key": "canary"})") const {
    return "[[credential]]\nref = \"prod\"\nprovider = \"lambda\"\nfile = \"" + file("key.json", json) + "\"\n" + more;
  }
  std::string problems(const std::string& toml) const {
    std::string text;
    for (const ConfigProblem& problem : load(toml).problems) text += to_text(problem) + "\n";
    return text;
  }
};

/// TOML without the comments behind its values.
inline std::string without_comments(const std::string& toml) {
  std::stringstream in(toml);
  std::string out;
  for (std::string line; std::getline(in, line);) out += line.substr(0, line.find("  # ")) + "\n";
  return out;
}

}  // namespace tally::fakes
