// tallyctl run within the test, on a catalog of the test's own.
#pragma once

#include <boost/json/parse.hpp>
#include <clocale>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/tallyctl.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::cli_tests {

using namespace tally::store_tests;

/// Takes what is written to a stream while it lives.
class Capture {
 public:
  explicit Capture(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Capture() { stream_.rdbuf(before_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* before_;
};

struct Ran {
  int exit_code = 0;
  std::string out;
  std::string err;

  [[nodiscard]] bool says(const std::string& text) const { return out.find(text) != std::string::npos; }
  [[nodiscard]] boost::json::array rows() const { return boost::json::parse(out).as_array(); }
};

inline Ran run_words(const std::vector<std::string>& words) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::vector<const char*> arguments = {"tallyctl"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  const Capture out(std::cout);
  const Capture err(std::cerr);
  const int exit_code = cli::run(static_cast<int>(arguments.size()), arguments.data());
  return {exit_code, out.text(), err.text()};
}

inline Ran run(const std::filesystem::path& state_dir, std::vector<std::string> words) {
  words.insert(words.begin(), {"--state-dir", state_dir.string()});
  return run_words(words);
}

/// A catalog of a type in each of two regions and one instance.
struct CliWorld : World {
  InstanceType east = make_type("east", "a100");
  InstanceType west = make_type("west", "a100", 299);
  Instance instance = full_instance();

  CliWorld() {
    put(east);
    put(west);
    catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
  }
  void put(const InstanceType& type, Timestamp at = now()) {
    catalog.apply(cred, addition(type, at), state(types_listing, at));
  }
  Ran operator()(const std::vector<std::string>& words) const { return run(directory.path(), words); }
};

}  // namespace tally::cli_tests
