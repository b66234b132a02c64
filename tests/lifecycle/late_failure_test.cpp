#include "lifecycle/late_failure.hpp"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

namespace tally::lifecycle::late_failure_test {
using namespace std::chrono_literals;

TEST_CASE("what a failed machine's vendor says tells want of machines from want of quota", "[lifecycle]") {
  const std::vector<std::pair<std::string, Errc>> words = {
      {"out_of_stock", Errc::insufficient_resources},
      {"out-of-stock", Errc::insufficient_resources},
      {"Out of stock in this region", Errc::insufficient_resources},
      {"no_capacity", Errc::insufficient_resources},
      {"RESOURCE_EXHAUSTED: not enough resources", Errc::insufficient_resources},
      {"RESOURCE_EXHAUSTED: Quota limit exceeded: compute resources", Errc::out_of_quota},
      {"out_of_quota", Errc::out_of_quota},
      {"Client.VolumeLimitExceeded: Volume limit exceeded", Errc::out_of_quota},
      {"Server.InternalError", Errc::service_unavailable},
      {"", Errc::service_unavailable},
  };
  for (const auto& [said, kind] : words) {
    INFO(said);
    Instance row;
    row.status_message = said;
    KnownInstance machine;
    machine.row = std::make_shared<const Instance>(row);
    machine.status = LifecycleStatus::failed;
    const OperationRecord create;
    const FirstDays days = judge_first_days(create, &machine, true, create.created_at, 20min, false);
    REQUIRE(days.failure);
    CHECK(days.failure->kind == kind);
  }
}

}  // namespace tally::lifecycle::late_failure_test
