#include "probing/probe_record.hpp"

#include <fmt/format.h>

#include "cloud/limits.hpp"
#include "runtime/text.hpp"

namespace tally {

ProbeRecord probe_record(const ProbeHost& host, const SshTarget& target, const SshReport& report, Timestamp at) {
  ProbeRecord record;
  record.cloud_id = host.cloud_id();
  record.at = at;
  record.host = target.host;
  record.ssh_user = host.row->ssh_user;
  record.ssh_port = host.row->ssh_port;
  record.running_since = host.running_since;
  record.probed_user = target.user;
  record.probed_port = target.port;
  record.stage = to_string(report.failure ? report.failure->stage : report.stage);
  record.is_ok = !report.failure;
  if (report.failure) record.error = printable(report.failure->message);
  record.total = report.total;
  record.times = report.times;
  return record;
}

std::string identity_error(const ProbeHost& host, KeyVerdict verdict, const HostKey& seen) {
  const std::vector<HostKey> expected = expected_keys(host.identity);
  const std::string expects = expected.empty() ? "none" : expected.front().fingerprint;
  switch (verdict) {
    case KeyVerdict::suspect:
      return printable(
          fmt::format("answers with the host key {}, not with {}; to be confirmed", seen.fingerprint, expects));
    case KeyVerdict::changed:
    case KeyVerdict::blocked:
      return printable(fmt::format("its host key changed from {} to {} and is not trusted", expects, seen.fingerprint));
    case KeyVerdict::expected:
      if (const auto changed = changed_key(host.identity)) {
        return printable(
            fmt::format("its host key had changed from {} to {}, which is not trusted; it answers with the "
                        "former again",
                        expects, changed->fingerprint));
      }
      return "";
    default: return "";
  }
}

std::string sharing_words(const SshTarget& target, const ProbeHost& holder) {
  return printable(fmt::format("answers at {}:{} with the host key of instance {} of credential {}: one machine; it is "
                               "not bootstrapped a second time",
                               target.host, target.port, holder.cloud_id().str(), holder.account->credential.str()),
                   limits::text);
}

Event host_key_event(std::string kind, const HostKeyRecord& key, const HostKeyRecord* before) {
  Event event;
  event.kind = std::move(kind);
  event.subject_kind = "instance";
  event.subject_id = key.cloud_id.str();
  if (before != nullptr) event.old_value = before->fingerprint;
  event.new_value = key.fingerprint;
  event.detail = key.state == HostKeyState::trusted ? key.key_type + ", trusted by an operator" : key.key_type;
  return event;
}

}  // namespace tally
