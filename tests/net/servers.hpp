// Loopback servers that answer each connection with given bytes, on a thread of their own, and certificates made at
// test time. Blocking sockets on purpose: nothing of ours is in them.
#pragma once

#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/fakes/temporary_directory.hpp"

namespace tally::fakes {

using Replies = std::vector<std::string>;  // of one connection, one a request
using Connections = std::vector<Replies>;  // in the order in which they are made

/// Listens on a free port of 127.0.0.1 and serves until destroyed.
class ServerBase {
 public:
  explicit ServerBase(Connections script) : script_(std::move(script)) {}
  virtual ~ServerBase() = default;

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() {
    const std::lock_guard lock(mutex_);
    return connections_;
  }
  void await_connection_closed() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return closed_ > 0; });
  }

 protected:
  using tcp = boost::asio::ip::tcp;

  void start() {
    thread_ = std::thread([this] { serve(); });
  }
  void stop() {
    boost::system::error_code ignored;
    // Wakes the blocking accept.
    tcp::socket waker(context_);
    is_over_ = true;
    waker.connect(acceptor_.local_endpoint(), ignored);
    if (thread_.joinable()) thread_.join();
  }

  virtual void handle(tcp::socket socket, const Replies& replies) = 0;

  template <class Stream>
  void answer(Stream& stream, const Replies& replies) {
    boost::asio::streambuf buffer;
    for (const std::string& reply : replies) {
      boost::system::error_code failure;
      const std::size_t size = boost::asio::read_until(stream, buffer, "\r\n\r\n", failure);
      if (failure) return;
      const auto* data = static_cast<const char*>(buffer.data().data());
      {
        const std::lock_guard lock(mutex_);
        requests_.emplace_back(data, size);
      }
      buffer.consume(buffer.size());
      boost::asio::write(stream, boost::asio::buffer(reply), failure);
    }
  }

 private:
  void serve() {
    for (;;) {
      boost::system::error_code failure;
      tcp::socket socket(context_);
      acceptor_.accept(socket, failure);
      if (failure || is_over_) return;
      Replies replies;
      {
        const std::lock_guard lock(mutex_);
        if (static_cast<std::size_t>(connections_) < script_.size()) {
          replies = script_[static_cast<std::size_t>(connections_)];
        }
        ++connections_;
      }
      handle(std::move(socket), replies);
      {
        const std::lock_guard lock(mutex_);
        ++closed_;
      }
      wake_.notify_all();
    }
  }

  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  Connections script_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::string> requests_;
  int connections_ = 0;
  int closed_ = 0;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

class PlainServer final : public ServerBase {
 public:
  explicit PlainServer(Connections script) : ServerBase(std::move(script)) { start(); }
  ~PlainServer() override { stop(); }
  [[nodiscard]] std::string url(const std::string& target) const { return "http://" + address() + target; }

 private:
  void handle(tcp::socket socket, const Replies& replies) override { answer(socket, replies); }
};

/// Speaks first, and hears nothing.
class GreetingServer final : public ServerBase {
 public:
  explicit GreetingServer(Connections script) : ServerBase(std::move(script)) { start(); }
  ~GreetingServer() override { stop(); }

 private:
  void handle(tcp::socket socket, const Replies& replies) override {
    boost::system::error_code failure;
    for (const std::string& reply : replies) boost::asio::write(socket, boost::asio::buffer(reply), failure);
    boost::asio::streambuf ignored;
    boost::asio::read(socket, ignored, failure);
  }
};

/// The kernel accepts; nobody ever answers.
class SilentServer {
 public:
  [[nodiscard]] std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + target;
  }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_{context_,
                                           boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
};

/// An authority and server certificates of it, made with the openssl program: good (127.0.0.1), expired, not-yet,
/// wrong-host; and one that is self-signed.
class Certificates {
 public:
  Certificates() {
    run("openssl req -x509" + new_key("ca") + " -out ca.pem -days 30 -subj /CN=test-authority");
    make("good", "IP:127.0.0.1", "-days 30");
    make("expired", "IP:127.0.0.1", "-days -1");
    make("wrong-host", "DNS:elsewhere.example", "-days 30");
    make("not-yet", "IP:127.0.0.1", "-days 30");
    run("touch index.txt && printf "
        "'[ca]\\ndefault_ca=a\\n[a]\\ndatabase=index.txt\\nnew_certs_dir=.\\nrand_serial=yes\\n"
        "default_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' > ca.cnf && openssl ca -batch -config ca.cnf -in "
        "not-yet.csr -out not-yet.pem -notext -cert ca.pem -keyfile ca.key -extfile not-yet.ext -startdate "
        "20980101000000Z -enddate 20990101000000Z");
    run("openssl req -x509" + new_key("self-signed") +
        " -out self-signed.pem -days 30 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1");
  }
  [[nodiscard]] std::string ca_file() const { return (directory_ / "ca.pem").string(); }
  [[nodiscard]] std::string file(const std::string& name) const { return (directory_ / name).string(); }

 private:
  /// Options of `openssl req`: NAME.key, which is made.
  static std::string new_key(const std::string& name) {
    return " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout " + name + ".key";
  }
  void make(const std::string& name, const std::string& subject, const std::string& days) {
    run("openssl req" + new_key(name) + " -out " + name + ".csr -subj /CN=" + name);
    run("printf 'subjectAltName=" + subject + "' > " + name + ".ext && openssl x509 -req -in " + name +
        ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -out " + name + ".pem -extfile " + name + ".ext " + days);
  }
  void run(const std::string& command) {
    const std::string line = "cd " + directory_.path().string() + " && (" + command + ") >/dev/null 2>&1";
    if (std::system(line.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }
  TemporaryDirectory directory_;
};

class TlsServer final : public ServerBase {
 public:
  TlsServer(const Certificates& certificates, const std::string& name, Connections script)
      : ServerBase(std::move(script)) {
    context_.use_certificate_file(certificates.file(name + ".pem"), boost::asio::ssl::context::pem);
    context_.use_private_key_file(certificates.file(name + ".key"), boost::asio::ssl::context::pem);
    start();
  }
  ~TlsServer() override { stop(); }
  [[nodiscard]] std::string url(const std::string& target) const { return "https://" + address() + target; }

 private:
  void handle(tcp::socket socket, const Replies& replies) override {
    boost::asio::ssl::stream<tcp::socket> stream(std::move(socket), context_);
    boost::system::error_code failure;
    stream.handshake(boost::asio::ssl::stream_base::server, failure);
    if (!failure) answer(stream, replies);  // no shutdown: the connection is cut without notice
  }
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_server};
};

}  // namespace tally::fakes
