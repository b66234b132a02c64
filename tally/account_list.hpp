// What an account has beside types and instances: its images and its quotas. Nothing hangs on these rows, so no history
// of them is kept, and no second witness asked for: they follow the last complete answer. Values only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/image.hpp"
#include "cloud/instance_type.hpp"
#include "tally/event.hpp"

namespace tally {

/// A complete answer that is believed. `T` is Image or Quota.
template <class T>
struct AccountList {
  std::vector<Row<T>> rows;      // each ID (of an image: with its location) once, without secrets
  std::set<std::string> unread;  // IDs of rows that could not be read: what is known of them stays, and is stale
  bool may_lack_rows = false;    // a row had no ID: what is absent stays, too
  std::map<ProblemKey, std::string> problems;  // what is wrong with rows, and its detail for a person
};

}  // namespace tally
