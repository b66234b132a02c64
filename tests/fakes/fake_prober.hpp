// A Prober whose network is a map of addresses, on virtual time. A contact finds whom the address belongs to when it
// begins, and tells when it ends. Counts what runs at once and remembers every contact.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "runtime/clock.hpp"
#include "ssh/prober.hpp"

namespace tally::fakes {

inline HostKey make_key(const std::string& name, const std::string& type = "ssh-ed25519") {
  HostKey key;
  key.type = type;
  key.fingerprint = "SHA256:" + name;
  key.public_key = "blob-" + name;
  return key;
}

/// A machine that answers.
struct FakeHost {
  std::vector<HostKey> keys;  // the first is what it prefers
  bool lets_in = true;
  std::string says{};  // what a command prints there
};

class FakeProber final : public Prober {
 public:
  explicit FakeProber(Clock& clock) : clock_(clock) {}

  std::map<std::string, FakeHost> network;  // by address; another address refuses
  std::chrono::milliseconds takes{200};
  std::vector<SshTarget> contacts;
  std::vector<TimePoint> begun_at;
  std::size_t running = 0;
  std::size_t most_running = 0;

  boost::asio::awaitable<SshReport> probe(SshTarget target, std::chrono::milliseconds) override {
    contacts.push_back(target);
    begun_at.push_back(clock_.now());
    const Running one(*this);
    const SshReport report = meet(target);
    co_await clock_.sleep_until(clock_.now() + takes);
    co_return report;
  }
  boost::asio::awaitable<SshRun> run(SshTarget target, SshCommand) override {
    SshRun result;
    result.report = co_await probe(target, std::chrono::milliseconds(0));
    const auto at = network.find(target.host);
    if (!result.report.failure && at != network.end()) result.output.out = at->second.says;
    co_return result;
  }
  boost::asio::awaitable<SshReport> upload(SshTarget target, SshFile, std::chrono::milliseconds deadline) override {
    return probe(std::move(target), deadline);
  }

  /// What a contact that begins now comes to.
  [[nodiscard]] SshReport meet(const SshTarget& target) const {
    const auto at = network.find(target.host);
    if (at == network.end()) return failed(SshStage::tcp, "connection refused");
    const auto is_offered = [&target](const HostKey& key) {
      return target.expected.empty() || std::any_of(target.expected.begin(), target.expected.end(),
                                                    [&key](const HostKey& wanted) { return wanted.type == key.type; });
    };
    const auto key = std::find_if(at->second.keys.begin(), at->second.keys.end(), is_offered);
    if (key == at->second.keys.end()) return failed(SshStage::host_key, "no key of the pinned type");
    SshReport report = failed(SshStage::host_key, "another host key");
    report.host_key = *key;
    if (!target.expected.empty() &&
        std::find(target.expected.begin(), target.expected.end(), *key) == target.expected.end()) {
      return report;
    }
    report.failure.reset();
    if (target.key == nullptr) return report;
    report.stage = SshStage::auth;
    if (!at->second.lets_in) report.failure = SshFailure{SshStage::auth, "permission denied"};
    return report;
  }

 private:
  struct Running {
    explicit Running(FakeProber& of) : prober(of) {
      prober.most_running = std::max(prober.most_running, ++prober.running);
    }
    ~Running() { --prober.running; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    FakeProber& prober;
  };

  static SshReport failed(SshStage stage, std::string message) {
    SshReport report;
    report.stage = stage;
    report.failure = SshFailure{stage, std::move(message)};
    return report;
  }

  Clock& clock_;
};

}  // namespace tally::fakes
