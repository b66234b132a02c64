// OpenSSH's, Dropbear's and TinySSH's servers for the user who runs the tests, with a home and keys of their own in a
// temporary directory.
#pragma once

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ssh/target.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"
#include "tests/ssh/support/inetd.hpp"

namespace tally::fakes {

inline const std::string& this_user() {
  static const std::string name = getpwuid(getuid())->pw_name;
  return name;
}

/// What a server wrote so far.
inline std::string log_of(const std::filesystem::path& file) {
  return std::filesystem::exists(file) ? text_of(file) : std::string();
}

inline void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

inline void shell(const std::string& command) {
  if (std::system(("(" + command + ") >/dev/null 2>&1 </dev/null").c_str()) != 0) {
    throw std::runtime_error("failed: " + command);
  }
}

/// A fresh key made by ssh-keygen, in OpenSSH's format, in `directory`; its public half lies beside it.
inline std::string make_key(const TemporaryDirectory& directory, const std::string& name, const std::string& type,
                            const std::string& passphrase = "", const std::string& options = "") {
  const std::string path = (directory / name).string();
  shell("ssh-keygen -q -t " + type + " -N '" + passphrase + "' -C " + name + " -f " + path + " " + options);
  return path;
}

inline std::shared_ptr<const SshKey> load_key(const std::string& path, const std::string& passphrase = "") {
  return std::make_shared<const SshKey>(SshKey{Secret(text_of(path)), Secret(passphrase)});
}

/// A home directory with one key that may log in.
struct Home {
  Home() {
    std::filesystem::create_directory(home());
    std::filesystem::permissions(home(), std::filesystem::perms::owner_all);
    make_key(directory, "client", "ed25519");
    key = load_key((directory / "client").string());
    std::filesystem::create_directory(home() / ".ssh");
    std::filesystem::permissions(home() / ".ssh", std::filesystem::perms::owner_all);
    allow(text_of(directory / "client.pub"));
  }
  [[nodiscard]] std::filesystem::path home() const { return directory / "home"; }
  [[nodiscard]] std::filesystem::path authorized_keys() const { return home() / ".ssh" / "authorized_keys"; }
  void allow(const std::string& lines) const {
    std::ofstream(authorized_keys(), std::ios::binary | std::ios::app) << lines;
    std::filesystem::permissions(authorized_keys(), std::filesystem::perms(0600));
  }

  TemporaryDirectory directory;
  std::shared_ptr<const SshKey> key;
};

struct SshdOptions {
  std::vector<std::string> host_keys{"ed25519"};  // "ed25519", "rsa", "ecdsa -b 384"
  std::string config;                             // further lines of sshd_config
};

class Sshd {
 public:
  explicit Sshd(const Home& home, const SshdOptions& options = {}) : home_(home) {
    // Root's sshd wants this directory, which the package's unit makes at boot.
    if (getuid() == 0) mkdir("/run/sshd", 0755);
    std::string config = options.config + "\nLogLevel VERBOSE\nStrictModes no\nUsePAM no\nPidFile none\nUseDNS no\n" +
                         "PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n" +
                         "AuthorizedKeysFile " + home.authorized_keys().string() +
                         "\nSetEnv HOME=" + home.home().string() + "\n";
    for (std::size_t i = 0; i < options.host_keys.size(); ++i) {
      config += "HostKey " + make_key(directory_, "host" + std::to_string(i), options.host_keys[i]) + "\n";
    }
    write_file(directory_ / "sshd_config", config);
    inetd_ = std::make_unique<Inetd>(
        std::vector<std::string>{"/usr/sbin/sshd", "-i", "-e", "-f", (directory_ / "sshd_config").string()},
        log_file());
  }

  [[nodiscard]] SshTarget target() const {
    SshTarget target;
    target.host = "127.0.0.1";
    target.may_be_loopback = true;
    target.port = inetd_->port();
    target.user = this_user();
    target.key = home_.key;
    return target;
  }
  /// "SHA256:..." of the host key that was asked for n-th.
  [[nodiscard]] std::string fingerprint(std::size_t n = 0) const {
    const std::string key = (directory_ / ("host" + std::to_string(n) + ".pub")).string();
    shell("ssh-keygen -l -f " + key + " > " + key + ".print");
    const std::string line = text_of(key + ".print");
    const std::size_t begin = line.find("SHA256:");
    return line.substr(begin, line.find(' ', begin) - begin);
  }
  [[nodiscard]] std::string public_key(std::size_t n = 0) const {
    return text_of(directory_ / ("host" + std::to_string(n) + ".pub"));
  }
  [[nodiscard]] std::string log() const { return log_of(log_file()); }
  Inetd& inetd() { return *inetd_; }

 private:
  [[nodiscard]] std::string log_file() const { return (directory_ / "log").string(); }

  const Home& home_;
  TemporaryDirectory directory_;
  std::unique_ptr<Inetd> inetd_;
};

/// A server that takes the home from the user database, on one host key of its own.
class SmallServer {
 public:
  [[nodiscard]] SshTarget target() const {
    SshTarget target;
    target.host = "127.0.0.1";
    target.may_be_loopback = true;
    target.port = inetd_->port();
    target.user = this_user();
    target.key = home_.key;
    return target;
  }
  [[nodiscard]] std::string log() const { return log_of(directory_ / "log"); }

 protected:
  explicit SmallServer(const Home& home) : home_(home) {}
  void start(const std::vector<std::string>& command) {
    inetd_ = std::make_unique<Inetd>(
        command, (directory_ / "log").string(),
        std::vector<std::string>{"LD_PRELOAD=" TALLY_PRELOAD_HOME, "TALLY_TEST_HOME=" + home_.home().string()});
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (directory_ / name).string(); }

 private:
  const Home& home_;
  TemporaryDirectory directory_;
  std::unique_ptr<Inetd> inetd_;
};

class Dropbear : public SmallServer {
 public:
  explicit Dropbear(const Home& home, const std::string& key_type = "ed25519") : SmallServer(home) {
    shell("dropbearkey -t " + key_type + " -f " + path("key"));
    start({"/usr/sbin/dropbear", "-i", "-r", path("key")});
  }
};

class TinySsh : public SmallServer {
 public:
  explicit TinySsh(const Home& home) : SmallServer(home) {
    shell("tinysshd-makekey " + path("keys"));
    start({"/usr/sbin/tinysshd", "-v", path("keys")});
  }
};

}  // namespace tally::fakes
