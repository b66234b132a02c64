// Who answers under an instance's address, held against who is expected there. Pure; keys change hands in the
// scheduler, after the catalog has them.
//
// An address may be given to another machine before the next listing says so. So another key than the expected one is
// only a suspicion, which stops every further step, until a listing that was begun later still has the instance there:
// then it is an alarm. A pin that no later listing vouched for is dropped likewise when the address changes.
#pragma once

#include <optional>
#include <vector>

#include "cloud/instance.hpp"
#include "runtime/clock.hpp"
#include "ssh/target.hpp"
#include "store/ssh_records.hpp"

namespace tally {

/// A key that is not expected.
struct Suspicion {
  HostKey key;
  TimePoint since;
};

struct HostIdentity {
  std::vector<HostKeyRecord> keys;        // as the catalog has them; several where the vendor publishes them
  std::optional<Suspicion> suspicion;     // lasts
  std::optional<TimePoint> unsure_since;  // when the keys were pinned; empty: a later listing vouched for the address
  std::vector<HostKeyRecord> dropped;     // no longer in `keys`, still in the catalog: removed with the next pin
};

enum class KeyVerdict {
  none,      // nobody showed a key
  first,     // nobody was expected: to be pinned
  expected,  // one of the expected ones
  suspect,   // another one; not certain yet that it is this instance's
  changed,   // another one for certain: the suspicion's
  blocked,   // the one that is known to have changed
};

/// `vouched_at`: when the last listing that had the instance at its present address was begun.
KeyVerdict judge(const HostIdentity& identity, const std::optional<HostKey>& seen, std::optional<TimePoint> vouched_at);

/// The keys that the vendor publishes for the instance, as far as they are keys that may be asked for: who is expected
/// at the first contact, where there are any.
std::vector<HostKey> published_keys(const Instance& instance);

/// Of those that may answer the one of the seen one's type, else the first. There is one.
const HostKeyRecord& key_instead_of(const HostKeyRecord& seen, const HostIdentity& identity);

/// Those that may answer; empty before the first contact.
std::vector<HostKey> expected_keys(const HostIdentity& identity);

/// The one that is not expected and was not trusted yet. While there is one nobody logs in.
std::optional<HostKeyRecord> changed_key(const HostIdentity& identity);

/// A listing that was begun at `vouched_at` had the instance at its present address.
void vouch(HostIdentity& identity, std::optional<TimePoint> vouched_at);

/// The address is not any more the one at which the keys were seen: a pin that nothing vouched for goes.
void drop_unsure_keys(HostIdentity& identity);

HostKeyRecord host_key_record(const CloudId& id, const HostKey& key, HostKeyState state, Timestamp at);

}  // namespace tally
