// SF Compute's preview API v2 (https://api.sfcompute.com/preview/v2): the account. Nodes are bought into a pool apart
// from this; a machine runs on one of them, of a kind that is called a SKU. Its old API of nodes can be read, too, and
// its nodes be ended.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloud/account.hpp"
#include "providers/rest/client.hpp"
#include "providers/sfcompute/description.hpp"
#include "providers/sfcompute/machines.hpp"
#include "providers/sfcompute/nodes.hpp"
#include "providers/sfcompute/site.hpp"
#include "providers/sfcompute/sku_book.hpp"
#include "providers/sfcompute/skus.hpp"
#include "providers/sfcompute/ssh_book.hpp"

namespace tally::sfcompute {

class SfcomputeAccount final : public Account,
                               public Creates,
                               public Terminates,
                               public UpdatesTags,
                               public ListsImages {
 public:
  explicit SfcomputeAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;
  [[nodiscard]] Capabilities capabilities() const override { return description().capabilities; }

  /// There is no list of regions: they are those of the SKUs.
  Task<Answer<Location>> locations() override;
  /// A SKU can be had where a node of it in the pool is free.
  Task<Offering> instance_types(Scope scope) override;
  /// Where SSH reaches them is asked for apart; without that answer it is as it was known.
  Task<Answer<Instance>> instances(Scope scope) override;
  Task<Instance> instance(InstanceRef instance) override;
  Task<Answer<Image>> list_images(Scope scope, ImageQuery query) override;

  /// A repeated create makes a second machine here, so the tags are looked for first: one of this RefID that lives is
  /// the answer. So it is after a create whose answer was lost. Nothing is made beside the machine.
  Task<Created> create(CreateRequest request) override;
  Task<> remove(Handle handle, std::string location) override;
  Task<> terminate(InstanceRef instance) override;
  /// What is written replaces all tags (not confirmed: it may as well add to them), so they are read first.
  Task<> update_tags(InstanceRef instance, TagChanges changes) override;

 private:
  struct Quote {
    std::optional<Money> price;
    TimePoint asked_at;
    Timestamp answered_at;
  };
  struct QuoteAnswer {
    std::optional<Money> price;
    std::string fault;  // "" unless it cannot be read
  };
  struct Stock {
    std::shared_ptr<const SkuTable> table;
    SlotsBySku slots;
  };

  [[nodiscard]] Result<std::string> path_of(Operation operation, const InstanceRef& instance) const;
  [[nodiscard]] std::string instances_path() const;
  [[nodiscard]] std::optional<Money> configured_price(const std::string& id, const Sku& sku) const;
  [[nodiscard]] Price price_of(const std::string& id, const Sku& sku) const;

  Task<std::shared_ptr<const SkuTable>> read_table(Operation operation);
  Task<std::shared_ptr<const SkuTable>> table_for(Operation operation, const std::vector<std::string>& sku_ids);
  Task<Machines> read_machines(Operation operation);
  Task<Machines> read_old_nodes();
  /// Those of an earlier answer where they cannot be listed, which hides no node.
  boost::asio::awaitable<Zones> zones_now();
  Task<Stock> read_stock(Operation operation);
  Task<std::map<std::string, std::string>> refresh_quotes(std::shared_ptr<const SkuTable> table);
  Task<QuoteAnswer> ask_quote(std::string id);
  boost::asio::awaitable<void> learn_places(std::vector<std::shared_ptr<const Machine>> machines);
  void keep_places();
  Task<SshPlace> ask_place(const Machine& machine);
  Row<Instance> row_of(const Machine& machine, const SkuTable& table);
  Task<std::optional<Instance>> find_machine(CreateRequest request);
  Task<Created> look_again(CreateRequest request, Error error);

  AccountContext context_;
  LoopbackIs loopback_;
  Site site_;
  bool has_old_nodes_;
  RestClient client_;
  MachineList machines_{loopback_, context_.redactor};
  SshBook places_;
  SkuBook sku_book_;                       // used on the workers only
  std::vector<Rejected> unlisted_nodes_;   // of the old API, that are known from when they were listed
  std::map<CloudId, Row<Instance>> rows_;  // of the last answer
  std::map<InstanceTypeId, Row<InstanceType>> type_rows_;
  std::shared_ptr<const SkuTable> table_;  // the last that was read; nullptr: none was
  std::optional<TimePoint> table_asked_at_;
  std::map<std::string, Quote> quotes_;  // by SKU
  std::string last_quoted_;              // the SKU that was asked for last
  Zones zones_;
  std::optional<TimePoint> zones_asked_at_;
};

}  // namespace tally::sfcompute
