// A vendor whose machines live on when the process that asked for them has died. It makes, ends and changes machines,
// and goes wrong when it is told to: answers are lost after the deed or before, half of a create stays, machines are
// listed late, two come of one call, an accepted one fails. Its account is had once a process: FakeVendorAccount.
#pragma once

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cloud/account.hpp"
#include "runtime/clock.hpp"
#include "tests/fakes/rows.hpp"

namespace tally::fakes {

/// How the next create goes.
enum class CreateFault {
  none,
  lost,         // made, and no answer comes
  lost_unmade,  // not made, and no answer comes
  late,         // made, and the answer comes after a minute
  hangs,        // made, and it never answers
  partly,       // a key is made, no machine, and the answer says so
  two,          // two machines are made, and the answer says so
  no_capacity,  // refused
  no_quota,     // refused
  unavailable,  // refused before anything was done
  fails_later,  // accepted; the machine fails
  never_runs,   // accepted; the machine stays pending
  unlisted,     // made, no answer, and it is listed after two minutes only
  forgotten,    // made, no answer, and it is listed after ten minutes only
};

enum class EndFault { none, lost, lost_undone, unavailable, forbidden };

class FakeVendor {
 public:
  struct Machine {
    Instance row;
    std::string token;
    Timestamp made{};
    Timestamp listed_from{};
    std::optional<Timestamp> ended;  // asked to end: gone ten seconds later
    CreateFault fault = CreateFault::none;
  };
  struct Part {
    Handle handle;
    CloudId machine;  // that uses it; "" none
    std::string token;
  };

  bool is_idempotent = true;
  std::deque<CreateFault> create_faults;           // of the next creates
  std::deque<EndFault> end_faults;                 // of the next terminates
  std::deque<EndFault> change_faults;              // of the next other changes
  std::function<CreateFault()> next_create_fault;  // when none is queued
  std::function<EndFault()> next_end_fault;
  std::function<void(const CreateRequest&)> on_create;  // that comes, whatever becomes of it
  std::function<void(const CloudId&)> on_terminate;
  std::string name_of_all_keys;  // "": each is named by its token
  int parts_refused = 0;         // so many removals of parts are refused
  std::map<std::string, int> calls;
  int calls_of_a_reboot = 1;  // all but the last say that it is not over
  int calls_made_of_a_reboot = 0;
  std::vector<std::string> tokens;  // of all creates that came
  std::vector<CreateRequest> requests;
  std::map<CloudId, Machine> machines;  // gone ones, too
  std::vector<Part> parts;
  std::map<CloudId, std::optional<Timestamp>> ends;  // set after the create

  [[nodiscard]] bool is_gone(const Machine& machine, Timestamp now) const {
    return machine.ended && now - *machine.ended >= std::chrono::seconds(10);
  }
  [[nodiscard]] std::vector<CloudId> alive() const {
    std::vector<CloudId> ids;
    for (const auto& [id, machine] : machines) {
      if (!machine.ended) ids.push_back(id);
    }
    return ids;
  }
  [[nodiscard]] std::size_t alive_of(const RefId& ref_id) const {
    return static_cast<std::size_t>(std::count_if(machines.begin(), machines.end(), [&](const auto& entry) {
      return !entry.second.ended && entry.second.row.ref_id == ref_id;
    }));
  }

  /// As the vendor shows it now.
  [[nodiscard]] Instance shown(const Machine& machine, Timestamp now) const {
    Instance row = machine.row;
    const auto age = now - machine.made;
    if (row.status == LifecycleStatus::pending && age >= std::chrono::seconds(20)) {
      if (machine.fault == CreateFault::fails_later) {
        row.status = LifecycleStatus::failed;
        row.status_message = "no capacity for the machine";
      } else if (machine.fault != CreateFault::never_runs) {
        row.status = LifecycleStatus::running;
      }
    }
    if (machine.ended) row.status = LifecycleStatus::terminating;
    row.provider_status = row.status ? to_string(*row.status) : "warming";
    return row;
  }

  /// Of another make than a create's.
  Machine& put(Instance row, Timestamp now) {
    Machine machine;
    machine.made = now;
    machine.listed_from = now;
    machine.row = std::move(row);
    const CloudId id = machine.row.cloud_id;
    return machines[id] = std::move(machine);
  }

  Machine& make(const CreateRequest& request, const CredentialRef& credential, Timestamp now) {
    Instance row =
        make_instance("i-" + std::to_string(++made_), request.location, request.type, LifecycleStatus::pending);
    row.sub_location = request.sub_location;
    row.instance_type_id = InstanceTypeId();
    row.instance_type_id = make_instance_type_id(row);
    row.ref_id = request.ref_id;
    row.cloud_cred_ref_id = credential;
    row.name = request.name;
    row.tags = request.tags;
    row.created_at = now;
    Machine& machine = put(std::move(row), now);
    machine.token = request.token;
    return machine;
  }
  [[nodiscard]] std::string key_name(const std::string& token) const {
    return name_of_all_keys.empty() ? "tally-" + token.substr(0, 20) : name_of_all_keys;
  }

  /// Names of keys are unique: one that is there is used again.
  Handle make_key(const std::string& token, const CloudId& machine) {
    const std::string name = key_name(token);
    for (Part& known : parts) {
      if (known.handle.name != name) continue;
      known.machine = machine;
      return known.handle;
    }
    Part part;
    part.handle = {HandleKind::key, "key-" + std::to_string(++made_), name};
    part.machine = machine;
    part.token = token;
    parts.push_back(part);
    return part.handle;
  }

  bool has_unreadable_row = false;
  bool is_silent = false;  // who asks for one machine gets no answer

  template <class T>
  static T take(std::deque<T>& queue, const std::function<T()>& next) {
    if (queue.empty()) return next ? next() : T::none;
    const T fault = queue.front();
    queue.pop_front();
    return fault;
  }

 private:
  int made_ = 0;
};

inline tl::unexpected<Error> vendor_error(Errc kind, Certainty certainty, std::string message) {
  Error error;
  error.kind = kind;
  error.provider = "fake";
  error.operation = "call";
  error.message = std::move(message);
  error.certainty = certainty;
  return tl::unexpected(std::move(error));
}

class FakeVendorAccount final : public Account,
                                public Creates,
                                public Terminates,
                                public StopsStarts,
                                public Reboots,
                                public ResizesVolumes,
                                public UpdatesTags,
                                public ChangesType,
                                public SetsEnd,
                                public ModifiesFirewall {
 public:
  FakeVendorAccount(FakeVendor& vendor, Clock& clock, CredentialRef credential, const Answer<InstanceType>& types)
      : vendor_(vendor), clock_(clock), credential_(std::move(credential)), types_(types) {}

  bool is_cut_off = false;  // its process is dead: nothing that it asks reaches the vendor

  [[nodiscard]] TenantId tenant_id() const override { return TenantId("fake-tenant"); }
  [[nodiscard]] Capabilities capabilities() const override {
    return capabilities_of<FakeVendorAccount>(CreateTraits{true, true, true, true});
  }
  Task<Answer<Location>> locations() override { co_return listing(make_location("east")); }
  Task<Offering> instance_types(Scope /*scope*/) override {
    if (is_cut_off) co_return no_answer();
    Offering offering;
    offering.types = types_;
    offering.locations = listing(make_location("east"));
    co_return offering;
  }
  Task<Answer<Instance>> instances(Scope /*scope*/) override {
    ++vendor_.calls["instances"];
    if (is_cut_off) co_return no_answer();
    Answer<Instance> answer;
    const Timestamp now = clock_.wall_now();
    for (const auto& [id, machine] : vendor_.machines) {
      if (vendor_.is_gone(machine, now) || machine.listed_from > now) continue;
      answer.rows.push_back(row(vendor_.shown(machine, now)));
    }
    if (vendor_.has_unreadable_row) answer.rejected.push_back({"", "not an object", "1"});
    co_return answer;
  }
  Task<Instance> instance(InstanceRef ref) override {
    ++vendor_.calls["instance"];
    if (is_cut_off || vendor_.is_silent) co_return no_answer();
    const FakeVendor::Machine* machine = find(ref.cloud_id);
    if (machine == nullptr) co_return not_found();
    co_return vendor_.shown(*machine, clock_.wall_now());
  }

  Task<Created> create(CreateRequest request) override {
    ++vendor_.calls["create"];
    if (is_cut_off) co_return no_answer();
    if (vendor_.on_create) vendor_.on_create(request);
    vendor_.tokens.push_back(request.token);
    vendor_.requests.push_back(request);
    vendor_.requests.back().before_making = nullptr;  // it belongs to the process
    const CreateFault fault = FakeVendor::take(vendor_.create_faults, vendor_.next_create_fault);
    if (request.before_making) {
      const Handle planned{HandleKind::key, "", vendor_.key_name(request.token)};
      if (const Result<> noted = co_await request.before_making(planned); !noted) {
        co_return tl::unexpected(noted.error());
      }
      if (is_cut_off) co_return no_answer();
    }
    switch (fault) {
      case CreateFault::lost_unmade: co_return no_answer();
      case CreateFault::no_capacity:
        co_return vendor_error(Errc::insufficient_resources, Certainty::nothing_happened, "sold out");
      case CreateFault::no_quota:
        co_return vendor_error(Errc::out_of_quota, Certainty::nothing_happened, "over the limit");
      case CreateFault::unavailable:
        co_return vendor_error(Errc::service_unavailable, Certainty::nothing_happened, "try later");
      case CreateFault::partly: {
        Error half = vendor_error(Errc::service_unavailable, Certainty::partly, "half made").value();
        half.made.push_back(vendor_.make_key(request.token, CloudId()));
        co_return tl::unexpected(std::move(half));
      }
      default: break;
    }
    if (vendor_.is_idempotent) {
      for (const auto& [id, machine] : vendor_.machines) {
        if (machine.token == request.token && !machine.ended) co_return created_of(machine);
      }
    }
    FakeVendor::Machine& machine = vendor_.make(request, credential_, clock_.wall_now());
    const CloudId id = machine.row.cloud_id;
    machine.fault = fault;
    if (fault == CreateFault::unlisted) machine.listed_from += std::chrono::minutes(2);
    if (fault == CreateFault::forgotten) machine.listed_from += std::chrono::minutes(10);
    vendor_.make_key(request.token, id);
    if (fault == CreateFault::two) {
      CreateRequest again = request;
      again.token += "-2";
      vendor_.make(again, credential_, clock_.wall_now());
      Error twice = vendor_error(Errc::internal, Certainty::partly, "two IDs were answered for one machine").value();
      twice.made = created_of(vendor_.machines.at(id)).made;
      co_return tl::unexpected(std::move(twice));
    }
    const bool is_lost =
        fault == CreateFault::lost || fault == CreateFault::unlisted || fault == CreateFault::forgotten;
    if (is_lost) co_return no_answer();
    if (fault == CreateFault::late) co_await clock_.sleep_until(clock_.now() + std::chrono::minutes(1));
    if (fault == CreateFault::hangs) co_await clock_.sleep_until(clock_.now() + std::chrono::hours(24));
    co_return created_of(vendor_.machines.at(id));
  }

  Task<> remove(Handle handle, std::string /*location*/) override {
    ++vendor_.calls["remove"];
    if (is_cut_off) co_return no_answer();
    if (vendor_.parts_refused > 0) {
      --vendor_.parts_refused;
      co_return vendor_error(Errc::conflict, Certainty::nothing_happened, "it is in use");
    }
    std::erase_if(vendor_.parts, [&handle](const FakeVendor::Part& part) {
      return handle.vendor_id.empty() ? part.handle.name == handle.name : part.handle == handle;
    });
    co_return Result<>();
  }

  Task<> terminate(InstanceRef ref) override {
    ++vendor_.calls["terminate"];
    if (is_cut_off) co_return no_answer();
    if (vendor_.on_terminate) vendor_.on_terminate(ref.cloud_id);
    const EndFault fault = FakeVendor::take(vendor_.end_faults, vendor_.next_end_fault);
    if (auto refusal = refusal_of(fault)) co_return tl::unexpected(*refusal);
    FakeVendor::Machine* machine = find(ref.cloud_id);
    if (machine != nullptr && !machine->ended) machine->ended = clock_.wall_now();
    if (fault == EndFault::lost) co_return no_answer();
    co_return Result<>();
  }
  Task<> stop(InstanceRef ref) override {
    return change("stop", std::move(ref), [](Instance& row) { row.status = LifecycleStatus::stopped; });
  }
  Task<> start(InstanceRef ref) override {
    return change("start", std::move(ref), [](Instance& row) { row.status = LifecycleStatus::running; });
  }
  Task<> reboot(InstanceRef ref) override {
    if (is_cut_off) co_return no_answer();
    std::function<void(Instance&)> nothing_shows = [](Instance& /*row*/) {};
    Task<> work = change("reboot", std::move(ref), std::move(nothing_shows));
    Result<> done = co_await std::move(work);
    if (!done || ++vendor_.calls_made_of_a_reboot >= vendor_.calls_of_a_reboot) {
      vendor_.calls_made_of_a_reboot = 0;
      co_return done;
    }
    Error unfinished;
    unfinished.kind = Errc::service_unavailable;
    unfinished.certainty = Certainty::unknown;
    unfinished.message = "it takes long to stop";
    unfinished.retry_after = std::chrono::seconds(5);
    co_return tl::unexpected(std::move(unfinished));
  }
  [[nodiscard]] bool is_rebooting(const CloudId& /*instance*/) const override {
    return vendor_.calls_made_of_a_reboot > 0;
  }
  Task<> resize_volume(InstanceRef ref, VolumeResize resize) override {
    return change("resize", std::move(ref), [resize](Instance& row) { row.disk_size = resize.size; });
  }
  Task<> update_tags(InstanceRef ref, TagChanges changes) override {
    return change("tags", std::move(ref), [changes](Instance& row) {
      for (const auto& [key, value] : changes) {
        if (value) row.tags[key] = *value;
        if (!value) row.tags.erase(key);
      }
    });
  }
  Task<> change_type(InstanceRef ref, std::string type) override {
    return change("change_type", std::move(ref), [type](Instance& row) { row.type = type; });
  }
  Task<> set_end(InstanceRef ref, std::optional<Timestamp> retire_at) override {
    const CloudId id = ref.cloud_id;
    return change("set_end", std::move(ref),
                  [this, id, retire_at](Instance& /*row*/) { vendor_.ends[id] = retire_at; });
  }
  Task<FirewallRules> firewall_rules(InstanceRef ref) override {
    const FakeVendor::Machine* machine = find(ref.cloud_id);
    if (machine == nullptr) co_return not_found();
    co_return FirewallRules{machine->row.attributes->ingress_rules, machine->row.attributes->egress_rules};
  }
  Task<FirewallRules> add_firewall_rules(InstanceRef ref, FirewallRules rules) override {
    FakeVendor::Machine* machine = find(ref.cloud_id);
    if (machine == nullptr) co_return not_found();
    for (FirewallRule rule : rules.ingress) {
      rule.id = "rule-" + std::to_string(rule.from_port);
      machine->row.attributes.edit().ingress_rules.push_back(rule);
    }
    co_return FirewallRules{machine->row.attributes->ingress_rules, machine->row.attributes->egress_rules};
  }
  Task<> revoke_firewall_rules(InstanceRef ref, std::vector<std::string> rule_ids) override {
    return change("revoke", std::move(ref), [rule_ids](Instance& row) {
      std::erase_if(row.attributes.edit().ingress_rules, [&rule_ids](const FirewallRule& rule) {
        return std::find(rule_ids.begin(), rule_ids.end(), rule.id) != rule_ids.end();
      });
    });
  }

 private:
  static tl::unexpected<Error> no_answer() {
    return vendor_error(Errc::service_unavailable, Certainty::unknown, "no answer");
  }
  static tl::unexpected<Error> not_found() {
    return vendor_error(Errc::instance_not_found, Certainty::nothing_happened, "no such instance");
  }
  static std::optional<Error> refusal_of(EndFault fault) {
    switch (fault) {
      case EndFault::lost_undone: return no_answer().value();
      case EndFault::unavailable:
        return vendor_error(Errc::service_unavailable, Certainty::nothing_happened, "not yet").value();
      case EndFault::forbidden:
        return vendor_error(Errc::forbidden, Certainty::nothing_happened, "termination protection").value();
      default: return std::nullopt;
    }
  }
  FakeVendor::Machine* find(const CloudId& id) {
    const auto at = vendor_.machines.find(id);
    if (at == vendor_.machines.end() || vendor_.is_gone(at->second, clock_.wall_now())) return nullptr;
    return &at->second;
  }
  [[nodiscard]] Created created_of(const FakeVendor::Machine& machine) const {
    Created created;
    created.instance = vendor_.shown(machine, clock_.wall_now());
    for (const FakeVendor::Part& part : vendor_.parts) {
      if (part.machine == machine.row.cloud_id) created.made.push_back(part.handle);
    }
    return created;
  }
  Task<> change(std::string name, InstanceRef ref, std::function<void(Instance&)> apply) {
    ++vendor_.calls[name];
    if (is_cut_off) co_return no_answer();
    const EndFault fault = FakeVendor::take(vendor_.change_faults, std::function<EndFault()>());
    if (auto refusal = refusal_of(fault)) co_return tl::unexpected(*refusal);
    FakeVendor::Machine* machine = find(ref.cloud_id);
    if (machine == nullptr) co_return not_found();
    machine->row = vendor_.shown(*machine, clock_.wall_now());
    apply(machine->row);
    if (fault == EndFault::lost) co_return no_answer();
    co_return Result<>();
  }

  FakeVendor& vendor_;
  Clock& clock_;
  CredentialRef credential_;
  const Answer<InstanceType>& types_;
};

}  // namespace tally::fakes
