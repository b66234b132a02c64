#include "probing/ssh_recorder.hpp"

#include <exception>
#include <vector>

#include "runtime/shielded.hpp"
#include "tally/event_log.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

/// Needs the writer only, so that it goes on when whoever waits for it has gone.
asio::awaitable<void> write(CatalogWriter& writer, CredentialRef credential, SshChanges changes) {
  const std::vector<WrittenEvent> events = co_await writer.commit(credential, std::move(changes));
  log_events(credential, events);
}

}  // namespace

void SshRecorder::put(const CredentialRef& credential, ProbeRecord record) {
  CloudId id = record.cloud_id;
  parts_[credential].probes.insert_or_assign(std::move(id), std::move(record));
}

void SshRecorder::forget(const CredentialRef& credential, const CloudId& id) {
  Part& part = parts_[credential];
  part.probes.erase(id);
  part.forgotten[id] = ++asked_;
}

asio::awaitable<void> SshRecorder::commit(CredentialRef credential, CloudId id, SshChanges changes) {
  // An instance that ended and came back: what was kept of it goes first, not later with a group.
  const bool is_forgotten = take_forgotten(credential, id);
  if (is_forgotten) changes.forgotten.push_back(id);
  std::exception_ptr failure;
  try {
    co_await shielded(loop_, write(writer_, credential, std::move(changes)));
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    if (is_forgotten) forget(credential, id);
    std::rethrow_exception(failure);
  }
}

/// Whether something is still to be forgotten of this instance. Whoever takes it does it.
bool SshRecorder::take_forgotten(const CredentialRef& credential, const CloudId& id) {
  const auto part = parts_.find(credential);
  return part != parts_.end() && part->second.forgotten.erase(id) != 0;
}

asio::awaitable<void> SshRecorder::flush() {
  if (parts_.empty()) co_return;
  const Parts writing = parts_;
  std::map<CredentialRef, SshChanges> changes;
  for (const auto& [credential, part] : writing) {
    SshChanges& of_credential = changes[credential];
    of_credential.at = clock_.wall_now();
    for (const auto& [id, asked] : part.forgotten) of_credential.forgotten.push_back(id);
    for (const auto& [id, record] : part.probes) of_credential.probes.push_back(record);
  }
  const auto written = co_await writer_.commit(std::move(changes));
  for (const auto& [credential, part] : writing) drop_written(credential, part);
  for (const auto& [credential, events] : written) log_events(credential, events);
}

/// What came meanwhile stays.
void SshRecorder::drop_written(const CredentialRef& credential, const Part& written) {
  const auto at = parts_.find(credential);
  if (at == parts_.end()) return;
  Part& now = at->second;
  std::erase_if(now.probes, [&](const auto& probe) {
    const auto before = written.probes.find(probe.first);
    return before != written.probes.end() && before->second == probe.second;
  });
  std::erase_if(now.forgotten, [&](const auto& id) {
    const auto before = written.forgotten.find(id.first);
    return before != written.forgotten.end() && before->second == id.second;
  });
  if (now.probes.empty() && now.forgotten.empty()) parts_.erase(at);
}

asio::awaitable<void> SshRecorder::run() {
  const std::function<asio::awaitable<void>()> write_group = [this] { return flush(); };
  co_await flush_every_second(clock_, write_group);
}

}  // namespace tally
