// An ID belongs to the listing that showed it first. What is wrong when another listing shows it, too; the owner's row
// stays as it is. Pure.
#pragma once

#include <fmt/format.h>

#include <string>

#include "tally/known.hpp"

namespace tally {

struct Claim {
  std::string kind;  // "duplicate_id"; "id_changed" when the owner's last complete answer lacks the ID
  std::string detail;
};

template <class Known>
Claim claim_on(const Known& owned) {
  const bool is_there = owned.is_confirmed && !is_gone(owned);
  const std::string owner = owned.listing.location.empty() ? "the whole account" : "location " + owned.listing.location;
  return {is_there ? "duplicate_id" : "id_changed",
          fmt::format("the list of {} {} this ID; its row there is kept", owner, is_there ? "has" : "had")};
}

}  // namespace tally
