// What keeping a connection saves: the same small answers over TLS, each on a connection of its own, and all on one.
// The server answers from a thread of its own; wall time and CPU time of the client's thread. Compare within one run.
#include <fmt/format.h>

#include <chrono>

#include "bench/cpu_time.hpp"
#include "tests/net/client_world.hpp"
#include "tests/net/servers.hpp"

namespace {

using namespace tally;
using namespace tally::fakes;

constexpr int calls = 500;

struct PerCall {
  double wall_ms = 0;
  double cpu_ms = 0;
  int connections = 0;
};

PerCall measure(const Certificates& certificates, Connections script) {
  TlsServer server(certificates, "good", std::move(script));
  World world(certificates.ca_file());
  const auto begin = std::chrono::steady_clock::now();
  const double cpu_begin = cpu_ms();
  for (int i = 0; i < calls; ++i) {
    if (world.get(server.url("/")).value().status != 200) throw std::runtime_error("not an answer");
  }
  PerCall result;
  result.wall_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count() / calls;
  result.cpu_ms = (cpu_ms() - cpu_begin) / calls;
  result.connections = server.connections();
  return result;
}

void print(const char* name, const PerCall& result) {
  fmt::print("{:<24}{:>12}{:>10.3f}{:>10.3f}\n", name, result.connections, result.wall_ms, result.cpu_ms);
}

}  // namespace

int main() {
  const Certificates certificates;
  const std::string body(10'000, 'x');
  const PerCall fresh = measure(certificates, Connections(calls, Replies{ok(body, "Connection: close\r\n")}));
  const PerCall kept = measure(certificates, Connections(1, Replies(calls, ok(body))));
  fmt::print("{:<24}{:>12}{:>10}{:>10}\n", "ms a call", "connections", "wall", "CPU");
  print("a connection each", fresh);
  print("one connection for all", kept);
  fmt::print("{:<24}{:>12}{:>10.1f}{:>10.1f}\n", "times as much", "", fresh.wall_ms / kept.wall_ms,
             fresh.cpu_ms / kept.cpu_ms);
  return 0;
}
