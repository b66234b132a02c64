// The parts of a site in a process of its own: its loop, its threads, the time and SSH as they are.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <random>

#include "daemon/site.hpp"
#include "runtime/system_clock.hpp"
#include "ssh/ssh_prober.hpp"

namespace tally {

class RealWorld {
 public:
  [[nodiscard]] SiteParts parts(WorkObserver* observer = nullptr) {
    return {loop.get_executor(),
            workers_.get_executor(),
            writer_.get_executor(),
            clock,
            rng_,
            prober_,
            &bootstrap,
            ProxyRules::from_environment().value_or(ProxyRules()),
            observer};
  }

  /// What the threads still have to do is done when it returns. To be called when the site has stopped.
  void join() {
    readers_.join();
    writer_.join();
    workers_.join();
  }

  /// Where the catalog is read for what nobody waits for, one job at a time.
  [[nodiscard]] boost::asio::any_io_executor readers() { return readers_.get_executor(); }

  boost::asio::io_context loop{1};
  SystemClock clock;

  Rng& rng() { return rng_; }

 private:
  // Each account's work is on a strand of its own: one that is slow leaves a thread.
  static constexpr int worker_threads = 2;

  Rng rng_{std::random_device{}()};
  boost::asio::thread_pool workers_{worker_threads};
  boost::asio::thread_pool writer_{1};
  boost::asio::thread_pool readers_{1};
  SshProber prober_;
};

}  // namespace tally
