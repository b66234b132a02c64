#include "providers/sfcompute/account.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "providers/rest/freshness.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/sfcompute/dialect.hpp"
#include "providers/sfcompute/order.hpp"

namespace tally {

const Provider& sfcompute_provider();

namespace sfcompute {
namespace {

constexpr Operation get_ssh_place{"ask where SSH reaches an instance", true};
constexpr Operation get_quote{"ask for a price"};
constexpr Operation list_zones{"list zones"};
constexpr std::chrono::seconds table_is_good_for{60};
constexpr std::chrono::seconds zones_are_good_for{300};
constexpr std::chrono::seconds longest_zones_call{10};
constexpr std::chrono::seconds quote_is_good_for{300};
constexpr std::chrono::seconds longest_quote_call{10};
constexpr std::chrono::seconds quotes_take{60};  // of a pass, in all; what is left is for the next
constexpr int most_quote_failures = 3;           // one after the other: nothing can be priced now
constexpr std::size_t places_a_pass = 10;
constexpr std::chrono::seconds longest_place_call{5};
constexpr std::chrono::seconds places_take{10};  // of a pass, in all; what is left is for the next
// In the cache.
constexpr const char* sku_names_key = "sku_names";
constexpr const char* places_key = "ssh_places";
constexpr const char* nodes_key = "nodes";

/// The workspace, where the credential says which; a new key is not a new tenant.
TenantId tenant_of(const Credential& credential) {
  const Site site = site_of(credential);
  const bool is_known = !site.organization.empty() || !site.workspace.empty();
  return make_tenant_id("sfcompute", is_known ? site.organization + site.workspace
                                              : std::string(credential.fields.at("api_key").reveal()));
}

std::unique_ptr<Account> open(AccountContext context) { return std::make_unique<SfcomputeAccount>(std::move(context)); }

std::string filter_of(const Site& site) {
  const std::string workspace = site.workspace_path();
  return (workspace.empty() ? "" : "workspace=" + encode(workspace) + "&") + "pool=" + encode(site.pool_path());
}

/// What the vendor does not sell that way, or does not answer so, has no price: that is known, too.
bool is_without_quote(const Error& error) {
  return error.kind == Errc::invalid_request || error.matches(Errc::resource_not_found) ||
         error.kind == Errc::forbidden || error.kind == Errc::insufficient_resources;
}

}  // namespace

SfcomputeAccount::SfcomputeAccount(AccountContext context)
    : context_(std::move(context)),
      loopback_(loopback_behind(context_.credential.endpoint)),
      site_(site_of(context_.credential)),
      has_old_nodes_(option<bool>(context_.credential, description(), options::legacy_nodes)),
      client_(context_, context_.credential.endpoint, dialect(),
              authorization(context_.credential.fields.at("api_key"))),
      sku_book_(context_.cache.get(sku_names_key).value_or("")) {
  places_.recall(context_.cache.get(places_key).value_or(""), loopback_);
  if (!has_old_nodes_) unlisted_nodes_ = unlisted_nodes(context_.cache.get(nodes_key).value_or(""));
}

TenantId SfcomputeAccount::tenant_id() const { return tenant_of(context_.credential); }

std::string SfcomputeAccount::instances_path() const { return site_.api_path + "/instances"; }

/// Without an ID the path is another one, of which "not found" says nothing; so it is of the other API's.
Result<std::string> SfcomputeAccount::path_of(Operation operation, const InstanceRef& instance) const {
  const std::string& id = instance.cloud_id.str();
  if (id.empty() || id == "." || id == "..") {
    return tl::unexpected(client_.refusal(operation, Errc::invalid_request, "the instance has no ID"));
  }
  const bool is_old = is_node(instance.cloud_id);
  if (is_old && !has_old_nodes_) {
    return tl::unexpected(client_.refusal(operation, Errc::invalid_request,
                                          "it is a node of the old API, which the option `legacy_nodes` is for"));
  }
  return (is_old ? "/v1/nodes/" : instances_path() + "/") + encode(id);
}

Task<Answer<Location>> SfcomputeAccount::locations() {
  Result<Stock> stock = co_await read_stock(operations::list_regions);
  if (!stock) co_return tl::unexpected(stock.error());
  co_return regions_of(*stock->table, stock->slots);
}

Task<Offering> SfcomputeAccount::instance_types(Scope scope) {
  Result<Stock> stock = co_await read_stock(operations::list_instance_types);
  if (!stock) co_return tl::unexpected(stock.error());
  const Result<std::map<std::string, std::string>> unquoted = co_await refresh_quotes(stock->table);
  if (!unquoted) co_return tl::unexpected(unquoted.error());
  Offering offering;
  std::map<InstanceTypeId, Row<InstanceType>> rows;
  for (const auto& [id, sku] : stock->table->skus) {
    InstanceType made = on_sale(sku, stock->slots[id], price_of(id, sku));
    const auto known = type_rows_.find(made.id);
    Row<InstanceType>& row = rows[made.id];
    row = known != type_rows_.end() && *known->second == made ? known->second
                                                              : std::make_shared<const InstanceType>(std::move(made));
    offering.types.rows.push_back(row);
    json::Findings findings;
    findings.odd = sku.odd;
    if (const auto why = unquoted->find(id); why != unquoted->end()) findings.odd.push_back({"quote", why->second});
    json::add_odd(offering.types.odd, row->id.str(), findings);
  }
  type_rows_ = std::move(rows);
  offering.types.rejected = stock->table->rejected;
  offering.types = in_location(std::move(offering.types), scope.location);
  offering.locations = regions_of(*stock->table, stock->slots);
  co_return offering;
}

/// By the SKU's ID, its alias, or the type's name.
std::optional<Money> SfcomputeAccount::configured_price(const std::string& id, const Sku& sku) const {
  const auto& prices = option<OptionTable<Money>>(context_.credential, description(), options::prices);
  for (const std::string& name : {id, sku.alias, sku.type.type}) {
    if (const auto at = prices.find(name); at != prices.end()) return at->second;
  }
  return std::nullopt;
}

/// A quote that could not be had anew is one of its time.
Price SfcomputeAccount::price_of(const std::string& id, const Sku& sku) const {
  Price price;
  price.amount = configured_price(id, sku);
  price.source = price.amount ? PriceSource::list : PriceSource::estimate;
  const auto quote = quotes_.find(id);
  if (price.amount || quote == quotes_.end()) return price;
  price.amount = quote->second.price;
  const bool is_old = context_.clock.now() >= quote->second.asked_at + quote_is_good_for;
  if (price.amount && is_old) price.listed_at = quote->second.answered_at;
  return price;
}

Task<std::shared_ptr<const SkuTable>> SfcomputeAccount::read_table(Operation operation) {
  const std::string first = first_page(site_.api_path + "/instance_skus");
  const auto next = [first](const std::string& page) { return page_after(first, page); };
  struct Named {
    std::shared_ptr<const SkuTable> table;
    std::string names;
  };
  const auto read = [this](const std::vector<std::string>& pages, WorkLimit limit) -> Result<Named> {
    Result<SkuTable> table = read_skus(pages, context_.redactor, limit);
    if (!table) return tl::unexpected(table.error());
    sku_book_.name(*table);
    return Named{std::make_shared<const SkuTable>(std::move(*table)), sku_book_.to_text()};
  };
  table_asked_at_ = context_.clock.now();
  Result<Named> named = co_await client_.ask_pages(operation, first, next, read);
  if (!named) co_return tl::unexpected(named.error());
  context_.cache.put(sku_names_key, std::move(named->names));
  table_ = std::move(named->table);
  co_return table_;
}

/// A table that has those SKUs, or was read within the last minute. What was known goes on while it cannot be read.
Task<std::shared_ptr<const SkuTable>> SfcomputeAccount::table_for(Operation operation,
                                                                  const std::vector<std::string>& sku_ids) {
  const bool has_all = table_ && std::all_of(sku_ids.begin(), sku_ids.end(), [this](const std::string& id) {
                         return id.empty() || table_->names.contains(id);
                       });
  const bool is_fresh = is_within(table_is_good_for, table_asked_at_, context_.clock.now());
  if (table_ && (has_all || is_fresh)) co_return table_;
  Result<std::shared_ptr<const SkuTable>> table = co_await read_table(operation);
  if (!table && table_) co_return table_;
  co_return table;
}

Task<Machines> SfcomputeAccount::read_machines(Operation operation) {
  const std::string first = first_page(instances_path(), filter_of(site_));
  const auto next = [first](const std::string& page) { return page_after(first, page); };
  const auto read = [this, now = context_.clock.wall_now()](const std::vector<std::string>& pages, WorkLimit limit) {
    return machines_.read(pages, now, limit);
  };
  co_return co_await client_.ask_pages(operation, first, next, read);
}

/// What there is to sell, and what of it is taken.
Task<SfcomputeAccount::Stock> SfcomputeAccount::read_stock(Operation operation) {
  Result<std::shared_ptr<const SkuTable>> table = co_await read_table(operation);
  if (!table) co_return tl::unexpected(table.error());
  Result<SlotsBySku> slots =
      co_await client_.ask(operation, get(site_.api_path + "/pools/" + encode(site_.pool_path())),
                           [now = context_.clock.wall_now()](const std::string& body, WorkLimit limit) {
                             return read_pool(body, now, limit);
                           });
  if (!slots) co_return tl::unexpected(slots.error());
  const Result<Machines> machines = co_await read_machines(operation);
  if (!machines) co_return tl::unexpected(machines.error());
  // Of a SKU that the pool does not name it has none. A machine that cannot be read takes up a node of nobody knows
  // which.
  for (const auto& [id, name] : (*table)->names) slots->try_emplace(id, Slots{0, 0, 0});
  for (auto& [id, each] : *slots) each.unclear = static_cast<std::int64_t>(machines->rejected.size());
  for (const auto& machine : machines->all) {
    if (!machine->is_over()) ++(*slots)[machine->sku_id].used;
  }
  co_return Stock{std::move(*table), std::move(*slots)};
}

/// One call a SKU that has no configured price, now and then. One that fails costs only itself: its last quote stays in
/// force. Answers why others have none, by the SKUs' IDs. While nothing can be priced no more are asked for, and the
/// next pass goes on behind them. Error: there is no price at all, and nobody answered.
Task<std::map<std::string, std::string>> SfcomputeAccount::refresh_quotes(std::shared_ptr<const SkuTable> table) {
  const TimePoint began = context_.clock.now();
  std::map<std::string, Quote> kept;
  std::vector<std::string> due;
  std::map<std::string, std::string> unquoted;
  for (const auto& [id, sku] : table->skus) {
    if (configured_price(id, sku)) continue;
    const auto known = quotes_.find(id);
    const bool is_known = known != quotes_.end();
    if (is_known) kept.insert(*known);
    if (!is_known) unquoted[id] = "is not asked for: others cannot be had";
    if (!is_known || began >= known->second.asked_at + quote_is_good_for) due.push_back(id);
  }
  quotes_ = std::move(kept);
  std::rotate(due.begin(), std::upper_bound(due.begin(), due.end(), last_quoted_), due.end());
  bool has_any = unquoted.size() < table->skus.size();
  std::optional<Error> first_failure;
  int failures = 0;  // one after the other
  for (const std::string& id : due) {
    const TimePoint now = context_.clock.now();
    if (now >= began + quotes_take) break;
    last_quoted_ = id;
    const Result<QuoteAnswer> answer = co_await ask_quote(id);
    const bool is_refused = !answer && is_without_quote(answer.error());
    has_any = has_any || answer || is_refused;
    if (is_refused || (answer && answer->fault.empty())) {
      quotes_[id] = Quote{answer ? answer->price : std::nullopt, now, context_.clock.wall_now()};
      unquoted.erase(id);
    } else if (const auto why = unquoted.find(id); why != unquoted.end()) {
      why->second = "cannot be had: " + (answer ? answer->fault : answer.error().message);
    }
    failures = answer || is_refused ? 0 : failures + 1;
    if (failures == 0) continue;
    if (!first_failure) first_failure = answer.error();
    const bool is_unwell = answer.error().kind == Errc::service_unavailable;
    if (!is_unwell || failures == most_quote_failures) break;
  }
  if (first_failure && !has_any) co_return tl::unexpected(*first_failure);
  co_return unquoted;
}

/// That a SKU may be asked for is not confirmed; whose the ask is, is looked at.
Task<SfcomputeAccount::QuoteAnswer> SfcomputeAccount::ask_quote(std::string id) {
  Request request = get(site_.api_path + "/orderbook/quote?instance_sku=" + encode(id));
  request.timeout = longest_quote_call;
  const auto read = [id](const std::string& body, WorkLimit /*limit*/) -> Result<QuoteAnswer> {
    const Result<std::optional<Money>> price = read_quote(body, id);
    if (!price) return QuoteAnswer{std::nullopt, price.error().message};
    return QuoteAnswer{*price, ""};
  };
  co_return co_await client_.ask(get_quote, std::move(request), read);
}

boost::asio::awaitable<Zones> SfcomputeAccount::zones_now() {
  const TimePoint now = context_.clock.now();
  if (is_within(zones_are_good_for, zones_asked_at_, now)) co_return zones_;
  const auto read = [known = zones_](const std::string& body, WorkLimit limit) {
    return read_zones(body, known, limit);
  };
  Request request = get("/v0/zones");
  request.timeout = longest_zones_call;
  Result<Zones> zones = co_await client_.ask(list_zones, std::move(request), read);
  if (!zones) co_return zones_of_before(zones_);
  zones_ = std::move(*zones);
  zones_asked_at_ = now;
  co_return zones_;
}

Task<Machines> SfcomputeAccount::read_old_nodes() {
  Zones zones = co_await zones_now();
  const auto read = [this, zones = std::move(zones), now = context_.clock.wall_now()](const std::string& body,
                                                                                      WorkLimit limit) {
    return read_nodes(body, zones, now, context_.redactor, limit);
  };
  Result<Machines> nodes = co_await client_.ask(operations::list_instances, get("/v1/nodes"), read);
  if (!nodes) co_return nodes;
  std::string kept = to_cache(*nodes);
  context_.cache.put(nodes_key, std::move(kept));
  co_return nodes;
}

Task<Answer<Instance>> SfcomputeAccount::instances(Scope scope) {
  Result<Machines> machines = co_await read_machines(operations::list_instances);
  if (!machines) co_return tl::unexpected(machines.error());
  if (has_old_nodes_) {
    Result<Machines> nodes = co_await read_old_nodes();
    if (!nodes) co_return tl::unexpected(nodes.error());
    std::move(nodes->all.begin(), nodes->all.end(), std::back_inserter(machines->all));
    std::move(nodes->rejected.begin(), nodes->rejected.end(), std::back_inserter(machines->rejected));
  }
  std::vector<std::string> sku_ids;
  for (const auto& machine : machines->all) sku_ids.push_back(machine->sku_id);
  const Result<std::shared_ptr<const SkuTable>> table = co_await table_for(operations::list_instances, sku_ids);
  if (!table) co_return tl::unexpected(table.error());
  co_await learn_places(machines->all);

  Answer<Instance> answer;
  answer.rejected = std::move(machines->rejected);
  answer.rejected.insert(answer.rejected.end(), unlisted_nodes_.begin(), unlisted_nodes_.end());
  std::map<CloudId, Row<Instance>> rows;
  for (const auto& machine : machines->all) {
    Row<Instance> row = row_of(*machine, **table);
    json::add_odd(answer.odd, row->cloud_id.str(), machine->findings);
    rows[row->cloud_id] = row;
    answer.rows.push_back(std::move(row));
  }
  rows_ = std::move(rows);
  co_return in_location(std::move(answer), scope.location);
}

/// The last answer's when it says the same.
Row<Instance> SfcomputeAccount::row_of(const Machine& machine, const SkuTable& table) {
  Instance made = whole_instance(machine, table, places_.find(machine));
  const auto known = rows_.find(made.cloud_id);
  if (known != rows_.end() && *known->second == made) return known->second;
  return std::make_shared<const Instance>(std::move(made));
}

/// A call that fails ends it for this pass, and so do slow ones: the listing does not wait for a service that is not
/// well.
boost::asio::awaitable<void> SfcomputeAccount::learn_places(std::vector<std::shared_ptr<const Machine>> machines) {
  const TimePoint end = context_.clock.now() + places_take;
  for (const auto& machine : places_.due(machines, context_.clock.now(), places_a_pass)) {
    if (context_.clock.now() >= end) break;
    Result<SshPlace> place = co_await ask_place(*machine);
    const bool is_answer = place || place.error().matches(Errc::resource_not_found);  // it is not ready yet
    places_.note(*machine, place ? std::optional(std::move(*place)) : std::nullopt, context_.clock.now());
    if (!is_answer) break;
  }
  keep_places();
}

void SfcomputeAccount::keep_places() {
  if (std::optional<std::string> places = places_.unsaved()) context_.cache.put(places_key, std::move(*places));
}

Task<SshPlace> SfcomputeAccount::ask_place(const Machine& machine) {
  const bool is_old = is_node(machine.instance.cloud_id) && has_old_nodes_;
  Request request = get(is_old ? "/v0/vms/ssh?vm_id=" + encode(machine.ssh_key)
                               : instances_path() + "/" + encode(machine.ssh_key) + "/ssh");
  request.timeout = longest_place_call;
  const auto read = [this](const std::string& body, WorkLimit /*limit*/) { return read_ssh_place(body, loopback_); };
  co_return co_await client_.ask(get_ssh_place, std::move(request), read);
}

Task<Instance> SfcomputeAccount::instance(InstanceRef instance) {
  const Result<std::string> path = path_of(operations::get_instance, instance);
  if (!path) co_return tl::unexpected(path.error());
  const bool is_old = has_old_nodes_ && is_node(instance.cloud_id);
  Zones zones;
  if (is_old) zones = co_await zones_now();
  const auto read = [&, zones = std::move(zones), now = context_.clock.wall_now()](const std::string& body,
                                                                                   WorkLimit /*limit*/) {
    return is_old ? read_node(body, zones, instance.cloud_id, now)
                  : read_machine(body, loopback_, instance.cloud_id, now);
  };
  const Result<Machine> machine = co_await client_.ask(operations::get_instance, get(*path), read);
  if (!machine) co_return tl::unexpected(machine.error());
  const std::vector<std::string> sku_ids(1, machine->sku_id);
  const Result<std::shared_ptr<const SkuTable>> table = co_await table_for(operations::get_instance, sku_ids);
  if (!table) co_return tl::unexpected(table.error());
  if (!machine->ssh_key.empty() && places_.find(*machine) == nullptr) {
    Result<SshPlace> place = co_await ask_place(*machine);
    if (place) places_.note(*machine, std::move(*place), context_.clock.now());
    keep_places();
  }
  co_return whole_instance(*machine, **table, places_.find(*machine));
}

Task<Answer<Image>> SfcomputeAccount::list_images(Scope /*scope*/, ImageQuery /*query*/) {
  const std::string first = first_page(site_.api_path + "/images");
  const auto next = [first](const std::string& page) { return page_after(first, page); };
  const auto read = [this](const std::vector<std::string>& pages, WorkLimit limit) {
    return read_images(pages, context_.redactor, limit);
  };
  co_return co_await client_.ask_pages(operations::list_images, first, next, read);
}

}  // namespace sfcompute

const Provider& sfcompute_provider() {
  static const Provider provider{sfcompute::description(), &sfcompute::open, &sfcompute::tenant_of};
  return provider;
}

}  // namespace tally
