// The SSH host keys of one instance, as the catalog has them.
#pragma once

#include <string>
#include <vector>

#include "cli/subject.hpp"
#include "store/reader.hpp"

namespace tally::cli {

struct SeenKey {
  std::string type;         // "ssh-ed25519"
  std::string fingerprint;  // "SHA256:..."
  std::string public_key;   // base64; "" when not known
  std::string first_seen;   // for a person
};

struct SeenKeys {
  std::vector<SeenKey> expected;  // pinned or trusted
  std::vector<SeenKey> changed;   // others that answered; not empty: somebody must say what is right
};

SeenKeys read_seen_keys(Reader& reader, const Subject& instance);

}  // namespace tally::cli
