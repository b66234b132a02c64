// An account whose vendor is a test: it answers what the test last put there, fails when told to, and counts calls.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "cloud/account.hpp"

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

  [[nodiscard]] TenantId tenant_id() const override { return TenantId("fake-tenant"); }
  [[nodiscard]] Capabilities capabilities() const override { return {}; }
  Task<Answer<Location>> locations() override { co_return answer("locations", regions); }
  /// Asked for everything, it is a global one: locations and types in one answer.
  Task<Offering> instance_types(Scope scope) override {
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
    co_return answer("instances", within(machines, scope.location));
  }
  Task<Instance> instance(InstanceRef instance) override {
    for (const Row<Instance>& row : machines.rows) {
      if (row->cloud_id == instance.cloud_id && (instance.location.empty() || row->location == instance.location))
        co_return answer("instance", *row);
    }
    Error missing;
    missing.kind = Errc::instance_not_found;
    co_return answer<Instance>("instance", tl::unexpected(missing));
  }

 private:
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
