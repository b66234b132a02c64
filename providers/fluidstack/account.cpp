#include "providers/fluidstack/account.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "net/url.hpp"
#include "providers/fluidstack/regions.hpp"

namespace tally {

const Provider& fluidstack_provider();

namespace fluidstack {
namespace {

constexpr const char* regions_key = "regions";
constexpr const char* projects_key = "projects";
constexpr const char* only_shown = "what only the Management API shows can be looked at, and no more";
constexpr Operation list_projects{"list projects"};
constexpr Operation list_capacity{"list capacity"};
constexpr Operation list_capabilities{"list capabilities"};

TenantId tenant_of(const Credential& credential) {
  return make_tenant_id("fluidstack", credential.fields.at("api_key").reveal());
}

/// A machine that the Management API shows, where its region had it.
Instance as_listed_in(const std::string& region, Instance machine) {
  machine.location = region;
  machine.sub_location.clear();
  if (!machine.type.empty()) machine.instance_type_id = type_id(region, machine.type);
  return machine;
}

std::unique_ptr<Account> open(AccountContext context) {
  return std::make_unique<FluidstackAccount>(std::move(context));
}

}  // namespace

FluidstackAccount::FluidstackAccount(AccountContext context)
    : context_(std::move(context)),
      settings_(settings_of(context_.credential)),
      management_(context_, settings_.management_url, dialect(),
                  authorization(context_.credential.fields.at("api_key"))),
      management_list_(settings_, loopback_behind(settings_.management_url), context_.redactor),
      regions_list_(region_form(settings_.management_url), context_.redactor),
      projects_(projects_in(context_.cache.get(projects_key).value_or(""))) {
  if (settings_.regions.empty()) recall();
}

TenantId FluidstackAccount::tenant_id() const { return tenant_of(context_.credential); }

Capabilities FluidstackAccount::capabilities() const {
  const auto somewhere = [this](bool Grants::* granted) {
    const auto may = [granted](const auto& region) {
      return !region.second->grants || *region.second->grants.*granted;
    };
    return regions_.empty() || std::any_of(regions_.begin(), regions_.end(), may);
  };
  Abilities abilities = abilities_of<FluidstackAccount>();
  abilities.creates = somewhere(&Grants::creates);
  abilities.terminates = somewhere(&Grants::terminates);
  abilities.stops_starts = somewhere(&Grants::stops_starts);
  return capabilities_of(abilities, description().create);
}

Task<Answer<Location>> FluidstackAccount::locations() {
  Result<Answer<Location>> answer = co_await list_regions();
  if (answer && !settings_.management_url.empty()) answer->rows.push_back(management_location(settings_));
  co_return answer;
}

Task<Answer<Location>> FluidstackAccount::list_regions() {
  if (!settings_.regions.empty()) {
    Answer<Location> configured = configured_regions(settings_);
    learn(configured);
    co_return configured;
  }
  Result<Answer<Location>> answer = co_await management_.ask(
      operations::list_regions, get("/regions"),
      [this](std::string body, WorkLimit limit) { return regions_list_.read(one_page(std::move(body)), limit); });
  if (answer) {
    learn(*answer);
    remember();
  }
  co_return answer;
}

void FluidstackAccount::remember() {
  Answer<Location> regions;
  for (const auto& [name, region] : regions_) {
    Location location;
    location.name = name;
    location.endpoint = region->endpoint;
    regions.rows.push_back(std::make_shared<const Location>(std::move(location)));
  }
  context_.cache.put(regions_key, to_cache(regions));
}

/// Checked like the list itself, for the key is sent there.
void FluidstackAccount::recall() {
  std::optional<std::string> text = context_.cache.get(regions_key);
  if (!text) return;
  const Result<Answer<Location>> regions = regions_list_.read(one_page(std::move(*text)));
  if (regions) learn(*regions);
}

/// A region that moved begins anew; one that is not in the list may still have machines, and is forgotten only when
/// there would be more than any account has.
void FluidstackAccount::learn(const Answer<Location>& regions) {
  std::set<std::string_view> listed;
  for (const Row<Location>& row : regions.rows) {
    listed.insert(row->name);
    RegionPtr& known = regions_[row->name];
    if (known && known->endpoint == row->endpoint) continue;
    RestClient client(context_, row->endpoint, dialect(), authorization(context_.credential.fields.at("api_key")));
    known = std::make_shared<Region>(*row, settings_, context_, std::move(client), loopback_behind(row->endpoint));
  }
  if (regions_.size() <= limits::locations_per_account) return;
  std::erase_if(regions_, [&listed](const auto& region) { return !listed.contains(region.first); });
}

Task<FluidstackAccount::RegionPtr> FluidstackAccount::region_of(Operation operation, std::string location) {
  const auto refuse = [&](Errc kind, const char* why) {
    return tl::unexpected(management_.refusal(operation, kind, why));
  };
  if (location.empty()) co_return refuse(Errc::invalid_request, "it is asked region by region: in which?");
  if (location == management) co_return refuse(Errc::not_implemented, only_shown);
  if (const auto known = regions_.find(location); known != regions_.end()) co_return known->second;
  const Result<Answer<Location>> listed = co_await list_regions();
  if (!listed) co_return tl::unexpected(listed.error());
  if (const auto known = regions_.find(location); known != regions_.end()) co_return known->second;
  co_return refuse(Errc::invalid_request, "there is no such region");
}

Task<FluidstackAccount::RegionPtr> FluidstackAccount::region_of(Operation operation, InstanceRef instance) {
  // Without an ID the path is another one, of which "not found" says nothing.
  if (instance.cloud_id.empty()) {
    co_return tl::unexpected(management_.refusal(operation, Errc::invalid_request, "the instance has no ID"));
  }
  if (instance.location == management && !settings_.management_url.empty()) {
    co_return co_await region_behind(operation, instance.cloud_id);
  }
  co_return co_await region_of(operation, instance.location);
}

Task<FluidstackAccount::RegionPtr> FluidstackAccount::region_behind(Operation operation, CloudId id) {
  const Result<ManagedMachine> machine = co_await look_in_management(operation, std::move(id));
  if (!machine) co_return tl::unexpected(machine.error());
  if (!machine->row) co_return tl::unexpected(not_shown(operation, *machine));
  const auto at = regions_.find(machine->row->sub_location);
  if (at == regions_.end()) co_return tl::unexpected(management_.refusal(operation, Errc::not_implemented, only_shown));
  const RegionPtr region = at->second;
  const Result<> settled = co_await settle_project(region);
  if (!settled) co_return tl::unexpected(settled.error());
  if (region->project == machine->project) co_return region;
  co_return tl::unexpected(management_.refusal(operation, Errc::not_implemented, only_shown));
}

Task<> FluidstackAccount::settle_project(RegionPtr region) {
  if (!region->project.empty()) co_return Result<>();
  region->is_project_asked = true;
  const std::string used = projects_[region->name];
  Result<std::string> chosen = co_await region->client.ask(
      list_projects, get("/projects"),
      [&used](const std::string& body, WorkLimit limit) { return choose_project(body, used, limit); });
  if (!chosen) co_return tl::unexpected(chosen.error());
  if (projects_.size() > limits::locations_per_account) {
    std::erase_if(projects_, [this](const auto& project) { return !regions_.contains(project.first); });
  }
  std::string& kept = projects_[region->name];
  if (kept.empty()) {  // else it is the chosen one, or what another call has chosen meanwhile
    kept = std::move(*chosen);
    context_.cache.put(projects_key, to_cache(projects_));
  }
  region->project = kept;
  co_return Result<>();
}

void FluidstackAccount::note(const Error& error, Region& region) {
  if (error.code == codes::project_not_found) region.project = settings_.project_id;
}

Task<Capacity> FluidstackAccount::capacity_of(RegionPtr region) {
  return ask_in_project(std::move(region), list_capacity, get("/capacity"),
                        [](const std::string& body, WorkLimit limit) { return Capacity::read(body, limit); });
}

/// What was known stays where that cannot be had.
boost::asio::awaitable<void> FluidstackAccount::learn_grants(RegionPtr region) {
  Request request = get("/capabilities");
  request.body_limit = limits::answer_small;
  request.timeout = std::chrono::seconds(10);  // the types do not wait for a call that says nothing of them
  const auto said =
      co_await region->client.ask(list_capabilities, std::move(request),
                                  [](const std::string& body, WorkLimit limit) { return read_grants(body, limit); });
  if (said) region->grants = *said;
}

Task<Offering> FluidstackAccount::instance_types(Scope scope) {
  if (scope.location == management) co_return Offering();
  const Result<RegionPtr> found = co_await region_of(operations::list_instance_types, scope.location);
  if (!found) co_return tl::unexpected(found.error());
  const RegionPtr& region = *found;
  const Result<Capacity> capacity = co_await capacity_of(region);
  Result<Answer<InstanceType>> types = co_await region->client.ask(
      operations::list_instance_types, get("/instance-types"), [&region, &capacity](std::string body, WorkLimit limit) {
        return region->types.read(std::move(body), capacity, limit);
      });
  if (!types) co_return tl::unexpected(types.error());
  co_await learn_grants(region);
  Offering offering;
  offering.types = std::move(*types);
  co_return offering;
}

Task<Answer<Instance>> FluidstackAccount::instances(Scope scope) {
  if (scope.location == management && !settings_.management_url.empty()) co_return co_await machines_of_management();
  const Result<RegionPtr> found = co_await region_of(operations::list_instances, scope.location);
  if (!found) co_return tl::unexpected(found.error());
  co_return co_await machines_of(*found);
}

Task<Answer<Instance>> FluidstackAccount::machines_of(RegionPtr region) {
  region->asked_at = context_.clock.now();
  region->listings_since = 0;
  auto ids = std::make_shared<ReadIds>();
  const std::shared_ptr<const ReadIds> before = region->read;
  const auto read_list = [&region, &ids, &before, now = context_.clock.wall_now()](std::string body, WorkLimit limit) {
    Result<Answer<Instance>> read = region->instances.read(std::move(body), now, limit);
    if (read) *ids = read_ids(*read, before.get());
    return read;
  };
  Result<Answer<Instance>> answer;
  try {
    answer = co_await ask_in_project(region, operations::list_instances, get("/instances"), read_list);
  } catch (...) {  // it took too long for whoever asked
    region->is_failing = true;
    throw;
  }
  region->is_failing = !answer;
  if (answer) region->read = std::move(ids);
  co_return answer;
}

Task<Answer<Instance>> FluidstackAccount::machines_of_management() {
  if (regions_.empty()) {
    const Result<Answer<Location>> listed = co_await list_regions();
    if (!listed) co_return tl::unexpected(listed.error());
  }
  const OwnLists lists = co_await own_lists();
  co_return co_await management_.ask(
      operations::list_instances, get("/instances"),
      [this, &lists](const std::string& body, WorkLimit limit) { return management_list_.read(body, lists, limit); });
}

/// A region that does not answer is asked for its project once only: its own listing goes on asking.
boost::asio::awaitable<OwnLists> FluidstackAccount::own_lists() {
  OwnLists lists;
  const auto regions = regions_;
  for (const auto& [name, region] : regions) {
    if (!region->is_project_asked) co_await settle_project(region);
    lists[name] = region->own_list(context_.clock.now());
    ++region->listings_since;
  }
  co_return lists;
}

Task<ManagedMachine> FluidstackAccount::look_in_management(Operation operation, CloudId id) {
  co_return co_await management_.ask(
      operation, get("/instances"),
      [this, &id](const std::string& body, WorkLimit limit) { return management_list_.look_for(id, body, limit); });
}

/// A row that nobody can name may be this one.
Error FluidstackAccount::not_shown(Operation operation, const ManagedMachine& machine) const {
  if (machine.is_unreadable || machine.may_be_nameless) {
    return management_.refusal(operation, Errc::service_unavailable, "it cannot be read");
  }
  return management_.refusal(operation, Errc::instance_not_found, "no list has it");
}

Task<Instance> FluidstackAccount::machine_of_management(CloudId id) {
  const Result<ManagedMachine> machine = co_await look_in_management(operations::get_instance, std::move(id));
  if (!machine) co_return tl::unexpected(machine.error());
  if (!machine->row) co_return tl::unexpected(not_shown(operations::get_instance, *machine));
  co_return *machine->row;
}

Task<Instance> FluidstackAccount::instance(InstanceRef instance) {
  const bool has_management = !settings_.management_url.empty();
  if (instance.location == management && has_management && !instance.cloud_id.empty()) {
    co_return co_await machine_of_management(instance.cloud_id);
  }
  const Result<RegionPtr> region = co_await region_of(operations::get_instance, instance);
  if (!region) co_return tl::unexpected(region.error());
  Result<Instance> machine = co_await machine_at(operations::get_instance, *region, instance.cloud_id);
  if (machine || machine.error().kind != Errc::instance_not_found || !has_management) co_return machine;
  // Where the Management API cannot say more, the region's word holds.
  const Result<ManagedMachine> shown = co_await look_in_management(operations::get_instance, instance.cloud_id);
  if (shown && shown->row) co_return as_listed_in((*region)->name, *shown->row);
  if (shown && shown->is_unreadable) co_return tl::unexpected(not_shown(operations::get_instance, *shown));
  co_return machine;
}

Task<Instance> FluidstackAccount::machine_at(Operation operation, RegionPtr region, CloudId id) {
  const std::string path = "/instances/" + encode_segment(id.str());
  co_return co_await ask_in_project(
      region, operation, get(path),
      [&region, &id, now = context_.clock.wall_now()](const std::string& body, WorkLimit /*limit*/) {
        return read_machine_reply(body, *region, id, now);
      });
}

}  // namespace fluidstack

const Provider& fluidstack_provider() {
  static const Provider provider{fluidstack::description(), &fluidstack::open, &fluidstack::tenant_of};
  return provider;
}

}  // namespace tally
