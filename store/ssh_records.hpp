// What is learned of instances over SSH, as the catalog keeps it: in tables of their own, beside the syncers' rows, so
// that no two parties write one row. Values only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/ids.hpp"
#include "runtime/timestamp.hpp"
#include "tally/event.hpp"

namespace tally {

/// The last probe of an instance.
struct ProbeRecord {
  CloudId cloud_id;
  Timestamp at{};

  // For what it was made: the address that was tried, and what the instance's row said then. When the row says
  // otherwise, the record is about the past and `is_reachable` is not known.
  std::string host;
  std::string ssh_user;                  // the row's, "" when it has none
  std::optional<std::int32_t> ssh_port;  // the row's
  Timestamp running_since{};             // the row's status_since

  // As whom and where, after the operator's settings and the mappings of ports: for people, nothing is decided by it.
  std::string probed_user;
  std::optional<std::int32_t> probed_port;  // empty: an older version wrote the record

  std::string stage;  // the last one begun: "auth"
  bool is_ok = false;
  std::string error;  // "" when is_ok
  std::chrono::milliseconds total{0};
  std::array<std::optional<std::chrono::milliseconds>, 7> times{};  // of dns, tcp, banner, kex, host_key, auth, exec

  bool operator==(const ProbeRecord&) const = default;
};

enum class HostKeyState {
  pinned,   // the first that was seen, or what the vendor publishes before: expected
  changed,  // another than the expected one was seen: nothing is done with the host until somebody trusts it
  trusted,  // was changed, and somebody said that it is right: expected
};
std::string_view to_string(HostKeyState state);

struct HostKeyRecord {
  CloudId cloud_id;
  std::string key_type;     // "ssh-ed25519"
  std::string fingerprint;  // "SHA256:..."
  std::string public_key;   // base64 of the blob, as a known_hosts line has it; "" when not known
  HostKeyState state = HostKeyState::pinned;
  Timestamp first_seen_at{};

  bool operator==(const HostKeyRecord&) const = default;
};

enum class BootstrapState {
  started,  // begun at least once, outcome not known; to be tried again
  done,
  failed,  // the script ended in an exit status other than 0; not tried again with this plan
};
std::string_view to_string(BootstrapState state);

/// The last bootstrap of an instance.
struct BootstrapRecord {
  CloudId cloud_id;
  std::string plan_sha256;
  BootstrapState state = BootstrapState::started;
  int attempts = 0;
  Timestamp started_at{};  // the first attempt with this plan
  std::optional<Timestamp> finished_at;
  std::optional<int> exit_status;  // of the script; empty when the plan has none, or none ended
  std::string output;
  std::string error;  // why the last attempt came to nothing; "" when done

  bool operator==(const BootstrapRecord&) const = default;
};

/// One transaction, written in the order of the members.
struct SshChanges {
  Timestamp at{};
  std::vector<CloudId> forgotten;  // all that is kept of these goes
  std::vector<ProbeRecord> probes;
  std::vector<HostKeyRecord> host_keys_removed;
  std::vector<HostKeyRecord> host_keys;
  std::vector<BootstrapRecord> bootstraps;
  std::vector<Problem> problems_started;  // of kind shared_host; their events are among the events
  std::vector<ProblemKey> problems_ended;
  std::vector<Event> events;
};

/// All that the catalog has of one credential's instances.
struct SshRecords {
  std::vector<ProbeRecord> probes;
  std::vector<HostKeyRecord> host_keys;
  std::vector<BootstrapRecord> bootstraps;
  std::vector<CloudId> shared_hosts;  // instances of which a shared_host problem lasts
};

/// Another live instance answers at the same address with the same host key.
inline ProblemKey shared_host_problem(const CloudId& id) { return {"shared_host", "instance", id.str(), ""}; }

}  // namespace tally
