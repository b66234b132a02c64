#include "providers/nebius/reading.hpp"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <set>

#include "providers/nebius/description.hpp"
#include "providers/nebius/image_mapping.hpp"
#include "providers/nebius/protos/billing.pb.h"
#include "providers/nebius/protos/capacity.pb.h"
#include "providers/nebius/protos/iam_v1.pb.h"
#include "providers/nebius/protos/iam_v2.pb.h"
#include "providers/nebius/protos/quotas.pb.h"
#include "providers/rest/freshness.hpp"
#include "providers/rest/instance_list.hpp"

namespace tally::nebius {
namespace {

namespace compute = ::nebius::compute::v1;

constexpr Operation list_capacity{"list capacity"};
constexpr Operation estimate_price{"ask for a price"};
constexpr Operation get_disk{"get a disk"};

constexpr GrpcMethod list_projects{services::iam, "nebius.iam.v2.ProjectService/List"};
constexpr GrpcMethod list_old_projects{services::iam, "nebius.iam.v1.ProjectService/List"};
constexpr GrpcMethod list_platforms{services::compute, "nebius.compute.v1.PlatformService/List"};
constexpr GrpcMethod list_quotas{services::quotas, "nebius.quotas.v1.QuotaAllowanceService/List"};
constexpr GrpcMethod list_advice{services::capacity, "nebius.capacity.v1.ResourceAdviceService/List"};
constexpr GrpcMethod calculate{services::calculator, "nebius.billing.v1alpha1.CalculatorService/Estimate"};
constexpr GrpcMethod get_machine{services::compute, "nebius.compute.v1.InstanceService/Get"};
constexpr GrpcMethod get_boot_disk{services::compute, "nebius.compute.v1.DiskService/Get"};
constexpr GrpcMethod list_own_images{services::compute, "nebius.compute.v1.ImageService/List"};
constexpr GrpcMethod list_public_images{services::compute, "nebius.compute.v1.ImageService/ListPublic"};

constexpr std::chrono::minutes projects_are_good_for{5};
constexpr std::chrono::seconds tables_are_good_for{30};  // one pass over all regions
constexpr std::chrono::seconds estimating_takes_at_most{60};
constexpr std::chrono::seconds longest_estimate{10};
constexpr int most_failures = 3;  // a type as such and as spot machine, and one more: nothing can be priced now

constexpr const char* projects_key = "projects";  // of the cache: all that were ever listed and are not gone

/// Names of what is priced.
constexpr const char* disk_name = "disk";
constexpr std::int64_t priced_gibibytes = 100;
std::string spot_name(const std::string& type) { return type + "|spot"; }

bool is_not_there(const Error& error) { return error.kind == Errc::not_implemented; }

/// The calculator's word on one thing: others may have a price.
bool is_about_that_one(const Error& error) {
  switch (error.kind) {
    case Errc::service_unavailable:
    case Errc::rate_limited:
    case Errc::auth:
    case Errc::forbidden: return false;
    default: return true;
  }
}

}  // namespace

Reading::Reading(const AccountContext& context)
    : context_(context),
      calls_(context),
      loopback_(loopback_behind(context.credential.endpoint)),
      tenant_(context.credential.fields.at("tenant_id").reveal()) {
  // What it would write to the standard error of a message that it cannot read: that is told as a rejected row.
  google::protobuf::SetLogHandler(nullptr);
}

Place Reading::place_of(const std::string& region) const {
  Place place;
  place.region = region;
  place.loopback = loopback_;
  place.reboots = option<bool>(context_.credential, description(), options::reboot_by_stop);
  return place;
}

RegionMachines& Reading::machines_in(const std::string& region) {
  return machines_.try_emplace(region, context_, calls_, place_of(region)).first->second;
}

PriceList& Reading::prices_in(const std::string& region) {
  return prices_.try_emplace(region, context_.cache, region).first->second;
}

Task<std::shared_ptr<const Projects>> Reading::read_projects(Operation operation) {
  if (!has_old_projects_) {
    PageRequest request = pages_of<::nebius::iam::v2::ListProjectsRequest>(tenant_);
    Result<Pages> pages = co_await calls_.list(operation, list_projects, std::move(request), "");
    if (!pages && !is_not_there(pages.error())) co_return tl::unexpected(pages.error());
    if (pages) {
      const auto read = [&] { return nebius::read_projects(*pages, ProjectApi::v2, WorkLimit(context_.longest_work)); };
      Result<Projects> projects = co_await run_on(context_.workers, read);
      if (!projects) {
        const Error& unread = projects.error();
        co_return tl::unexpected(calls_.client().refusal(operation, unread.kind, unread.message));
      }
      co_return std::make_shared<const Projects>(std::move(*projects));
    }
    has_old_projects_ = true;
  }
  PageRequest request = pages_of<::nebius::iam::v1::ListProjectsRequest>(tenant_);
  Result<Pages> pages = co_await calls_.list(operation, list_old_projects, std::move(request), "");
  has_old_projects_ = pages.has_value();  // else the newer one is tried again
  if (!pages) co_return tl::unexpected(pages.error());
  const auto read = [&] { return nebius::read_projects(*pages, ProjectApi::v1, WorkLimit(context_.longest_work)); };
  Result<Projects> projects = co_await run_on(context_.workers, read);
  if (!projects) {
    const Error& unread = projects.error();
    co_return tl::unexpected(calls_.client().refusal(operation, unread.kind, unread.message));
  }
  co_return std::make_shared<const Projects>(std::move(*projects));
}

Task<std::shared_ptr<const Projects>> Reading::known_projects(Operation operation) {
  const Turns::Place place = co_await projects_turns_.take();
  if (projects_ && context_.clock.now() < projects_asked_at_ + projects_are_good_for) co_return projects_;
  const TimePoint asked_at = context_.clock.now();
  Result<std::shared_ptr<const Projects>> projects = co_await read_projects(operation);
  if (!projects) co_return tl::unexpected(projects.error());
  if ((*projects)->all.empty()) {
    co_return tl::unexpected(calls_.client().refusal(
        operation, Errc::forbidden, "no project of the tenant can be read: check `tenant_id` and the key's roles"));
  }
  Projects all = **projects;
  keep_left_out(all, decode_projects(context_.cache.get(projects_key).value_or("")));
  context_.cache.put(projects_key, encode_projects(all));
  projects_ = std::make_shared<const Projects>(std::move(all));
  projects_asked_at_ = asked_at;
  co_return projects_;
}

Task<std::shared_ptr<const Projects>> Reading::projects_for(Operation operation, std::string region) {
  if (region.empty()) {
    co_return tl::unexpected(calls_.client().refusal(operation, Errc::invalid_request,
                                                     "a region must be named: Nebius has one API for each"));
  }
  Result<std::shared_ptr<const Projects>> projects = co_await known_projects(operation);
  if (!projects) co_return projects;
  const bool is_known = std::any_of((*projects)->all.begin(), (*projects)->all.end(),
                                    [&region](const Project& project) { return project.region == region; });
  if (is_known || !describe_region(region).country.empty()) co_return projects;
  co_return tl::unexpected(
      calls_.client().refusal(operation, Errc::invalid_request, "there is no region `" + region + "` in this tenant"));
}

Task<Project> Reading::home_in(Operation operation, std::string region) {
  const Result<std::shared_ptr<const Projects>> projects = co_await projects_for(operation, region);
  if (!projects) co_return tl::unexpected(projects.error());
  const auto& configured = option<OptionTable<std::string>>(context_.credential, description(), options::projects);
  const Project* home = (*projects)->home_in(region, configured);
  if (home != nullptr) co_return *home;
  co_return tl::unexpected(calls_.client().refusal(operation, Errc::invalid_request,
                                                   "no project of this tenant in region `" + region + "` can be used"));
}

Task<std::shared_ptr<const Reading::Tables>> Reading::tables(Operation operation) {
  const Turns::Place place = co_await tables_turns_.take();
  const TimePoint asked_at = context_.clock.now();
  if (tables_ && asked_at < tables_asked_at_ + tables_are_good_for) co_return tables_;
  // Whoever waited for the turn would hear the same.
  if (is_within(tables_are_good_for, tables_doubted_at_, asked_at)) co_return tl::unexpected(doubt(operation));
  Result<std::shared_ptr<const Tables>> tables = co_await read_tables(operation);
  if (!tables) co_return tl::unexpected(tables.error());
  tables_ = *tables;
  tables_asked_at_ = asked_at;
  co_return tables_;
}

/// An empty list where there was one: believed, it would take all types from the market, or put all on it.
bool Reading::has_emptied(const Tables& now, bool has_advice) const {
  if (!tables_) return false;
  const bool lost_quotas = now.quotas.rows.empty() && !tables_->quotas.rows.empty();
  return lost_quotas || (has_advice && now.advice.rows.empty() && !tables_->advice.rows.empty());
}

/// The advice may be closed to a tenant; then the quota alone tells.
Task<std::shared_ptr<const Reading::Tables>> Reading::read_tables(Operation operation) {
  PageRequest quotas_request = pages_of<::nebius::quotas::v1::ListQuotaAllowancesRequest>(tenant_);
  const Result<Pages> quotas =
      co_await calls_.list(operations::list_quotas, list_quotas, std::move(quotas_request), "");
  if (!quotas) co_return tl::unexpected(quotas.error());
  PageRequest advice_request = pages_of<::nebius::capacity::v1::ListResourceAdviceRequest>(tenant_);
  Result<Pages> advice = co_await calls_.list(list_capacity, list_advice, std::move(advice_request), "");
  const bool has_advice = advice.has_value();
  if (!advice && (is_not_there(advice.error()) || advice.error().kind == Errc::forbidden)) advice = Pages();
  if (!advice) co_return tl::unexpected(advice.error());
  const auto read = [&]() -> Result<std::shared_ptr<const Tables>> {
    auto tables = std::make_shared<Tables>();
    WorkLimit limit(context_.longest_work);
    Result<QuotaTable> read_rows = read_quotas(*quotas, limit);
    if (!read_rows) return tl::unexpected(read_rows.error());
    Result<AdviceTable> read_stock = read_advice(*advice, limit);
    if (!read_stock) return tl::unexpected(read_stock.error());
    tables->quotas = std::move(*read_rows);
    tables->advice = std::move(*read_stock);
    return std::shared_ptr<const Tables>(std::move(tables));
  };
  Result<std::shared_ptr<const Tables>> tables = co_await run_on(context_.workers, read);
  if (!tables) {
    const Error& unread = tables.error();
    co_return tl::unexpected(calls_.client().refusal(operation, unread.kind, unread.message));
  }
  const bool is_doubted = !tables_doubted_at_ && has_emptied(**tables, has_advice);
  tables_doubted_at_ = is_doubted ? std::optional(context_.clock.now()) : std::nullopt;
  if (is_doubted) co_return tl::unexpected(doubt(operation));
  co_return tables;
}

Error Reading::doubt(Operation operation) {
  return calls_.client().refusal(operation, Errc::service_unavailable,
                                 "the list of quotas or of capacity is empty, as it was not before: believed when it "
                                 "is so the next time");
}

Task<Answer<Location>> Reading::locations() {
  projects_.reset();
  const Result<std::shared_ptr<const Projects>> projects = co_await known_projects(operations::list_regions);
  if (!projects) co_return tl::unexpected(projects.error());
  const Result<std::shared_ptr<const Tables>> supply = co_await tables(operations::list_regions);
  if (!supply && supply.error().kind != Errc::forbidden) co_return tl::unexpected(supply.error());
  std::set<std::string> regions = supply ? regions_of((*supply)->quotas) : std::set<std::string>();
  for (const Project& project : (*projects)->all) regions.insert(project.region);
  const auto& configured = option<OptionTable<std::string>>(context_.credential, description(), options::projects);
  Answer<Location> answer;
  answer.rejected = (*projects)->unread;
  for (const std::string& region : regions) {
    Location location = describe_region(region);
    location.is_available = (*projects)->home_in(region, configured) != nullptr;
    answer.rows.push_back(std::make_shared<const Location>(std::move(location)));
  }
  co_return answer;
}

Task<Offering> Reading::types(std::string region) {
  const Result<Project> home = co_await home_in(operations::list_instance_types, region);
  if (!home) co_return tl::unexpected(home.error());
  machines_in(region).forgive();
  PageRequest request = pages_of<compute::ListPlatformsRequest>(home->id);
  const Result<Pages> pages =
      co_await calls_.list(operations::list_instance_types, list_platforms, std::move(request), region);
  if (!pages) co_return tl::unexpected(pages.error());
  Selection selection;
  selection.region = region;
  selection.cpu_presets = option<std::int64_t>(context_.credential, description(), options::cpu_presets);
  selection.reboots = place_of(region).reboots;
  const auto read = [&] {
    return read_platforms(*pages, selection, context_.redactor, WorkLimit(context_.longest_work));
  };
  Result<Presets> presets = co_await run_on(context_.workers, read);
  if (!presets) {
    const Error& unread = presets.error();
    co_return tl::unexpected(calls_.client().refusal(operations::list_instance_types, unread.kind, unread.message));
  }
  const Result<std::shared_ptr<const Tables>> supply = co_await tables(operations::list_instance_types);
  if (!supply) co_return tl::unexpected(supply.error());
  PriceList& prices = prices_in(region);
  co_await learn_prices(*presets, home->id, prices);

  Offering offering;
  offering.types.rejected = std::move(presets->rejected);
  offering.types.odd = std::move(presets->odd);
  const Timestamp now = context_.clock.wall_now();
  for (Preset& preset : presets->all) {
    InstanceType type = std::move(preset.type);
    type.prices = {prices.price_of(type.type, UsageClass::on_demand, now)};
    const Supply bought = supply_of(preset.demand, UsageClass::on_demand, (*supply)->quotas, (*supply)->advice);
    type.is_available = bought.is_available;
    type.availability_reason = bought.reason;
    if (preset.is_sold_as_spot) {
      type.prices.push_back(prices.price_of(spot_name(type.type), UsageClass::spot, now));
      type.attributes.is_spot_available =
          supply_of(preset.demand, UsageClass::spot, (*supply)->quotas, (*supply)->advice).is_available;
    }
    for (Storage& disk : type.storage) disk.price_per_gb_hr = prices.amount_of(disk_name);
    // The same object as long as nothing has changed.
    Row<InstanceType>& row = type_rows_[type.id];
    if (!row || *row != type) row = std::make_shared<const InstanceType>(std::move(type));
    offering.types.rows.push_back(row);
  }
  const std::size_t unread = (*supply)->quotas.unread + (*supply)->advice.unread;
  if (unread > 0 && !offering.types.rows.empty()) {
    offering.types.odd.push_back(
        {offering.types.rows.front()->id.str(), "quotas",
         "or advice on capacity cannot be read in " + std::to_string(unread) + " rows: what they say is not known"});
  }
  co_return offering;
}

/// One call each, as long as the calculator is well: what it does not answer keeps its last price. One that it cannot
/// do keeps none of the others waiting.
boost::asio::awaitable<void> Reading::learn_prices(const Presets& presets, std::string project, PriceList& prices) {
  std::vector<std::string> names(1, disk_name);
  for (const Preset& preset : presets.all) {
    names.push_back(preset.type.type);
    if (preset.is_sold_as_spot) names.push_back(spot_name(preset.type.type));
  }
  const TimePoint end = context_.clock.now() + estimating_takes_at_most;
  int failures = 0;  // one after the other
  for (const std::string& name : names) {
    if (!prices.is_due(name, context_.clock.wall_now())) continue;
    if (context_.clock.now() >= end) break;
    const Result<std::optional<Money>> amount = co_await estimate(project, name);
    const bool is_unanswered = !amount && !is_about_that_one(amount.error());
    const bool is_unwell = is_unanswered && amount.error().kind == Errc::service_unavailable;
    failures = is_unwell ? failures + 1 : 0;
    if (is_unanswered && (!is_unwell || failures == most_failures)) break;
    if (is_unanswered) continue;
    // Of what it refuses to price it may have had a price before.
    prices.note(name, amount ? *amount : prices.amount_of(name), context_.clock.wall_now());
  }
  prices.keep(names);
}

Task<std::optional<Money>> Reading::estimate(std::string project, std::string name) {
  ::nebius::billing::v1alpha1::EstimateRequest asked;
  const bool is_disk = name == disk_name;
  if (is_disk) {
    auto& disk = *asked.mutable_resource_spec()->mutable_compute_disk_spec();
    disk.mutable_metadata()->set_parent_id(project);
    disk.mutable_metadata()->set_name("estimate");
    disk.mutable_spec()->set_size_gibibytes(priced_gibibytes);
    disk.mutable_spec()->set_type(compute::DiskSpec::NETWORK_SSD);
  } else {
    const std::size_t bar = name.find('|');
    const auto type =
        split_type_name(std::string_view(name).substr(0, bar)).value_or(std::pair<std::string, std::string>());
    auto& machine = *asked.mutable_resource_spec()->mutable_compute_instance_spec();
    machine.mutable_metadata()->set_parent_id(project);
    machine.mutable_metadata()->set_name("estimate");
    machine.mutable_spec()->mutable_resources()->set_platform(type.first);
    machine.mutable_spec()->mutable_resources()->set_preset(type.second);
    if (bar != std::string::npos) {
      machine.mutable_spec()->mutable_preemptible()->set_on_preemption(compute::PreemptibleSpec::STOP);
    }
  }
  Request request = grpc_call(calls_.url_of(calculate), asked.SerializeAsString(), Repeat::safe);
  request.timeout = longest_estimate;
  const auto read = [](const std::string& body, WorkLimit) { return read_estimate(body); };
  Result<std::optional<Money>> amount = co_await calls_.client().ask(estimate_price, std::move(request), read);
  if (amount && is_disk) {
    if (std::optional<Money>& price = *amount) price->nanos = (price->nanos + priced_gibibytes / 2) / priced_gibibytes;
  }
  co_return amount;
}

Task<Answer<Instance>> Reading::instances(std::string region) {
  const Result<std::shared_ptr<const Projects>> projects = co_await projects_for(operations::list_instances, region);
  if (!projects) co_return tl::unexpected(projects.error());
  std::vector<Project> here = (*projects)->in(region);
  co_return co_await machines_in(region).list(std::move(here));
}

Task<Instance> Reading::instance(InstanceRef instance) {
  const Operation operation = operations::get_instance;
  const Result<std::shared_ptr<const Projects>> projects = co_await projects_for(operation, instance.location);
  if (!projects) co_return tl::unexpected(projects.error());
  if (instance.cloud_id.empty()) {
    co_return tl::unexpected(calls_.client().refusal(operation, Errc::invalid_request, "the instance has no ID"));
  }
  compute::GetInstanceRequest asked;
  asked.set_id(instance.cloud_id.str());
  const Result<compute::Instance> message = co_await calls_.get<compute::Instance>(operation, get_machine, asked);
  if (!message) co_return tl::unexpected(message.error());
  Place place = place_of(instance.location);
  for (const Project& project : (*projects)->all) {
    if (project.id == message->metadata().parent_id()) place.region = project.region;
  }
  json::Findings findings;
  Machine machine = read_machine(*message, place, context_.clock.wall_now(), findings);
  if (findings.fault.empty() && machine.id != instance.cloud_id.str()) findings.fault = "the answer is for another one";
  if (!findings.fault.empty()) {
    co_return tl::unexpected(calls_.client().refusal(operation, Errc::service_unavailable, findings.fault));
  }
  BootDisk disk;
  if (!machine.boot_disk_id.empty()) {
    compute::GetDiskRequest asked_disk;
    asked_disk.set_id(machine.boot_disk_id);
    const Result<compute::Disk> found = co_await calls_.get<compute::Disk>(get_disk, get_boot_disk, asked_disk);
    if (found) disk = read_disk(*found, findings);
  }
  co_return with_disk(std::move(machine.instance), disk.id.empty() ? nullptr : &disk);
}

Task<Answer<Image>> Reading::images(std::string region) {
  const Operation operation = operations::list_images;
  const Result<Project> home = co_await home_in(operation, region);
  if (!home) co_return tl::unexpected(home.error());
  PageRequest own_request = pages_of<compute::ListImagesRequest>(home->id);
  Result<Pages> pages = co_await calls_.list(operation, list_own_images, std::move(own_request), region);
  if (!pages) co_return tl::unexpected(pages.error());
  PageRequest public_request = [region](const std::string& token) {
    compute::ListPublicRequest message;
    message.set_region(region);
    message.set_page_size(page_size);
    message.set_page_token(token);
    return message.SerializeAsString();
  };
  Result<Pages> shared = co_await calls_.list(operation, list_public_images, std::move(public_request), region);
  if (!shared) co_return tl::unexpected(shared.error());
  std::move(shared->begin(), shared->end(), std::back_inserter(*pages));
  const auto read = [&, now = context_.clock.wall_now()] {
    return read_images(*pages, region, now, context_.redactor, WorkLimit(context_.longest_work));
  };
  Result<Answer<Image>> images = co_await run_on(context_.workers, read);
  if (!images) {
    const Error& unread = images.error();
    co_return tl::unexpected(calls_.client().refusal(operation, unread.kind, unread.message));
  }
  co_return images;
}

Task<Answer<Quota>> Reading::quotas(std::string region) {
  const Result<std::shared_ptr<const Projects>> projects = co_await projects_for(operations::list_quotas, region);
  if (!projects) co_return tl::unexpected(projects.error());
  const Result<std::shared_ptr<const Tables>> supply = co_await tables(operations::list_quotas);
  if (!supply) co_return tl::unexpected(supply.error());
  Answer<Quota> answer;
  for (Quota& quota : quotas_in((*supply)->quotas, region)) {
    answer.rows.push_back(std::make_shared<const Quota>(std::move(quota)));
  }
  // Of whichever region they are.
  if ((*supply)->quotas.unread > 0) answer.rejected.push_back({"", "rows of the tenant's quotas cannot be read", ""});
  co_return answer;
}

}  // namespace tally::nebius
