#include "api/peer.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "runtime/contains.hpp"

namespace tally::api {
namespace {

constexpr std::size_t usual_groups = 64;

/// The kernel says how many there are when they are more than we have room for.
std::vector<gid_t> groups_of(int socket) {
  std::vector<gid_t> groups(usual_groups);
  for (;;) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const int failed = getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
    const bool is_too_small = failed != 0 && errno == ERANGE && size > groups.size() * sizeof(gid_t);
    groups.resize(failed != 0 && !is_too_small ? 0 : size / sizeof(gid_t));
    if (!is_too_small) return groups;
  }
}

}  // namespace

bool Peer::is_in(gid_t group) const { return gid == group || contains(groups, group); }

Peer peer_of(int socket) {
  Peer peer;
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return peer;
  peer.uid = credentials.uid;
  peer.gid = credentials.gid;
  peer.pid = credentials.pid;
  peer.groups = groups_of(socket);
  return peer;
}

}  // namespace tally::api
