// Reads the [[notify]] tables of all configuration files.
#pragma once

#include <map>
#include <string>

#include "config/config.hpp"
#include "config/toml_reader.hpp"

namespace tally {

class NotifyReader {
 public:
  /// `reads_secrets` false: whoever asks may not be allowed to, and needs none.
  explicit NotifyReader(bool reads_secrets = true) : reads_secrets_(reads_secrets) {}

  /// The next table of the file that `list` is of; `number`, from 1, is its place in that file.
  NotifyConfig read(const toml::table& table, std::size_t number, ProblemList& list);

  /// Of all tables so far: "notify[1].url", by their place among them.
  [[nodiscard]] const Origins& origins() const { return origins_; }

 private:
  void read_name(TableReader& reader, NotifyConfig& config);

  const bool reads_secrets_;
  std::map<std::string, ConfigPlace> places_;  // of each name
  std::size_t count_ = 0;
  Origins origins_;
};

}  // namespace tally
