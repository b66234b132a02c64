// Reads the table `ssh` of a [[credential]], and the files and the vault's key that it names.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/toml_reader.hpp"

namespace tally {

struct ReadSsh {
  SshConfig config;
  SshSources sources;
  Origins origins;  // "ssh.user", "ssh.type.NAME.first_window", "ssh.bootstrap[1].script"
};

class SshReader {
 public:
  /// `path` names the table in problems: "credential[2].ssh.".
  SshReader(std::string path, ProblemList& problems, const VaultRecords& vault)
      : path_(std::move(path)), problems_(problems), vault_(vault) {}

  ReadSsh read(const toml::table& table);

 private:
  /// True when a key is named, also when it cannot be read.
  bool read_key(TableReader& reader, ReadSsh& read);
  void read_key_from_vault(TableReader& reader, const std::string& ref, ReadSsh& read) const;
  void read_types(TableReader& reader, ReadSsh& read);
  void read_bootstraps(TableReader& reader, bool has_key, ReadSsh& read);

  std::string path_;
  ProblemList& problems_;
  const VaultRecords& vault_;
};

}  // namespace tally
