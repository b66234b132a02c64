#include "probing/host_identity.hpp"

#include <algorithm>
#include <iterator>

#include "ssh/algorithms.hpp"
#include "ssh/authorized_key.hpp"

namespace tally {
namespace {

bool is_same(const HostKeyRecord& record, const HostKey& key) {
  return record.key_type == key.type && record.fingerprint == key.fingerprint;
}

}  // namespace

KeyVerdict judge(const HostIdentity& identity, const std::optional<HostKey>& seen,
                 std::optional<TimePoint> vouched_at) {
  if (!seen) return KeyVerdict::none;
  if (identity.keys.empty()) return KeyVerdict::first;
  for (const HostKeyRecord& known : identity.keys) {
    if (is_same(known, *seen)) {
      return known.state == HostKeyState::changed ? KeyVerdict::blocked : KeyVerdict::expected;
    }
  }
  const bool is_certain = identity.suspicion && vouched_at && *vouched_at > identity.suspicion->since;
  return is_certain ? KeyVerdict::changed : KeyVerdict::suspect;
}

std::vector<HostKey> published_keys(const Instance& instance) {
  std::vector<HostKey> keys;
  for (const std::string& line : instance.attributes->host_keys) {
    auto key = read_authorized_key(line);
    if (key && !host_key_algorithms({*key}).empty()) keys.push_back(std::move(*key));
  }
  return keys;
}

const HostKeyRecord& key_instead_of(const HostKeyRecord& seen, const HostIdentity& identity) {
  const auto& keys = identity.keys;
  const auto of_its_type = std::find_if(keys.begin(), keys.end(), [&seen](const HostKeyRecord& key) {
    return key.state != HostKeyState::changed && key.key_type == seen.key_type;
  });
  return of_its_type == keys.end() ? keys.front() : *of_its_type;
}

std::vector<HostKey> expected_keys(const HostIdentity& identity) {
  std::vector<HostKey> keys;
  for (const HostKeyRecord& known : identity.keys) {
    if (known.state == HostKeyState::changed) continue;
    HostKey key;
    key.type = known.key_type;
    key.fingerprint = known.fingerprint;
    key.public_key = known.public_key;
    keys.push_back(std::move(key));
  }
  return keys;
}

std::optional<HostKeyRecord> changed_key(const HostIdentity& identity) {
  const auto at = std::find_if(identity.keys.begin(), identity.keys.end(),
                               [](const HostKeyRecord& key) { return key.state == HostKeyState::changed; });
  return at == identity.keys.end() ? std::nullopt : std::optional(*at);
}

void vouch(HostIdentity& identity, std::optional<TimePoint> vouched_at) {
  if (identity.unsure_since && vouched_at && *vouched_at > *identity.unsure_since) identity.unsure_since.reset();
}

void drop_unsure_keys(HostIdentity& identity) {
  identity.suspicion.reset();
  if (!identity.unsure_since) return;
  std::move(identity.keys.begin(), identity.keys.end(), std::back_inserter(identity.dropped));
  identity.keys.clear();
  identity.unsure_since.reset();
}

HostKeyRecord host_key_record(const CloudId& id, const HostKey& key, HostKeyState state, Timestamp at) {
  HostKeyRecord record;
  record.cloud_id = id;
  record.key_type = key.type;
  record.fingerprint = key.fingerprint;
  record.public_key = key.public_key;
  record.state = state;
  record.first_seen_at = at;
  return record;
}

}  // namespace tally
