#include "store/ssh_tables.hpp"

#include "store/change_writer.hpp"
#include "store/columns.hpp"
#include "store/parameters.hpp"

namespace tally {
namespace {

constexpr std::array<std::string_view, 3> host_key_states{"pinned", "changed", "trusted"};
constexpr std::array<std::string_view, 3> bootstrap_states{"started", "done", "failed"};

using namespace parameters;

class SshWriter {
 public:
  SshWriter(sqlite::Connection& connection, std::int64_t credential_key)
      : connection_(connection), credential_key_(credential_key) {}

  std::vector<WrittenEvent> write(const SshChanges& changes) {
    for (const CloudId& id : changes.forgotten) forget(changes.at, id);
    for (const ProbeRecord& probe : changes.probes) write(probe);
    for (const HostKeyRecord& key : changes.host_keys_removed) remove(key);
    for (const HostKeyRecord& key : changes.host_keys) write(key);
    for (const BootstrapRecord& bootstrap : changes.bootstraps) write(bootstrap);
    write(changes.at, changes.events, changes.problems_started, changes.problems_ended);
    return std::move(written_);
  }

 private:
  void forget(Timestamp at, const CloudId& id) {
    if (is_shared(id)) {
      const ProblemKey problem = shared_host_problem(id);
      Event ended;
      ended.kind = "problem_ended";
      ended.subject_kind = problem.subject_kind;
      ended.subject_id = problem.subject_id;
      ended.old_value = problem.kind;
      write(at, {ended}, {}, {problem});
    }
    for (const char* sql : {"DELETE FROM ssh_probe WHERE credential_key = ? AND cloud_id = ?",
                            "DELETE FROM host_key WHERE credential_key = ? AND cloud_id = ?",
                            "DELETE FROM bootstrap WHERE credential_key = ? AND cloud_id = ?"}) {
      connection_.statement(sql).bind(credential_key_, id.str()).run();
    }
  }

  bool is_shared(const CloudId& id) {
    sqlite::Statement& select = connection_
                                    .statement(
                                        "SELECT 1 FROM problem WHERE credential_key = ? AND kind = 'shared_host' AND "
                                        "subject_id = ? AND ended_at_ms IS NULL")
                                    .bind(credential_key_, id.str());
    const bool is_found = select.step();
    select.reset();
    return is_found;
  }

  void write(const ProbeRecord& probe) {
    const Before before = before_of(probe);
    const bool is_news = !before.is_same_target || before.is_failing == probe.is_ok;
    const std::optional<std::int64_t> failing_since_ms =
        probe.is_ok ? std::nullopt : std::optional(before.failing_since_ms.value_or(ms(probe.at)));
    const auto& times = probe.times;
    connection_
        .statement(
            "INSERT OR REPLACE INTO ssh_probe (credential_key, cloud_id, at_ms, host, ssh_user, ssh_port, "
            "running_since_ms, probed_user, probed_port, stage, is_ok, failing_since_ms, error, total_ms, dns_ms, "
            "tcp_ms, banner_ms, kex_ms, host_key_ms, auth_ms, exec_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(credential_key_, probe.cloud_id.str(), ms(probe.at), text(probe.host), text(probe.ssh_user),
              probe.ssh_port, ms(probe.running_since), text(probe.probed_user), probe.probed_port, probe.stage,
              probe.is_ok, failing_since_ms, text(probe.error), std::int64_t{probe.total.count()}, count(times[0]),
              count(times[1]), count(times[2]), count(times[3]), count(times[4]), count(times[5]), count(times[6]))
        .run();
    if (!is_news) return;
    Event event;
    event.kind = probe.is_ok ? "probe_ok" : "probe_failed";
    event.subject_kind = "instance";
    event.subject_id = probe.cloud_id.str();
    event.new_value = probe.stage;
    if (!probe.is_ok) event.detail = probe.error;
    write(probe.at, {event});
  }

  /// What the row that a probe replaces says of the same target; of another one nothing.
  struct Before {
    bool is_same_target = false;
    bool is_failing = false;
    std::optional<std::int64_t> failing_since_ms;
  };
  Before before_of(const ProbeRecord& probe) {
    sqlite::Statement& select = connection_
                                    .statement(
                                        "SELECT host, ssh_user, ssh_port, running_since_ms, is_ok, failing_since_ms "
                                        "FROM ssh_probe WHERE credential_key = ? AND cloud_id = ?")
                                    .bind(credential_key_, probe.cloud_id.str());
    Before before;
    if (select.step() && select.text(0) == probe.host && select.text(1) == probe.ssh_user &&
        select.optional_integer(2) == probe.ssh_port && select.integer(3) == ms(probe.running_since)) {
      before = {true, select.integer(4) == 0, select.optional_integer(5)};
    }
    select.reset();
    return before;
  }

  void remove(const HostKeyRecord& key) {
    connection_
        .statement(
            "DELETE FROM host_key WHERE credential_key = ? AND cloud_id = ? AND key_type = ? AND "
            "fingerprint_sha256 = ?")
        .bind(credential_key_, key.cloud_id.str(), key.key_type, key.fingerprint)
        .run();
  }

  void write(const HostKeyRecord& key) {
    connection_
        .statement(
            "INSERT OR REPLACE INTO host_key (credential_key, cloud_id, key_type, fingerprint_sha256, public_key, "
            "first_seen_at_ms, state) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(credential_key_, key.cloud_id.str(), key.key_type, key.fingerprint, text(key.public_key),
              ms(key.first_seen_at), to_string(key.state))
        .run();
  }

  void write(const BootstrapRecord& bootstrap) {
    connection_
        .statement(
            "INSERT INTO bootstrap (credential_key, cloud_id, plan_sha256, state, attempts, started_at_ms, "
            "finished_at_ms, exit_status, output, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT "
            "(credential_key, cloud_id) DO UPDATE SET plan_sha256 = excluded.plan_sha256, state = excluded.state, "
            "attempts = excluded.attempts, started_at_ms = excluded.started_at_ms, "
            "finished_at_ms = excluded.finished_at_ms, exit_status = excluded.exit_status, output = excluded.output, "
            "error = excluded.error")
        .bind(credential_key_, bootstrap.cloud_id.str(), bootstrap.plan_sha256, to_string(bootstrap.state),
              bootstrap.attempts, ms(bootstrap.started_at), ms(bootstrap.finished_at), bootstrap.exit_status,
              text(bootstrap.output), text(bootstrap.error))
        .run();
  }

  void write(Timestamp at, std::vector<Event> events, std::vector<Problem> started = {},
             std::vector<ProblemKey> ended = {}) {
    ChangeSet changes;
    changes.at = at;
    changes.events = std::move(events);
    changes.problems_started = std::move(started);
    changes.problems_ended = std::move(ended);
    if (changes.empty()) return;
    const std::int64_t first = ChangeWriter(connection_, credential_key_).write(changes);
    for (WrittenEvent& event : written_from(first, std::move(changes.events))) written_.push_back(std::move(event));
  }

  sqlite::Connection& connection_;
  std::int64_t credential_key_;
  std::vector<WrittenEvent> written_;
};

std::vector<ProbeRecord> load_probes(sqlite::Connection& connection, std::int64_t credential_key) {
  std::vector<ProbeRecord> probes;
  sqlite::Statement& select =
      connection
          .statement(
              "SELECT cloud_id, at_ms, host, ssh_user, ssh_port, running_since_ms, probed_user, probed_port, stage, "
              "is_ok, error, total_ms, dns_ms, tcp_ms, banner_ms, kex_ms, host_key_ms, auth_ms, exec_ms FROM ssh_probe "
              "WHERE credential_key = ?")
          .bind(credential_key);
  for_each_row(select, "ssh_probe", [&](Columns columns) {
    ProbeRecord probe;
    probe.cloud_id = CloudId(columns.text());
    probe.at = columns.time();
    probe.host = columns.text();
    probe.ssh_user = columns.text();
    probe.ssh_port = columns.optional_int32();
    probe.running_since = columns.time();
    probe.probed_user = columns.text();
    probe.probed_port = columns.optional_int32();
    probe.stage = columns.text();
    probe.is_ok = columns.flag();
    probe.error = columns.text();
    probe.total = std::chrono::milliseconds(columns.integer());
    for (auto& time : probe.times) {
      if (const auto value = columns.optional_integer()) time = std::chrono::milliseconds(*value);
    }
    probes.push_back(std::move(probe));
  });
  return probes;
}

std::vector<HostKeyRecord> load_host_keys(sqlite::Connection& connection, std::int64_t credential_key) {
  std::vector<HostKeyRecord> keys;
  sqlite::Statement& select = connection
                                  .statement(
                                      "SELECT cloud_id, key_type, fingerprint_sha256, public_key, state, "
                                      "first_seen_at_ms FROM host_key WHERE credential_key = ?")
                                  .bind(credential_key);
  for_each_row(select, "host_key", [&](Columns columns) {
    HostKeyRecord key;
    key.cloud_id = CloudId(columns.text());
    key.key_type = columns.text();
    key.fingerprint = columns.text();
    key.public_key = columns.text();
    key.state = enum_from<HostKeyState>(host_key_states, columns.text());
    key.first_seen_at = columns.time();
    keys.push_back(std::move(key));
  });
  return keys;
}

std::vector<BootstrapRecord> load_bootstraps(sqlite::Connection& connection, std::int64_t credential_key) {
  std::vector<BootstrapRecord> bootstraps;
  sqlite::Statement& select = connection
                                  .statement(
                                      "SELECT cloud_id, plan_sha256, state, attempts, started_at_ms, finished_at_ms, "
                                      "exit_status, output, error FROM bootstrap WHERE credential_key = ?")
                                  .bind(credential_key);
  for_each_row(select, "bootstrap", [&](Columns columns) {
    BootstrapRecord bootstrap;
    bootstrap.cloud_id = CloudId(columns.text());
    bootstrap.plan_sha256 = columns.text();
    bootstrap.state = enum_from<BootstrapState>(bootstrap_states, columns.text());
    bootstrap.attempts = static_cast<int>(columns.integer());
    bootstrap.started_at = columns.time();
    bootstrap.finished_at = columns.optional_time();
    bootstrap.exit_status = columns.optional_int32();
    bootstrap.output = columns.text();
    bootstrap.error = columns.text();
    bootstraps.push_back(std::move(bootstrap));
  });
  return bootstraps;
}

std::vector<CloudId> load_shared_hosts(sqlite::Connection& connection, std::int64_t credential_key) {
  std::vector<CloudId> ids;
  sqlite::Statement& select = connection
                                  .statement(
                                      "SELECT subject_id FROM problem WHERE credential_key = ? AND "
                                      "kind = 'shared_host' AND ended_at_ms IS NULL")
                                  .bind(credential_key);
  for_each_row(select, "problem", [&](Columns columns) { ids.emplace_back(columns.text()); });
  return ids;
}

}  // namespace

std::string_view to_string(HostKeyState state) { return host_key_states.at(static_cast<std::size_t>(state)); }
std::string_view to_string(BootstrapState state) { return bootstrap_states.at(static_cast<std::size_t>(state)); }

std::vector<WrittenEvent> write_ssh(sqlite::Connection& connection, std::int64_t credential_key,
                                    const SshChanges& changes) {
  return SshWriter(connection, credential_key).write(changes);
}

SshRecords load_ssh(sqlite::Connection& connection, std::int64_t credential_key) {
  SshRecords records;
  records.probes = load_probes(connection, credential_key);
  records.host_keys = load_host_keys(connection, credential_key);
  records.bootstraps = load_bootstraps(connection, credential_key);
  records.shared_hosts = load_shared_hosts(connection, credential_key);
  return records;
}

}  // namespace tally
