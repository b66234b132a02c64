// Lambda Cloud API v1 (https://cloud.lambda.ai/api/v1): the account.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/account.hpp"
#include "providers/lambda/description.hpp"
#include "providers/lambda/mapping.hpp"
#include "providers/lambda/regions.hpp"
#include "providers/lambda/rulesets.hpp"
#include "providers/rest/client.hpp"
#include "runtime/turns.hpp"

namespace tally::lambda {

class LambdaAccount final : public Account,
                            public Creates,
                            public Terminates,
                            public Reboots,
                            public ModifiesFirewall,
                            public ListsImages {
 public:
  explicit LambdaAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;
  [[nodiscard]] Capabilities capabilities() const override { return description().capabilities; }

  Task<Answer<Location>> locations() override;
  Task<Offering> instance_types(Scope scope) override;
  Task<Answer<Instance>> instances(Scope scope) override;
  Task<Instance> instance(InstanceRef instance) override;
  Task<Answer<Image>> list_images(Scope scope, ImageQuery query) override;

  /// A repeated launch makes a second machine here, so names are looked for first: a live machine of this RefID is the
  /// answer. So it is after a launch whose answer was lost.
  Task<Created> create(CreateRequest request) override;
  Task<> remove(Handle handle, std::string location) override;
  Task<> terminate(InstanceRef instance) override;
  Task<> reboot(InstanceRef instance) override;

  // Of an instance that was made with rules. Another writer between reading and writing is overwritten.
  Task<FirewallRules> firewall_rules(InstanceRef instance) override;
  Task<FirewallRules> add_firewall_rules(InstanceRef instance, FirewallRules rules) override;
  Task<> revoke_firewall_rules(InstanceRef instance, std::vector<std::string> rule_ids) override;

 private:
  /// Regions that types with capacity in them name: kept, over restarts too.
  void remember(const std::vector<Location>& named);
  void recall();

  /// POST /instance-operations/WHAT; `answered_as`: the list of the machines that it was done to.
  Task<> operate(Operation operation, InstanceRef instance, Repeat repeat, std::string what, std::string answered_as);

  // Steps of a create.
  Task<std::optional<Instance>> find_machine(CreateRequest request);
  Task<std::vector<Handle>> make_key(CreateRequest request);
  Task<std::string> make_ruleset(CreateRequest request, std::vector<RulesetRule> rules);
  Task<Created> give_up(CreateRequest request, std::vector<Handle> made, Error error);
  Task<Created> end_all(CreateRequest request, std::vector<std::string> ids, std::vector<Handle> made);
  boost::asio::awaitable<Instance> made_machine(CreateRequest request, CloudId id);
  Task<std::string> find_id(bool is_key, std::string name);
  [[nodiscard]] Error refusal_of(const Error& error) const;

  /// Asked for every ten minutes; what was told last, also before a restart, holds while it cannot be had.
  boost::asio::awaitable<OpenPorts> open_ports();
  Task<Ruleset> own_ruleset(Operation operation, InstanceRef instance);
  Task<Ruleset> write_rules(Operation operation, std::string id, std::vector<RulesetRule> rules);

  AccountContext context_;
  LoopbackIs loopback_;
  RestClient client_;
  NamedRegions named_;
  RegionList regions_{context_.redactor};
  TypeReader types_{context_.redactor};
  RowList<Image> images_{image_form(), context_.redactor};
  InstanceReader instances_{loopback_, context_.redactor};
  Turns open_ports_turns_;  // to ask for them
  OpenPorts open_ports_;
  std::optional<TimePoint> open_ports_asked_at_;
};

}  // namespace tally::lambda
