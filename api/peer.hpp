// Who is at the other end of a Unix socket, as the kernel says: what the process was when it connected.
#pragma once

#include <sys/types.h>

#include <vector>

namespace tally::api {

struct Peer {
  uid_t uid = static_cast<uid_t>(-1);  // nobody
  gid_t gid = static_cast<gid_t>(-1);  // the effective one
  pid_t pid = 0;
  std::vector<gid_t> groups;  // the supplementary ones

  [[nodiscard]] bool is_in(gid_t group) const;
};

/// Nobody when the kernel does not tell.
Peer peer_of(int socket);

}  // namespace tally::api
