// A change set's events in short, for tests to compare: "type_changed ID field old>new".
#pragma once

#include <string>
#include <vector>

#include "cloud/redactor.hpp"
#include "tally/change_set.hpp"

namespace tally::fakes {

using Kinds = std::vector<std::string>;

inline Kinds kinds(const ChangeSet& changes) {
  Kinds lines;
  for (const Event& event : changes.events) {
    std::string line = event.kind + " " + event.subject_id;
    if (event.field) {
      line += " " + *event.field + " " + event.old_value.value_or("-") + ">" + event.new_value.value_or("-");
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

/// A redactor of one secret.
inline Redactor knows(std::string secret) {
  ProviderDescription provider;
  provider.credential_fields = {{"api_key"}};
  SecretFields fields;
  fields.emplace("api_key", Secret(std::move(secret)));
  return {fields, provider};
}

}  // namespace tally::fakes
