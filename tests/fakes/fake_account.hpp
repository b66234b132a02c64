// An account whose vendor is a test: it answers what the test last put there, fails when told to, and counts calls.
#pragma once

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "cloud/account.hpp"
#include "runtime/clock.hpp"

namespace tally::fakes {

class FakeAccount final : public Account {
 public:
  // What the vendor has now. Rows are shared, as a provider's row memo would.
  Answer<Location> regions;
  Answer<InstanceType> types;
  Answer<Instance> machines;

  /// Asked before each answer, with "locations", "types", "instances" or "instance": an error is the answer then.
  std::function<std::optional<Error>(const std::string& call)> fault;

  std::map<std::string, int> calls;

  /// The next answers to a call in a location ("" of a global API) are this error; without one they never come.
  struct Fault {
    std::string call;
    std::string location;
    std::optional<Error> error;
    int times = 1;
  };
  static constexpr int for_ever = -1;
  std::list<Fault> faults;

  /// Otherwise an answer comes when what is ready has run; it says what the vendor has then.
  bool answers_at_once = true;

  /// When each call in each location began, by the executor's order: "instances west".
  std::function<void(const std::string& call, const std::string& location)> on_call;

  [[nodiscard]] TenantId tenant_id() const override { return TenantId("fake-tenant"); }
  [[nodiscard]] Capabilities capabilities() const override { return {}; }
  Task<Answer<Location>> locations() override {
    if (auto error = co_await fault_of("locations", "")) co_return tl::unexpected(*error);
    co_return answer("locations", regions);
  }
  /// Asked for everything, it is a global one: locations and types in one answer.
  Task<Offering> instance_types(Scope scope) override {
    if (auto error = co_await fault_of("types", scope.location)) co_return tl::unexpected(*error);
    Offering offering;
    if (scope.location.empty()) {
      auto all = answer("locations", regions);
      if (!all) co_return tl::unexpected(all.error());
      offering.locations = std::move(*all);
    }
    auto some = answer("types", within(types, scope.location));
    if (!some) co_return tl::unexpected(some.error());
    offering.types = std::move(*some);
    co_return offering;
  }
  Task<Answer<Instance>> instances(Scope scope) override {
    if (auto error = co_await fault_of("instances", scope.location)) co_return tl::unexpected(*error);
    co_return answer("instances", within(machines, scope.location));
  }
  Task<Instance> instance(InstanceRef instance) override {
    if (auto error = co_await fault_of("instance", instance.location)) co_return tl::unexpected(*error);
    for (const Row<Instance>& row : machines.rows) {
      if (row->cloud_id == instance.cloud_id && (instance.location.empty() || row->location == instance.location))
        co_return answer("instance", *row);
    }
    Error missing;
    missing.kind = Errc::instance_not_found;
    co_return answer<Instance>("instance", tl::unexpected(missing));
  }

 private:
  boost::asio::awaitable<std::optional<Error>> fault_of(std::string call, std::string location) {
    if (on_call) on_call(call, location);
    if (!answers_at_once) co_await boost::asio::post(boost::asio::use_awaitable);
    const auto at = std::find_if(faults.begin(), faults.end(), [&](const Fault& one) {
      return one.call == call && one.location == location && one.times != 0;
    });
    if (at == faults.end()) co_return std::nullopt;
    if (at->times > 0) --at->times;
    if (at->error) co_return at->error;
    boost::asio::steady_timer never(co_await boost::asio::this_coro::executor, TimePoint::max());
    co_await never.async_wait(boost::asio::use_awaitable);
    co_return std::nullopt;
  }

  template <class T>
  Result<T> answer(const std::string& call, Result<T> good) {
    ++calls[call];
    if (fault) {
      if (std::optional<Error> error = fault(call)) return tl::unexpected(*error);
    }
    return good;
  }
  template <class T>
  Result<T> answer(const std::string& call, const T& good) {
    return answer(call, Result<T>(good));
  }
  template <class T>
  static Answer<T> within(const Answer<T>& all, const std::string& location) {
    if (location.empty()) return all;
    Answer<T> some;
    some.rejected = all.rejected;
    for (const Row<T>& row : all.rows) {
      if (row->location == location) some.rows.push_back(row);
    }
    return some;
  }
};

}  // namespace tally::fakes
