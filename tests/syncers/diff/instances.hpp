// Instances of an account that is polled, and what a provider says of one that is asked for by its ID.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "syncers/diff/diff.hpp"
#include "tests/fakes/rows.hpp"

namespace tally::fakes {

/// An account's instances on a clock that moves five seconds a poll; all are old unless a test says otherwise.
struct Instances {
  std::shared_ptr<const KnownInstances> known = std::make_shared<const KnownInstances>();
  Timestamp now{std::chrono::hours(1)};
  InstanceRules rules;

  Instances() { rules.credential = CredentialRef("cred"); }

  ChangeSet poll(const Answer<Instance>& seen, const Witnesses& witnesses = {}) {
    Diff<KnownInstances> diff = diff_instances(known, seen, witnesses, rules, now).value();
    known = diff.next;
    rules.previous_success = now;
    pass(std::chrono::seconds(5));
    return diff.changes;
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    rules.at += time;
  }
  std::vector<CloudId> to_ask(const Answer<Instance>& seen) const {
    return absences_to_ask(*known, seen, rules, now, 10);
  }
  const KnownInstance& at(const std::string& id) const { return *known->find(CloudId(id)); }
};

inline Witnesses says(const std::string& id, Result<Row<Instance>> answer) {
  Witnesses witnesses;
  witnesses.emplace(CloudId(id), std::move(answer));
  return witnesses;
}

inline tl::unexpected<Error> error(Errc kind) {
  Error failure;
  failure.kind = kind;
  return tl::unexpected(std::move(failure));
}

inline Answer<Instance> fleet(int count) {
  Answer<Instance> listing;
  for (int i = 0; i < count; ++i) listing.rows.push_back(row(make_instance("i" + std::to_string(i))));
  return listing;
}

}  // namespace tally::fakes
