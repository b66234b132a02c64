// Calls of one account overlap: its listings have loops of their own, and users ask meanwhile. Its answers are read on
// other threads than its calls run on, as in the daemon. ThreadSanitizer sees what both touch.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>
#include <catch2/catch.hpp>
#include <list>

#include "runtime/fair_strand.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::overlap_test {
using namespace tally::fakes;
namespace asio = boost::asio;

namespace {

/// Calls that all begin at once.
class Calls {
 public:
  explicit Calls(asio::io_context& loop) : loop_(loop) {}

  /// Its outcome will be there once all have ended.
  template <class T>
  std::shared_ptr<std::optional<Result<T>>> add(Task<T> task) {
    auto outcome = std::make_shared<std::optional<Result<T>>>();
    ++open_;
    asio::co_spawn(loop_, keep_result(std::move(task), *outcome), [this, outcome](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
      --open_;
    });
    return outcome;
  }

  /// Whoever waits for the budget has time go on.
  void run(ManualClock& clock) {
    const auto guard = asio::make_work_guard(loop_);
    while (open_ > 0) {
      if (loop_.run_one_for(std::chrono::milliseconds(20)) == 0) clock.advance(std::chrono::seconds(1));
    }
  }

 private:
  asio::io_context& loop_;
  int open_ = 0;
};

template <class T>
void check_same(const Answer<T>& one, const Answer<T>& other) {
  REQUIRE(one.rows.size() == other.rows.size());
  for (std::size_t i = 0; i < one.rows.size(); ++i) CHECK(*one.rows[i] == *other.rows[i]);
}

}  // namespace

TEST_CASE("calls of an account that overlap answer as they do one after the other", "[providers]") {
  for (const Provider* provider : providers()) {
    INFO(provider->description.name);
    asio::thread_pool pool(2);
    asio::io_context loop;
    RecordedAccount account(*provider, loop);
    account.read_on(FairStrand::on(pool.get_executor()));
    for (int round = 0; round < 3; ++round) {
      Calls calls(loop);
      const auto locations = calls.add(account->locations());
      const auto types = calls.add(account->instance_types(account.scope));
      const auto types_too = calls.add(account->instance_types(account.scope));
      const auto machines = calls.add(account->instances(account.scope));
      const auto machine = calls.add(account->instance(account.instance));
      const auto machines_too = calls.add(account->instances(account.scope));
      if (Quotas* quotas = account->quotas()) calls.add(quotas->list_quotas(account.scope));
      if (ListsImages* images = account->lists_images()) calls.add(images->list_images(account.scope, {}));
      if (ModifiesFirewall* firewall = account->modifies_firewall()) {
        calls.add(firewall->firewall_rules(account.instance));
      }
      calls.run(account.clock);
      CHECK(**locations);
      CHECK(**machine);
      REQUIRE(**types);
      REQUIRE(**types_too);
      check_same((*types)->value().types, (*types_too)->value().types);
      REQUIRE(**machines);
      REQUIRE(**machines_too);
      check_same((*machines)->value(), (*machines_too)->value());
    }
    pool.join();
  }
}

}  // namespace tally::overlap_test
