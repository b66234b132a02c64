// Who is told of what: one rule of notifications, and one thing that happened. Values only.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/secret.hpp"

namespace tally::notify {

struct Rule {
  std::string name;
  std::vector<std::string> events;  // event kinds, or words that stand for some (matching.hpp)

  // Filters; what is empty lets everything through. One that says nothing of an event's subject keeps it out.
  std::string credential;
  std::string gpu;                                         // "H100"
  std::optional<double> max_price;                         // of the whole machine per hour
  std::optional<std::pair<std::string, std::string>> tag;  // of an instance

  // Whom to tell: a URL, or a command.
  std::string url;
  Secret secret;                     // signs what is sent to the URL; empty: nothing does
  std::vector<std::string> command;  // program and arguments
};

/// One event, with what the catalog says of its subject.
struct Happening {
  boost::json::object event;  // row of the view `events`
  boost::json::value offer;   // row of `offers` of the type that it is about, or null
  boost::json::value instance;
  std::vector<std::string> gpus;
  std::optional<double> price_per_hour;
  std::map<std::string, std::string> tags;
  bool is_available = false;         // the type, now
  bool is_of_first_listing = false;  // the type was there when it could be listed for the first time
  bool is_told_apart = false;        // another event of the same moment says that the type's availability changed
};

}  // namespace tally::notify
