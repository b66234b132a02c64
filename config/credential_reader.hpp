// Reads the [[credential]] tables of all configuration files, and the secret fields of each.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/toml_reader.hpp"

namespace tally {

class CredentialReader {
 public:
  CredentialReader(const std::vector<const ProviderDescription*>& providers, const VaultRecords& vault,
                   std::vector<ConfigProblem>& problems)
      : providers_(providers), vault_(vault), problems_(problems) {}

  /// The `number`-th table, from 1, of the file that `list` is of.
  CredentialConfig read(const toml::table& table, std::size_t number, ProblemList& list);

  /// Credentials of the vault that no table named, with their provider's defaults. To be called after the last table.
  void add_from_vault(std::vector<CredentialConfig>& credentials, ProblemList& list);

 private:
  void read_ref(TableReader& reader, CredentialConfig& config);
  void read_provider(TableReader& reader, CredentialConfig& config) const;
  void read_secrets(TableReader& reader, const std::optional<std::string>& name, CredentialConfig& config);
  void read_from_vault(TableReader& reader, CredentialConfig& config) const;
  [[nodiscard]] const StoredCredential* find_in_vault(const CredentialRef& ref) const;  // of any kind; nullptr: none

  const std::vector<const ProviderDescription*>& providers_;
  const VaultRecords& vault_;
  std::vector<ConfigProblem>& problems_;
  std::map<std::string, ConfigPlace> places_;  // of each ref
};

}  // namespace tally
