// tallyctl against a control API of the test's own.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "tests/api/api_site.hpp"
#include "tests/cli/program.hpp"

namespace tally::api_tests {

using tally::cli_tests::Ran;

struct CliSite : Site {
  /// `more` stands at the end of the configuration.
  explicit CliSite(const std::string& more = "") {
    std::ofstream(config()) << "state_dir = \"" << world().directory.path().string() << "\"\ncontrol_socket = \""
                            << socket().string() << "\"\n"
                            << more;
  }
  [[nodiscard]] std::string config() { return (world().directory / "tallyd.toml").string(); }
  Ran run(std::vector<std::string> words) {
    words.insert(words.begin(), {"--config", config()});
    return cli_tests::run_words(words);
  }
};

}  // namespace tally::api_tests
