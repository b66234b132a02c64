#include "daemon/site.hpp"

#include <malloc.h>

#include "runtime/guarded.hpp"
#include "runtime/random_id.hpp"
#include "runtime/run_on.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

/// What a pass lets go of is spread over the heap, and glibc returns nothing but its end by itself: a third of what the
/// daemon would hold after its start.
asio::awaitable<void> return_freed_memory(Clock& clock, asio::any_io_executor workers) {
  constexpr std::chrono::seconds every{30};
  for (;;) {
    co_await clock.sleep_until(clock.now() + every);
    co_await run_on(workers, [] { return malloc_trim(0); });
  }
}

}  // namespace

Site::Site(const std::filesystem::path& catalog, SiteParts parts)
    : clock_(parts.clock),
      workers_(parts.workers),
      returns_freed_memory_(parts.returns_freed_memory),
      catalog_(catalog),
      writer_(catalog_, parts.loop, parts.writer, clock_),
      housekeeper_(writer_, clock_),
      probes_(parts.prober, parts.bootstrap, writer_, clock_, parts.rng, parts.loop, parts.workers),
      lifecycle_(writer_, clock_, parts.loop, parts.lifecycle, random_id),
      sessions_(SessionContext{parts.loop, parts.workers, writer_, clock_, parts.rng, probes_, lifecycle_,
                               parts.proxies, parts.connect, parts.observer}),
      tasks_(parts.loop, report_failure) {
  if (parts.observer == nullptr) return;
  probes_.observe(*parts.observer);
  writer_.on_written([observer = parts.observer](std::chrono::nanoseconds took) { observer->see_commit(took); });
}

void Site::start() {
  serve("catalog writer", [this] { return writer_.run(); });
  serve("housekeeper", [this] { return housekeeper_.run(); });
  serve("SSH probes", [this] { return probes_.run(); });
  if (returns_freed_memory_) serve("memory", [this] { return return_freed_memory(clock_, workers_); });
  sessions_.start();
}

void Site::serve(const std::string& name, std::function<asio::awaitable<void>()> service) {
  tasks_.spawn(name, keep_going(name, clock_, std::move(service)));
}

asio::awaitable<void> Site::stop() {
  tasks_.cancel();
  co_await tasks_.join();
  co_await lifecycle_.stop();
  co_await sessions_.stop();
  co_await probes_.stop();
  co_await writer_.finish();
}

}  // namespace tally
