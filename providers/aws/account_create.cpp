// How a create goes at EC2: what can be known is checked; image and subnet are found; key pair and security group are
// made under names of the token's; the machine is ordered under the token, so that the same call is the same machine.
#include <algorithm>
#include <tuple>

#include "net/json_rows.hpp"
#include "providers/aws/account.hpp"
#include "providers/aws/belongings.hpp"
#include "providers/rest/account_keys.hpp"
#include "providers/rest/create_steps.hpp"
#include "runtime/contains.hpp"

namespace tally::aws {
namespace {

constexpr Operation find_subnet{"find a subnet"};
constexpr Operation import_key{"import key pair"};
constexpr Operation find_key{"find key pair"};
constexpr Operation make_group{"make security group"};
constexpr Operation find_group{"find security group"};
constexpr Operation open_group{"open security group"};

/// In an operation of its own each step's error says what it was; a create's is a create's.
Error as_create(Error error) {
  error.operation = operations::create_instance.words;
  return error;
}

/// Of a look at what is there under our name, and may well be ours: its refusal does not say that nothing was made.
Error in_doubt(Error error) {
  error.certainty = Certainty::unknown;
  return error;
}

/// The one live machine that a create of that RefID may have made; nothing: none, or several. One that could not be
/// launched is `failed`, and has ended.
std::optional<Instance> own_machine(const std::vector<Row<Instance>>& rows, const CreateRequest& request,
                                    const CredentialRef& credential) {
  std::optional<Instance> found;
  for (const Row<Instance>& row : rows) {
    const bool is_own = row->ref_id == request.ref_id && row->cloud_cred_ref_id == credential;
    if (!is_own || !is_live(*row) || is_ended(*row)) continue;
    if (found || row->type != request.type) return std::nullopt;
    found = *row;
  }
  return found;
}

}  // namespace

Task<Created> AwsAccount::create(CreateRequest request) {
  if (const std::optional<Error> refusal = find_refusal(request)) {
    co_return tl::unexpected(client_.refusal(operations::create_instance, refusal->kind, refusal->message));
  }
  const Result<RegionPtr> found = region_of(operations::create_instance, request.location);
  if (!found) co_return tl::unexpected(found.error());
  const RegionPtr& region = *found;
  Parts parts;
  Result<ImageFacts> image = co_await image_for(region, request);
  if (!image) co_return tl::unexpected(as_create(image.error()));
  parts.image = std::move(*image);
  Result<Network> network = co_await network_for(region, request);
  if (!network) co_return tl::unexpected(as_create(network.error()));
  parts.network = std::move(*network);

  std::vector<Handle> made;
  const Result<std::optional<Handle>> key = co_await key_for(region, request);
  if (!key) co_return tl::unexpected(as_create(key.error()));
  const std::optional<Handle>& own_key = *key;
  parts.key_name = own_key ? own_key->name : request.key_pair_name;
  if (own_key) made.push_back(*own_key);
  Result<Handle> group = co_await group_for(region, request, parts.network.vpc);
  if (!group) co_return co_await give_up(region, std::move(request), std::move(made), as_create(group.error()));
  parts.group = group->vendor_id;
  made.push_back(*group);
  const Result<> opened = co_await open_for(region, request, parts.group);
  if (!opened) co_return co_await give_up(region, std::move(request), std::move(made), as_create(opened.error()));
  co_return co_await order(region, std::move(request), std::move(parts), std::move(made));
}

Task<Created> AwsAccount::order(RegionPtr region, CreateRequest request, Parts parts, std::vector<Handle> made) {
  const MachinePlace place = place_of(*region);
  const Timestamp now = context_.clock.wall_now();
  Call call = changing(region->name, run_query(request, context_.credential.ref, parts), Repeat::idempotent);
  Result<Instance> machine = co_await client_.ask(
      operations::create_instance, std::move(call), [&](std::string body, WorkLimit limit) -> Result<Instance> {
        Result<MachinePage> page =
            read_machines(std::move(body), "RunInstancesResponse", place, now, context_.redactor, limit);
        if (!page) return tl::unexpected(page.error());
        if (page->machines.size() != 1) return tl::unexpected(json::bad_reply("it is not about one machine"));
        return *page->machines.front().instance;
      });
  if (!machine) {
    const bool is_in_doubt = machine.error().certainty == Certainty::unknown;
    Result<Created> outcome = co_await give_up(region, std::move(request), std::move(made), machine.error());
    if (!outcome && is_in_doubt) outcome.error().certainty = Certainty::unknown;
    co_return outcome;
  }
  if (!is_live(*machine)) {
    Error over =
        client_.refusal(operations::create_instance, Errc::conflict, "the machine of this call has ended already");
    co_return co_await give_up(region, std::move(request), std::move(made), std::move(over));
  }
  young_.note(machine->cloud_id);
  Created created;
  created.instance = std::move(*machine);
  created.made = std::move(made);
  co_return created;
}

/// After a step that failed. Where nothing happened, what was made for it is removed; where a machine may be there it
/// is looked for once, and what it may stand on stays. An order without an answer is in doubt as a whole: the identical
/// call, which finds key and group, is answered with its machine.
Task<Created> AwsAccount::give_up(RegionPtr region, CreateRequest request, std::vector<Handle> made, Error error) {
  const bool may_be_there =
      error.certainty != Certainty::nothing_happened || error.code == "IdempotentParameterMismatch";
  if (!may_be_there) {
    made = co_await remove_all(*this, std::move(made), request.location);
    co_return tl::unexpected(leaving(std::move(made), std::move(error)));
  }
  const Result<Answer<Instance>> listed = co_await machines_of_ref(region, request.ref_id);
  std::optional<Instance> there = listed ? own_machine(listed->rows, request, context_.credential.ref) : std::nullopt;
  if (there) {
    young_.note(there->cloud_id);
    Created created;
    created.instance = std::move(*there);
    created.made = std::move(made);
    co_return created;
  }
  co_return tl::unexpected(leaving(std::move(made), std::move(error)));
}

Task<Answer<Instance>> AwsAccount::machines_of_ref(RegionPtr region, RefId ref) {
  Query query("DescribeInstances");
  query.filter("tag:" + std::string(own_tags::ref_id), std::vector<std::string>(1, ref.str()));
  query.set("MaxResults", "1000");
  const MachinePlace place = place_of(*region);
  const Timestamp now = context_.clock.wall_now();
  Answer<Instance> found;
  const Result<> read = co_await client_.ask_pages(
      operations::list_instances, region->name, std::move(query),
      [&](std::string body, WorkLimit limit) -> Result<std::optional<std::string>> {
        Result<MachinePage> page =
            read_machines(std::move(body), "DescribeInstancesResponse", place, now, context_.redactor, limit);
        if (!page) return tl::unexpected(page.error());
        for (const Machine& machine : page->machines) found.rows.push_back(machine.instance);
        return page->next;
      });
  if (!read) co_return tl::unexpected(read.error());
  co_return found;
}

/// The subnet that is asked for, which has its own zone; else one of the VPC that is, or a default one, in the zone.
/// That there is none in this zone says nothing of the others: the next one is tried, as where it has no machine.
Task<Network> AwsAccount::network_for(RegionPtr region, CreateRequest request) {
  Query query("DescribeSubnets");
  const auto one = [](const std::string& value) { return std::vector<std::string>(1, value); };
  if (!request.subnet_id.empty()) {
    query.filter("subnet-id", one(request.subnet_id));
  } else if (!request.vpc_id.empty()) {
    query.filter("vpc-id", one(request.vpc_id));
  } else {
    query.filter("default-for-az", one("true"));
  }
  std::vector<Network> subnets;
  const Result<> read = co_await client_.ask_pages(
      find_subnet, region->name, std::move(query),
      [&](std::string body, WorkLimit limit) { return read_subnets(std::move(body), limit, subnets); });
  if (!read) co_return tl::unexpected(read.error());
  const bool is_somewhere = !subnets.empty();
  const std::string zone = request.subnet_id.empty() ? request.sub_location : "";
  if (!zone.empty()) std::erase_if(subnets, [&](const Network& subnet) { return subnet.zone != zone; });
  // The very same each time, since the token is good for the same parameters only.
  const auto first = std::min_element(subnets.begin(), subnets.end(), [](const Network& a, const Network& b) {
    return std::tie(a.zone, a.subnet) < std::tie(b.zone, b.subnet);
  });
  if (first != subnets.end()) co_return *first;
  if (is_somewhere) {
    const std::string whose = request.vpc_id.empty() ? "the account has no default subnet"  //
                                                     : "the VPC " + request.vpc_id + " has no subnet";
    Error error = client_.refusal(find_subnet, Errc::insufficient_resources, whose + " in zone " + zone);
    error.advice = "make one there, say `subnet_id`, or leave `sub_location` out";
    co_return tl::unexpected(std::move(error));
  }
  const bool is_named = !request.subnet_id.empty() || !request.vpc_id.empty();
  co_return tl::unexpected(
      client_.refusal(find_subnet, Errc::invalid_request,
                      is_named ? "`subnet_id` or `vpc_id` has no subnet there"
                               : "the account has no default subnet there: say `subnet_id`, or make a default VPC"));
}

/// Nothing: the key that was named. The name comes from the token, so that one of that name is of this very call.
Task<std::optional<Handle>> AwsAccount::key_for(RegionPtr region, CreateRequest request) {
  const bool is_named = !request.key_pair_name.empty();
  const std::string name = is_named ? request.key_pair_name : belongings_name(request.token);
  if (!is_named) {
    if (const Result<> noted = co_await announce(request, HandleKind::key, name); !noted) {
      co_return tl::unexpected(noted.error());
    }
    Call call = changing(region->name, import_key_query(request, context_.credential.ref), Repeat::idempotent);
    call.imagined = "<ImportKeyPairResponse><keyPairId>id-of-the-key</keyPairId></ImportKeyPairResponse>";
    const Result<std::string> id =
        co_await client_.ask(import_key, std::move(call), [](std::string body, WorkLimit /*l*/) {
          return read_made(std::move(body), "ImportKeyPairResponse", "keyPairId");
        });
    if (id) co_return Handle{HandleKind::key, *id, name};
    if (id.error().code != "InvalidKeyPair.Duplicate") co_return tl::unexpected(id.error());
  }
  Query query("DescribeKeyPairs");
  query.set("KeyName.1", name).set("IncludePublicKey", "true");
  const Result<KeyPair> known =
      co_await client_.ask(find_key, reading(region->name, query),
                           [](std::string body, WorkLimit /*limit*/) { return read_key_pair(std::move(body)); });
  if (!known) co_return tl::unexpected(is_named ? known.error() : in_doubt(known.error()));
  const bool is_meant =
      request.public_key.empty() || known->public_key.empty() || is_same_key(known->public_key, request.public_key);
  if (!is_meant) {
    co_return tl::unexpected(client_.refusal(
        find_key, Errc::conflict, "the key pair " + name + " is there, and is another key than `public_key`"));
  }
  if (is_named) co_return std::nullopt;
  co_return Handle{HandleKind::key, known->id, name};
}

Task<Handle> AwsAccount::group_for(RegionPtr region, CreateRequest request, std::string vpc) {
  const std::string name = belongings_name(request.token);
  if (const Result<> noted = co_await announce(request, HandleKind::security_group, name); !noted) {
    co_return tl::unexpected(noted.error());
  }
  Call call = changing(region->name, group_query(request, context_.credential.ref, vpc), Repeat::idempotent);
  call.imagined = "<CreateSecurityGroupResponse><groupId>id-of-the-group</groupId></CreateSecurityGroupResponse>";
  Result<std::string> id = co_await client_.ask(make_group, std::move(call), [](std::string body, WorkLimit /*limit*/) {
    return read_made(std::move(body), "CreateSecurityGroupResponse", "groupId");
  });
  if (!id && id.error().code == "InvalidGroup.Duplicate") {
    Result<std::string> known = co_await find_group_id(region, name, vpc);
    if (!known) co_return tl::unexpected(in_doubt(known.error()));
    if (!known->empty()) id = std::move(known);
  }
  if (!id) co_return tl::unexpected(id.error());
  co_return Handle{HandleKind::security_group, *id, name};
}

/// `vpc`: "" any.
Task<std::string> AwsAccount::find_group_id(RegionPtr region, std::string name, std::string vpc) {
  Query query("DescribeSecurityGroups");
  query.filter("group-name", std::vector<std::string>(1, name));
  if (!vpc.empty()) query.filter("vpc-id", std::vector<std::string>(1, vpc));
  co_return co_await client_.ask(find_group, reading(region->name, query),
                                 [](std::string body, WorkLimit /*limit*/) { return read_group_id(std::move(body)); });
}

/// SSH always. What goes out is all, unless rules say what may.
Task<> AwsAccount::open_for(RegionPtr region, CreateRequest request, std::string group) {
  const Result<std::vector<Opening>> openings = openings_of(request.firewall);
  if (!openings) co_return tl::unexpected(openings.error());
  std::vector<Permission> ingress = permissions_of(*openings, Opening::Way::in);
  for (const Permission& each : ssh_permissions()) {
    if (!contains(ingress, each)) ingress.push_back(each);
  }
  const Result<bool> opened = co_await authorize(open_group, region, group, Opening::Way::in, std::move(ingress));
  if (!opened) co_return tl::unexpected(opened.error());
  std::vector<Permission> egress = permissions_of(*openings, Opening::Way::out);
  if (egress.empty()) co_return Result<>();
  // One by one: where the network has no IPv6 there is no rule for it, which EC2 refuses to take away.
  const std::vector<Permission> all = all_traffic();
  for (const Permission& each : all) {
    const std::vector<Permission> one(1, each);
    Call call = changing(region->name, permissions_query("RevokeSecurityGroupEgress", group, one), Repeat::idempotent);
    const Result<> closed = co_await client_.perform(open_group, std::move(call));
    if (!closed && !closed.error().matches(Errc::resource_not_found)) co_return closed;
  }
  const Result<bool> let_out = co_await authorize(open_group, region, group, Opening::Way::out, std::move(egress));
  if (!let_out) co_return tl::unexpected(let_out.error());
  co_return Result<>();
}

/// All at once; where one of them is there already EC2 refuses all, so that each is tried by itself. Answers whether
/// any was added.
Task<bool> AwsAccount::authorize(Operation operation, RegionPtr region, std::string group, Opening::Way way,
                                 std::vector<Permission> permissions) {
  const std::string action = way == Opening::Way::in ? "AuthorizeSecurityGroupIngress" : "AuthorizeSecurityGroupEgress";
  Call all = changing(region->name, permissions_query(action, group, permissions), Repeat::idempotent);
  const Result<> done = co_await client_.perform(operation, std::move(all));
  if (done) co_return true;
  if (done.error().kind != Errc::duplicate_firewall_rule) co_return tl::unexpected(done.error());
  bool is_any_added = false;
  for (const Permission& each : permissions) {
    const std::vector<Permission> one(1, each);
    Call call = changing(region->name, permissions_query(action, group, one), Repeat::idempotent);
    const Result<> added = co_await client_.perform(operation, std::move(call));
    if (added) is_any_added = true;
    if (added || added.error().kind == Errc::duplicate_firewall_rule) continue;
    Error error = added.error();
    if (is_any_added) error.certainty = Certainty::partly;
    co_return tl::unexpected(std::move(error));
  }
  co_return is_any_added;
}

/// A group that a machine still has is in use: it is tried again later.
Task<> AwsAccount::remove(Handle handle, std::string location) {
  const Result<RegionPtr> region = region_of(operations::remove, location);
  if (!region) co_return tl::unexpected(region.error());
  const bool is_key = handle.kind == HandleKind::key;
  if (!is_key && handle.kind != HandleKind::security_group) {
    co_return tl::unexpected(
        client_.refusal(operations::remove, Errc::not_implemented, "only key pairs and security groups are made here"));
  }
  const bool is_known = !handle.vendor_id.empty();
  if (!is_known && !is_key) {
    Result<std::string> id = co_await find_group_id(*region, handle.name, "");
    if (!id) co_return tl::unexpected(id.error());
    if (id->empty()) co_return Result<>();
    handle.vendor_id = std::move(*id);
  }
  Query query(is_key ? "DeleteKeyPair" : "DeleteSecurityGroup");
  if (is_key) {
    // The name is of the token, and so no other key's.
    query.set(handle.name.empty() ? "KeyPairId" : "KeyName", handle.name.empty() ? handle.vendor_id : handle.name);
  } else {
    query.set("GroupId", handle.vendor_id);
  }
  Call call = changing((*region)->name, query, Repeat::idempotent);
  const Result<> done = co_await client_.perform(operations::remove, std::move(call));
  if (!done && done.error().matches(Errc::resource_not_found)) co_return Result<>();
  co_return done;
}

}  // namespace tally::aws
