// A contact in the catalog's words. Pure.
#pragma once

#include "probing/probe_hosts.hpp"
#include "ssh/prober.hpp"
#include "store/ssh_records.hpp"

namespace tally {

/// Of a contact with the host at `target`.
ProbeRecord probe_record(const ProbeHost& host, const SshTarget& target, const SshReport& report, Timestamp at);

/// Why a host does not count as reachable though it answered; "" for the verdicts that do not say so.
std::string identity_error(const ProbeHost& host, KeyVerdict verdict, const HostKey& seen);

/// That a host answers at `target` where `holder` does, as the same machine.
std::string sharing_words(const SshTarget& target, const ProbeHost& holder);

/// "hostkey_pinned" or "hostkey_changed". `before`: the key that was expected until now; nullptr: none.
Event host_key_event(std::string kind, const HostKeyRecord& key, const HostKeyRecord* before);

}  // namespace tally
