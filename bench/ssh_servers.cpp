#include "bench/ssh_servers.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <csignal>
#include <stdexcept>

#include "simcloud/ssh_server.hpp"

namespace tally::bench {
namespace {

std::string address_of(std::size_t host) { return fmt::format("127.10.0.{}", host + 1); }

/// Until it is asked to end.
void serve(std::size_t count, int port_pipe) {
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigprocmask(SIG_BLOCK, &end, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  pin_to_processor(0);
  simcloud::SshServer server({});
  std::vector<simcloud::SshHost> hosts;
  for (std::size_t i = 0; i < count; ++i) {
    hosts.push_back({fmt::format("host {}", i), address_of(i), 0, simcloud::SshFault::none});
  }
  boost::asio::io_context context;
  auto done = boost::asio::co_spawn(context, server.serve(hosts), boost::asio::use_future);
  context.run();
  done.get();
  const std::uint16_t port = server.port();
  int signal = 0;
  if (write(port_pipe, &port, sizeof port) == sizeof port) sigwait(&end, &signal);
}

}  // namespace

SshServers::SshServers(std::size_t count) : count_(count) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  child_ = fork();
  if (child_ == 0) {
    serve(count, ends[1]);
    _exit(0);
  }
  close(ends[1]);
  const bool is_up = read(ends[0], &port_, sizeof port_) == sizeof port_;
  close(ends[0]);
  if (!is_up) throw std::runtime_error("the SSH servers did not come up");
}

SshServers::~SshServers() {
  kill(child_, SIGTERM);
  waitpid(child_, nullptr, 0);
}

std::string SshServers::address(std::size_t contact) const { return address_of(contact % count_); }

void pin_to_processor(std::size_t number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(number, &set);
  sched_setaffinity(0, sizeof set, &set);
}

}  // namespace tally::bench
