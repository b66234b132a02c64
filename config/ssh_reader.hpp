// Reads the table `ssh` of a [[credential]], and the files and the vault's key that it names.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/toml_reader.hpp"

namespace tally {

class SshReader {
 public:
  /// `path` names the table in problems: "credential[2].ssh.".
  SshReader(std::string path, ProblemList& problems, const VaultRecords& vault)
      : path_(std::move(path)), problems_(problems), vault_(vault) {}

  SshConfig read(const toml::table& table);

  /// Of the last table read: "ssh.user", "ssh.type.NAME.first_window", "ssh.bootstrap[1].script".
  [[nodiscard]] const Origins& origins() const { return origins_; }

 private:
  /// True when a key is named, also when it cannot be read.
  bool read_key(TableReader& reader, SshConfig& config);
  void read_key_from_vault(TableReader& reader, const std::string& ref, SshConfig& config) const;
  void read_types(TableReader& reader, SshConfig& config);
  void read_bootstraps(TableReader& reader, bool has_key, SshConfig& config);
  void note(const Origins& origins, const std::string& path);

  std::string path_;
  ProblemList& problems_;
  const VaultRecords& vault_;
  Origins origins_;
};

}  // namespace tally
