#include "syncers/ssh_group.hpp"

#include <exception>
#include <utility>
#include <vector>

#include "syncers/change_log.hpp"

namespace tally {
namespace asio = boost::asio;

void SshGroup::put(const CredentialRef& credential, ProbeRecord record) {
  CloudId id = record.cloud_id;
  parts_[credential].probes.insert_or_assign(std::move(id), std::move(record));
}

void SshGroup::forget(const CredentialRef& credential, const CloudId& id) {
  Part& part = parts_[credential];
  part.probes.erase(id);
  part.forgotten.insert(id);
}

bool SshGroup::take_forgotten(const CredentialRef& credential, const CloudId& id) {
  const auto part = parts_.find(credential);
  return part != parts_.end() && part->second.forgotten.erase(id) != 0;
}

asio::awaitable<void> SshGroup::flush() {
  if (parts_.empty()) co_return;
  Parts writing = std::exchange(parts_, {});
  std::map<CredentialRef, SshChanges> changes;
  for (const auto& [credential, part] : writing) {
    SshChanges& of_credential = changes[credential];
    of_credential.at = clock_.wall_now();
    of_credential.forgotten.assign(part.forgotten.begin(), part.forgotten.end());
    for (const auto& [id, record] : part.probes) of_credential.probes.push_back(record);
  }
  std::vector<std::pair<CredentialRef, Event>> written;
  std::exception_ptr failure;
  try {
    written = co_await writer_.commit(std::move(changes));
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    put_back(std::move(writing));
    std::rethrow_exception(failure);
  }
  std::map<CredentialRef, std::vector<Event>> events;
  for (auto& [credential, event] : written) events[credential].push_back(std::move(event));
  for (const auto& [credential, of_credential] : events) log_events(credential, of_credential);
}

/// What came meanwhile is newer.
void SshGroup::put_back(Parts unwritten) {
  for (auto& [credential, part] : unwritten) {
    Part& now = parts_[credential];
    for (auto& [id, record] : part.probes) {
      if (!now.forgotten.contains(id)) now.probes.try_emplace(id, std::move(record));
    }
    now.forgotten.merge(part.forgotten);
  }
}

asio::awaitable<void> SshGroup::run() {
  const std::function<asio::awaitable<void>()> write_group = [this] { return flush(); };
  co_await flush_every_second(clock_, write_group);
}

}  // namespace tally
