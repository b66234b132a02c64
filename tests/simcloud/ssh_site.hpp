// Simulated SSH servers and the real OpenSSH client, with keys of its own.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "simcloud/ssh_server.hpp"
#include "tests/daemon/process.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::fakes {

/// A client's home: a key that is "right" wherever it is authorized, and another.
class SshClient {
 public:
  SshClient() {
    for (const char* name : {"right", "wrong"}) {
      fakes::run({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key(name).string()});
    }
  }

  [[nodiscard]] std::filesystem::path key(const std::string& name) const { return directory_ / name; }
  [[nodiscard]] std::filesystem::path public_key(const std::string& name) const { return directory_ / (name + ".pub"); }

  /// What ssh says, given `input` on stdin; with -v and without any configuration of this machine.
  RunOutcome run(const std::string& address, std::uint16_t port, const std::string& command,
                 const std::string& input = "", const std::string& user = "ubuntu",
                 const std::string& key_name = "right") {
    std::ofstream(directory_ / "input", std::ios::trunc) << input;
    const std::string line = "exec ssh -v -F none -p " + std::to_string(port) + " -i " + key(key_name).string() +
                             " -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no" +
                             " -o UserKnownHostsFile=/dev/null " + user + "@" + address + " '" + command + "' <" +
                             (directory_ / "input").string();
    return fakes::run({"/bin/sh", "-c", line});
  }

  /// The host key, as a line of known_hosts has it behind the address.
  static std::string host_key(const std::string& address, std::uint16_t port) {
    const std::string line = "ssh-keyscan -t ed25519 -p " + std::to_string(port) + " " + address + " 2>/dev/null";
    const std::string said = fakes::run({"/bin/sh", "-c", line}).output;
    return said.substr(said.find(' ') + 1);
  }

 private:
  TemporaryDirectory directory_;
};

/// Servers as a test sets them up; serve() is done when it returns.
class SshSite {
 public:
  explicit SshSite(const simcloud::SshOptions& options) : server_(options) {}

  void serve(const std::vector<simcloud::SshHost>& hosts) {
    boost::asio::io_context context;
    auto done = boost::asio::co_spawn(context, server_.serve(hosts), boost::asio::use_future);
    context.run();
    done.get();
  }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  /// A bare connection, to see what comes by itself.
  boost::asio::ip::tcp::socket connect(const std::string& address) {
    boost::asio::ip::tcp::socket socket(context_);
    socket.connect({boost::asio::ip::make_address(address), port()});
    return socket;
  }

 private:
  simcloud::SshServer server_;
  boost::asio::io_context context_;
};

}  // namespace tally::fakes
