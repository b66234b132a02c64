// What `[[notify]]` says: who is told of which events.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/secret.hpp"

namespace tally {

struct NotifyConfig {
  std::string name;                 // unique; as the ref of a credential
  std::vector<std::string> events;  // event kinds, or words that stand for some

  // Filters; empty: none.
  std::string credential;
  std::string gpu;
  std::optional<double> max_price;  // of the whole machine per hour
  std::optional<std::pair<std::string, std::string>> tag;

  // One of the two.
  std::string url;
  std::vector<std::string> command;  // program, by its whole path, and arguments

  Secret secret;  // signs what is sent to the URL; empty: nothing does
  std::filesystem::path secret_file;
};

/// What `events` may hold: the kinds of the catalog's events, and words that stand for some of them.
const std::vector<std::string>& notify_events();

/// The URL for people: without its path, which may hold a secret.
std::string shown_url(const std::string& url);

}  // namespace tally
