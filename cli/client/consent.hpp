// Asks before something is done that cannot be undone.
#pragma once

#include <string>

namespace tally::cli {

/// Names what will be done, and asks for "yes" on a terminal. Throws StoreError (64) when there is none to ask on and
/// `may_go_unasked` is false. False: no consent, which is told.
bool has_consent(const std::string& what, bool may_go_unasked);

}  // namespace tally::cli
