#include <algorithm>

#include "providers/nebius/changing.hpp"
#include "providers/nebius/description.hpp"
#include "providers/nebius/instance_mapping.hpp"
#include "providers/nebius/protos/vpc.pb.h"
#include "providers/rest/create_steps.hpp"
#include "runtime/ascii.hpp"

namespace tally::nebius {
namespace {

namespace compute = ::nebius::compute::v1;
namespace common = ::nebius::common::v1;
namespace vpc = ::nebius::vpc::v1;
using std::chrono::seconds;

constexpr Operation make_network{"make a network"};
constexpr Operation find_subnet{"find the default subnet"};

constexpr GrpcMethod create_network{services::vpc, "nebius.vpc.v1.NetworkService/Create"};
constexpr GrpcMethod create_subnet{services::vpc, "nebius.vpc.v1.SubnetService/Create"};
constexpr GrpcMethod list_subnets{services::vpc, "nebius.vpc.v1.SubnetService/List"};
constexpr GrpcMethod create_machine{services::compute, "nebius.compute.v1.InstanceService/Create"};

constexpr seconds longest_part{120};
constexpr seconds longest_create{600};
constexpr seconds longest_end{120};
constexpr seconds longest_removal{30};
constexpr seconds between_looks{2};

/// What is made beside a machine: how it is found by its name, and removed.
struct PartMethods {
  GrpcMethod find;
  GrpcMethod remove;
};

std::optional<PartMethods> methods_of(HandleKind kind) {
  constexpr std::string_view vpc = services::vpc;
  constexpr std::string_view compute = services::compute;
  switch (kind) {
    case HandleKind::disk:
      return PartMethods{{compute, "nebius.compute.v1.DiskService/GetByName"},
                         {compute, "nebius.compute.v1.DiskService/Delete"}};
    case HandleKind::subnet:
      return PartMethods{{vpc, "nebius.vpc.v1.SubnetService/GetByName"}, {vpc, "nebius.vpc.v1.SubnetService/Delete"}};
    case HandleKind::network:
      return PartMethods{{vpc, "nebius.vpc.v1.NetworkService/GetByName"}, {vpc, "nebius.vpc.v1.NetworkService/Delete"}};
    case HandleKind::security_group:
      return PartMethods{{vpc, "nebius.vpc.v1.SecurityGroupService/GetByName"},
                         {vpc, "nebius.vpc.v1.SecurityGroupService/Delete"}};
    default: return std::nullopt;
  }
}

std::string message_with_id(const std::string& id) {
  compute::GetInstanceRequest message;  // all requests that name one thing have its ID as field 1
  message.set_id(id);
  return message.SerializeAsString();
}

std::string label_of(const Instance& instance, std::string_view key) {
  const auto at = instance.tags.find(std::string(key));
  return at == instance.tags.end() ? std::string() : at->second;
}

std::string part_name(const CreateRequest& request, HandleKind kind) {
  return machine_name(request) + (kind == HandleKind::network ? "-vpc" : "-subnet");
}

/// Something in the project has that name already.
bool is_name_taken(const Error& error) {
  return error.code == "ResourceAlreadyExists" || error.code == "ALREADY_EXISTS";
}

/// Whether the text has that word in it, not as a part of a longer one.
bool has_word(std::string_view text, std::string_view word) {
  const auto goes_on = [](char c) { return ascii::is_letter_or_digit(c) || c == '-' || c == '_'; };
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !goes_on(text[at - 1])) && (end == text.size() || !goes_on(text[end]))) return true;
  }
  return false;
}

/// What is not there may be the image: the refusal names it.
Error order_error(Error error, const std::string& image) {
  if (!error.matches(Errc::resource_not_found) || image.empty() || !has_word(error.message, image)) return error;
  error.kind = Errc::image_not_found;
  error.message = "`image_id` is no image that is there: " + error.message;
  return error;
}

/// What was made for a machine that is there already, as its labels have it, and as this create calls it.
std::vector<Handle> parts_of(const Instance& instance, const CreateRequest& request) {
  std::vector<Handle> made;
  const auto add = [&](HandleKind kind, const std::string& id) {
    if (!id.empty()) made.push_back({kind, id, part_name(request, kind)});
  };
  add(HandleKind::network, label_of(instance, labels::network));
  if (!made.empty()) add(HandleKind::subnet, label_of(instance, labels::subnet));
  return made;
}

}  // namespace

Task<Created> Changing::create(CreateRequest request) {
  const auto& images = option<OptionTable<std::string>>(context_.credential, description(), options::images);
  const auto configured = images.find(request.type.substr(0, request.type.find('.')));
  if (request.image_id.empty() && configured != images.end()) request.image_id = configured->second;
  Result<Order> checked = order_of(request);
  if (!checked) {
    Error error = calls_.client().refusal(operations::create_instance, checked.error().kind, checked.error().message);
    co_return tl::unexpected(std::move(error));
  }
  const Result<Project> home = co_await reading_.home_in(operations::create_instance, request.location);
  if (!home) co_return tl::unexpected(home.error());
  const Result<Answer<Instance>> listed = co_await reading_.instances(request.location);
  if (!listed) co_return tl::unexpected(listed.error());
  Result<std::optional<Instance>> there =
      find_own_machine(calls_.client(), listed->rows, request, context_.credential.ref, NameSpace::tenant);
  if (!there) co_return tl::unexpected(there.error());
  if (std::optional<Instance>& machine = *there) {
    std::vector<Handle> parts = parts_of(*machine, request);
    co_return Created{std::move(*machine), std::move(parts)};
  }
  std::vector<Handle> made;
  Result<Site> site = co_await site_for(request, home->id, &made);
  if (!site) {
    Error error = site.error();
    co_return co_await give_up(std::move(request), "", std::move(made), std::move(error));
  }
  co_return co_await order(std::move(request), std::move(*checked), std::move(*site), std::move(made));
}

/// A subnet that was named; else the project's default one, or a network and a subnet of the machine's own.
Task<Site> Changing::site_for(CreateRequest request, std::string project, std::vector<Handle>* made) {
  Site site;
  site.project = project;
  site.subnet_id = request.subnet_id;
  if (!site.subnet_id.empty()) co_return site;
  if (option<std::string>(context_.credential, description(), options::network) == "default") {
    Result<std::string> subnet = co_await default_subnet(project);
    if (!subnet) co_return tl::unexpected(subnet.error());
    site.subnet_id = std::move(*subnet);
    co_return site;
  }
  Result<std::string> network = co_await make_part(request, HandleKind::network, project, "", made);
  if (!network) co_return tl::unexpected(network.error());
  site.network_id = *network;
  Result<std::string> subnet = co_await make_part(request, HandleKind::subnet, project, *network, made);
  if (!subnet) co_return tl::unexpected(subnet.error());
  site.subnet_id = std::move(*subnet);
  co_return site;
}

/// Its name is noted before it is asked for, its ID at the first answer, whatever becomes of it.
Task<std::string> Changing::make_part(CreateRequest request, HandleKind kind, std::string project, std::string network,
                                      std::vector<Handle>* made) {
  const bool is_network = kind == HandleKind::network;
  const std::string name = part_name(request, kind);
  const auto metadata = part_metadata(request, context_.credential.ref, project, name);
  std::string message;
  if (is_network) {
    vpc::CreateNetworkRequest asked;
    *asked.mutable_metadata() = metadata;
    asked.mutable_spec();
    message = asked.SerializeAsString();
  } else {
    vpc::CreateSubnetRequest asked;
    *asked.mutable_metadata() = metadata;
    asked.mutable_spec()->set_network_id(network);
    message = asked.SerializeAsString();
  }
  if (const Result<> noted = co_await announce(request, kind, name); !noted) co_return tl::unexpected(noted.error());
  const GrpcMethod method = is_network ? create_network : create_subnet;
  std::string key = call_key(request.token, is_network ? "network" : "subnet");
  Result<GrpcOperation> begun = co_await begin(make_network, method, std::move(message), std::move(key));
  if (!begun && is_name_taken(begun.error())) {
    Error taken = begun.error();
    Result<std::string> there = co_await adopt_part(request, kind, project, std::move(taken));
    if (there) made->push_back({kind, *there, name});
    co_return there;
  }
  if (!begun) co_return tl::unexpected(begun.error());
  const std::string id = begun->resource_id();
  if (id.empty()) {
    Error error = calls_.client().refusal(make_network, Errc::service_unavailable, "the answer names nothing made");
    error.certainty = Certainty::unknown;
    co_return tl::unexpected(std::move(error));
  }
  made->push_back({kind, id, name});
  const Result<> done = co_await follow(make_network, method.service, std::move(*begun), longest_part);
  if (!done) co_return tl::unexpected(done.error());
  co_return id;
}

/// What a create that the journal does not know any more has left is taken over by this one.
Task<std::string> Changing::adopt_part(CreateRequest request, HandleKind kind, std::string project, Error taken) {
  const GrpcMethod find = methods_of(kind)->find;
  const Result<Metadata> found = co_await part_named(make_network, find, part_name(request, kind), std::move(project));
  if (!found && !found.error().matches(Errc::resource_not_found)) co_return tl::unexpected(found.error());
  const bool is_ours = found && !found->id().empty() && is_part_for(*found, request, context_.credential.ref);
  if (!is_ours) co_return tl::unexpected(std::move(taken));
  co_return found->id();
}

Task<std::string> Changing::default_subnet(std::string project) {
  PageRequest request = pages_of<vpc::ListSubnetsRequest>(project);
  const Result<Pages> pages = co_await calls_.list(find_subnet, list_subnets, std::move(request), project);
  if (!pages) co_return tl::unexpected(pages.error());
  for (const std::string& bytes : *pages) {
    ::nebius::listing::Page page;
    if (!page.ParseFromString(bytes)) continue;
    for (const std::string& item : page.items()) {
      vpc::Subnet subnet;
      if (subnet.ParseFromString(item) && subnet.metadata().name().starts_with("default")) {
        co_return subnet.metadata().id();
      }
    }
  }
  co_return tl::unexpected(
      calls_.client().refusal(find_subnet, Errc::invalid_request, "the project has no default subnet"));
}

Task<Created> Changing::order(CreateRequest request, Order order, Site site, std::vector<Handle> made) {
  const Operation operation = operations::create_instance;
  const std::string image = order.image_id.empty() ? order.image_family : order.image_id;
  std::string message = instance_request(request, order, context_.credential.ref, site).SerializeAsString();
  std::string key = call_key(request.token, "instance");
  Result<GrpcOperation> begun = co_await begin(operation, create_machine, std::move(message), std::move(key));
  if (!begun) {
    Error error = order_error(begun.error(), image);
    co_return co_await give_up(std::move(request), "", std::move(made), std::move(error));
  }
  const std::string id = begun->resource_id();
  const Result<> done = co_await follow(operation, create_machine.service, std::move(*begun), longest_create);
  if (!done) {
    Error error = order_error(done.error(), image);
    co_return co_await give_up(std::move(request), id, std::move(made), std::move(error));
  }
  if (id.empty()) {
    Error error = calls_.client().refusal(operation, Errc::service_unavailable, "the answer names no machine");
    error.certainty = Certainty::unknown;
    co_return co_await give_up(std::move(request), "", std::move(made), std::move(error));
  }
  Created created;
  created.instance = co_await made_machine(std::move(request), id);
  created.made = std::move(made);
  co_return created;
}

/// After a step that was refused nothing is left, or the error says what. A machine whose operation failed may be
/// there, stopped, and hold its disk and quota. After one that nobody knows the end of all stays: the same calls may be
/// made once more.
Task<Created> Changing::give_up(CreateRequest request, std::string machine_id, std::vector<Handle> made, Error error) {
  if (!machine_id.empty()) {
    const bool is_ended = co_await end_machine(machine_id, request.location);
    error.certainty = is_ended ? Certainty::nothing_happened : Certainty::unknown;
    if (!is_ended) co_return tl::unexpected(leaving(std::move(made), std::move(error)));
  }
  if (error.certainty == Certainty::unknown) {
    error.made = std::move(made);
    co_return tl::unexpected(std::move(error));
  }
  made = co_await remove_all(*this, std::move(made), request.location);
  co_return tl::unexpected(leaving(std::move(made), std::move(error)));
}

/// Whether the vendor has said, within a while, that it is no more.
boost::asio::awaitable<bool> Changing::end_machine(std::string id, std::string location) {
  const TimePoint end = context_.clock.now() + longest_end;
  for (;;) {
    InstanceRef machine(CloudId(id), location);
    const Result<Instance> seen = co_await reading_.instance(machine);
    if (!seen && seen.error().kind == Errc::instance_not_found) co_return true;
    if (!seen || seen->status != LifecycleStatus::terminating) {
      const Result<> ended = co_await terminate(std::move(machine));
      if (!ended && (ended.error().kind == Errc::auth || ended.error().kind == Errc::forbidden)) co_return false;
    }
    if (context_.clock.now() >= end) co_return false;
    co_await sleep(between_looks);
  }
}

/// What the vendor says of it, or, while it says nothing, what was ordered: it exists, whatever the next call answers.
boost::asio::awaitable<Instance> Changing::made_machine(CreateRequest request, std::string id) {
  InstanceRef reference(CloudId(id), request.location);
  Result<Instance> machine = co_await reading_.instance(std::move(reference));
  if (machine && machine->status) co_return std::move(*machine);
  Instance ordered = ordered_machine(CloudId(std::move(id)), request, context_.credential.ref, description());
  ordered.name = request.name;
  ordered.created_at = context_.clock.wall_now();
  co_return ordered;
}

/// Something else may hold it a while longer.
Task<> Changing::remove(Handle handle, std::string location) {
  const Operation operation = operations::remove;
  const std::optional<PartMethods> methods = methods_of(handle.kind);
  const bool is_named = !handle.vendor_id.empty() || !handle.name.empty();
  if (!methods || !is_named) {
    co_return tl::unexpected(
        calls_.client().refusal(operation, Errc::not_implemented, "nothing of that kind is made here"));
  }
  const Result<std::shared_ptr<const Projects>> projects = co_await reading_.projects_for(operation, location);
  if (!projects) co_return tl::unexpected(projects.error());
  if (handle.vendor_id.empty()) {
    const Result<Project> home = co_await reading_.home_in(operation, location);
    std::string home_id = home ? home->id : "";
    std::vector<Project> here = (*projects)->in(location);
    Result<std::string> id = co_await find_part(methods->find, handle.name, std::move(here), std::move(home_id));
    if (!id) co_return tl::unexpected(id.error());
    if (id->empty()) co_return Result<>();
    handle.vendor_id = std::move(*id);
  }
  const Result<> done =
      co_await carry_out(operation, methods->remove, message_with_id(handle.vendor_id), longest_removal);
  if (!done && done.error().matches(Errc::resource_not_found)) co_return Result<>();
  co_return done;
}

/// As long as home may not be read nobody knows whether it is there. Without a home it may be in any of them.
Task<std::string> Changing::find_part(GrpcMethod find, std::string name, std::vector<Project> projects,
                                      std::string home) {
  std::stable_partition(projects.begin(), projects.end(), [&home](const Project& each) { return each.id == home; });
  std::optional<Error> refusal;
  for (const Project& project : projects) {
    const Result<Metadata> found = co_await part_named(operations::remove, find, name, project.id);
    if (found && is_part_of(*found, context_.credential.ref)) co_return found->id();
    if (found || found.error().matches(Errc::resource_not_found)) continue;
    const bool is_passed_over = found.error().kind == Errc::forbidden && project.id != home;
    if (!is_passed_over) co_return tl::unexpected(found.error());
    refusal = found.error();
  }
  if (refusal && home.empty()) co_return tl::unexpected(std::move(*refusal));
  co_return std::string();
}

Task<Changing::Metadata> Changing::part_named(Operation operation, GrpcMethod find, std::string name,
                                              std::string project) {
  common::GetByNameRequest asked;  // those of all services have the same fields
  asked.set_parent_id(project);
  asked.set_name(name);
  Request request = grpc_call(calls_.url_of(find), asked.SerializeAsString(), Repeat::safe);
  request.priority = Priority::lifecycle;
  // Of all that can be found its metadata is field 1.
  const Result<vpc::Network> found = co_await calls_.ask<vpc::Network>(operation, std::move(request));
  if (!found) co_return tl::unexpected(found.error());
  co_return found->metadata();
}

}  // namespace tally::nebius
