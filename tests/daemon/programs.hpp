// The programs as the tests of the daemon run them: a simulated cloud, and a wait for what the daemon makes of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/reader.hpp"
#include "tests/daemon/process.hpp"
#include "tests/fakes/await.hpp"
#include "tests/fakes/fold.hpp"

namespace tally::fakes {

/// simcloud as a program of its own, so that the world survives the daemon.
class Cloud {
 public:
  explicit Cloud(const std::vector<std::string>& options)
      : process_(command(options)), endpoint_(process_.rest_of_line("listening on ")) {}
  /// It ends by itself, as it has files to remove. In this order: a SIGCONT would take back the stop by which
  /// LeakSanitizer looks at a process that ends.
  ~Cloud() {
    process_.signal(SIGCONT);
    process_.signal(SIGTERM);
    process_.wait();
  }
  Cloud(const Cloud&) = delete;
  Cloud& operator=(const Cloud&) = delete;

  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  /// The port on which its instances answer over SSH.
  [[nodiscard]] std::string ssh_port() { return process_.rest_of_line("over SSH on port "); }
  Process& process() { return process_; }

 private:
  static std::vector<std::string> command(std::vector<std::string> options) {
    options.insert(options.begin(), binary("simcloud"));
    return options;
  }
  Process process_;
  std::string endpoint_;
};

/// A fresh private key that a passphrase opens, as ssh-keygen writes it; 0600.
inline void make_ssh_key(const std::filesystem::path& file, const std::string& passphrase) {
  const RunOutcome made =
      run({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", file.string()});
  if (made.exit_code != 0) throw std::runtime_error("ssh-keygen");
}

/// Waits for what the catalog of another process must come to say.
inline void await_catalog(const std::filesystem::path& state_dir, const std::string& condition) {
  await(condition, [&] {
    try {
      return sql_text(Reader(state_dir / "catalog.db").query("SELECT " + condition).rows.at(0).at(0)) == "1";
    } catch (const StoreError&) {
      return false;  // not made yet
    }
  });
}

}  // namespace tally::fakes
