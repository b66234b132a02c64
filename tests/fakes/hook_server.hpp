// A receiver of webhooks on loopback, on a thread of its own: keeps what comes, and answers as the test says.
#pragma once

#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tally::fakes {

struct HookRequest {
  std::string head;
  std::string body;
};

class HookServer {
 public:
  /// The first answers, such as "503 Busy\r\nRetry-After: 7"; "": none ever comes. All others are 204.
  explicit HookServer(std::vector<std::string> answers = {})
      : answers_(std::move(answers)), thread_([this] { serve(); }) {}
  ~HookServer() {
    is_over_ = true;
    boost::system::error_code ignored;
    tcp::socket waker(context_);
    waker.connect(acceptor_.local_endpoint(), ignored);  // wakes the blocking accept
    thread_.join();
  }
  HookServer(const HookServer&) = delete;
  HookServer& operator=(const HookServer&) = delete;

  [[nodiscard]] std::string url(const std::string& target = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + target;
  }
  /// Whether it takes anything from now on.
  void refuse(bool refuses) { refuses_ = refuses; }

  std::vector<HookRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// Of those that were taken.
  std::vector<HookRequest> taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  /// Waits until so many came, whether they were taken or not.
  void await_requests(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this, count] { return requests_.size() >= count; });
  }

 private:
  using tcp = boost::asio::ip::tcp;

  void serve() {
    for (;;) {
      boost::system::error_code failure;
      tcp::socket socket(context_);
      acceptor_.accept(socket, failure);
      if (failure || is_over_) return;
      HookRequest request;
      if (!read(socket, request)) continue;
      const std::string answer = keep(std::move(request));
      if (answer.empty()) {
        held_.push_back(std::move(socket));
        continue;
      }
      boost::asio::write(
          socket,
          boost::asio::buffer("HTTP/1.1 " + answer +
                              "\r\nLocation: /elsewhere\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
          failure);
    }
  }

  static bool read(tcp::socket& socket, HookRequest& request) {
    boost::system::error_code failure;
    std::string text;
    const std::size_t head = boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), "\r\n\r\n", failure);
    if (failure) return false;
    const std::string mark = "Content-Length: ";
    const std::size_t at = text.find(mark);
    const std::size_t size = at < head ? std::stoul(text.substr(at + mark.size())) : 0;
    if (text.size() < head + size) {
      boost::asio::read(socket, boost::asio::dynamic_buffer(text),
                        boost::asio::transfer_exactly(head + size - text.size()), failure);
    }
    request.head = text.substr(0, head);
    request.body = text.substr(head);
    return !failure;
  }

  std::string keep(HookRequest request) {
    const std::lock_guard lock(mutex_);
    std::string answer = refuses_ ? "503 Busy" : "204 Taken";
    if (requests_.size() < answers_.size()) answer = answers_[requests_.size()];
    if (answer.starts_with("2")) taken_.push_back(request);
    requests_.push_back(std::move(request));
    came_.notify_all();
    return answer;
  }

  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  std::vector<std::string> answers_;
  std::vector<tcp::socket> held_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<HookRequest> requests_;
  std::vector<HookRequest> taken_;
  std::atomic<bool> refuses_ = false;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;  // the last: it uses the others
};

}  // namespace tally::fakes
