#include "bench/list_cloud.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <new>
#include <thread>
#include <vector>

namespace tally::bench {
namespace {

using boost::asio::ip::tcp;

constexpr std::array regions = {"chicago-usa-1", "dallas-usa-1", "tokyo-japan-1", "mumbai-india-1"};
constexpr std::array gpus = {"A100", "B200", "GH200", "H100", "H200", "L4", "L40S", "T4", "V100"};

std::string type_name(std::size_t type) { return fmt::format("{}_v{}", gpus[type % gpus.size()], type); }

std::string type_row(std::size_t type) {
  std::string availability;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    availability += fmt::format(R"({}{{"region":"{}","available":{},"display_name":"{}"}})", i == 0 ? "" : ",",
                                regions[i], (type + i) % 3 != 0, regions[i]);
  }
  return fmt::format(
      R"({{"cloud":"cloud-{}","shade_instance_type":"{}","cloud_instance_type":"t-{}","configuration":)"
      R"({{"memory_in_gb":256,"storage_in_gb":600,"vcpus":24,"num_gpus":{},"gpu_type":"{}","interconnect":"sxm5",)"
      R"("nvlink":true,"vram_per_gpu_in_gb":80,"os_options":["ubuntu22.04","ubuntu24.04"],)"
      R"("gpu_manufacturer":"nvidia"}},"hourly_price":{},"deployment_type":"vm","availability":[{}],)"
      R"("boot_time":{{"min_boot_in_sec":60,"max_boot_in_sec":300}}}})",
      type % 12, type_name(type), type, 1 << (type % 4), gpus[type % gpus.size()], 100 + type % 5000, availability);
}

/// A machine's place in the list; each replacement in it has another ID. A new one boots until it is replaced or stays.
std::string instance_row(std::size_t place, int generation, std::size_t types, const ListedSsh& ssh) {
  const std::size_t type = place % types;
  return fmt::format(
      R"({{"id":"{:08x}-0000-4000-8000-{:012x}","cloud":"cloud-{}","region":"{}","shade_instance_type":"{}",)"
      R"("cloud_instance_type":"t-{}","cloud_assigned_id":"ca-{:012x}","shade_cloud":true,"name":"node-{}",)"
      R"("configuration":{{"memory_in_gb":256,"storage_in_gb":600,"vcpus":24,"num_gpus":{},"gpu_type":"{}",)"
      R"("interconnect":"sxm5","nvlink":true,"vram_per_gpu_in_gb":80,"gpu_manufacturer":"nvidia","os":"ubuntu22.04"}},)"
      R"("ip":"{}","ssh_user":"shadeform","ssh_port":{},"status":"{}","status_details":"","cost_estimate":"19.06",)"
      R"("hourly_price":{},"tags":["team=t{}"],"port_mappings":[],"active_at":"2026-01-01T00:01:00Z",)"
      R"("created_at":"2026-01-01T00:00:00Z","deleted_at":"0001-01-01T00:00:00Z"}})",
      generation, place, type % 12, regions[place % regions.size()], type_name(type), type, place, place,
      1 << (type % 4), gpus[type % gpus.size()],
      ssh.address ? ssh.address(place) : fmt::format("10.{}.{}.{}", place >> 16U, place >> 8U & 255U, place & 255U),
      ssh.port, generation % 2 == 0 ? "active" : "pending", 100 + type % 5000, place % 97);
}

class Rows {
 public:
  Rows(std::size_t types, std::size_t instances, ListedSsh ssh) : types_(types / regions.size()), ssh_(std::move(ssh)) {
    type_list_ = R"({"instance_types":[)";
    for (std::size_t i = 0; i < types_; ++i) type_list_ += (i == 0 ? "" : ",") + type_row(i);
    type_list_ += "]}";
    for (std::size_t i = 0; i < instances; ++i) instances_.push_back(instance_row(i, 0, types_, ssh_));
  }

  [[nodiscard]] const std::string& types() const { return type_list_; }

  std::string instances(int churn_per_mille) {
    const std::size_t moved = instances_.size() * static_cast<std::size_t>(churn_per_mille) / 1000;
    for (std::size_t i = 0; i < moved; ++i, ++moved_) {
      const std::size_t place = moved_ % instances_.size();
      instances_[place] = instance_row(place, static_cast<int>(moved_ / instances_.size()) + 1, types_, ssh_);
    }
    std::string list = R"({"instances":[)";
    for (std::size_t i = 0; i < instances_.size(); ++i) list.append(i == 0 ? "" : ",").append(instances_[i]);
    return list += "]}";
  }

 private:
  std::size_t types_;
  ListedSsh ssh_;
  std::string type_list_;
  std::vector<std::string> instances_;
  std::size_t moved_ = 0;
};

// Whoever is asked for by its ID has been replaced.
const std::string not_found = R"({"error_code":"INSTANCE_NOT_FOUND","error":"no such instance"})";

/// Serves connections one request at a time, each connection on a thread of its own.
[[noreturn]] void serve(tcp::acceptor& acceptor, Rows rows, const std::atomic<int>& churn) {
  std::mutex one_list_at_a_time;
  for (;;) {
    std::thread([&, socket = acceptor.accept()]() mutable {
      boost::system::error_code failure;
      std::string request;
      for (;;) {
        const std::size_t size = read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", failure);
        if (failure) return;
        const std::string line = request.substr(0, request.find("\r\n"));
        request.erase(0, size);
        const bool is_list = line == "GET /v1/instances HTTP/1.1";
        const bool is_types = line == "GET /v1/instances/types HTTP/1.1";
        std::unique_lock lock(one_list_at_a_time);
        const std::string body = is_list ? rows.instances(churn) : is_types ? rows.types() : not_found;
        lock.unlock();
        const std::string head =
            fmt::format("HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                        is_list || is_types ? "200 OK" : "404 Not Found", body.size());
        write(socket, std::array{boost::asio::buffer(head), boost::asio::buffer(body)}, failure);
        if (failure) return;
      }
    }).detach();
  }
}

}  // namespace

ListCloud::ListCloud(std::size_t types, std::size_t instances, ListedSsh ssh)
    : shared_(new(mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared) {
  boost::asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  port_ = acceptor.local_endpoint().port();
  child_ = fork();
  if (child_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  serve(acceptor, Rows(types, instances, std::move(ssh)), shared_->churn_per_mille);
}

ListCloud::~ListCloud() {
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  munmap(shared_, sizeof(Shared));
}

std::string ListCloud::endpoint() const { return fmt::format("http://127.0.0.1:{}/v1", port_); }

}  // namespace tally::bench
