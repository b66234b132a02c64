// How a create goes at Lambda: a machine of the same RefID is looked for, its key and its ruleset are made, it is
// launched, and what came of it is asked for.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "net/json_fields.hpp"
#include "net/json_rows.hpp"
#include "net/url.hpp"
#include "providers/lambda/account.hpp"
#include "providers/lambda/instance_name.hpp"
#include "providers/lambda/launch.hpp"
#include "providers/rest/account_keys.hpp"
#include "providers/rest/create_steps.hpp"

namespace tally::lambda {
namespace {

constexpr Operation list_keys{"list SSH keys"};
constexpr Operation add_key{"add SSH key"};
constexpr Operation delete_key{"delete SSH key"};
constexpr Operation list_rulesets{"list firewall rulesets"};
constexpr Operation add_ruleset{"add firewall ruleset"};
constexpr Operation delete_ruleset{"delete firewall ruleset"};

Result<std::vector<AccountKey>> read_keys(const std::string& body, WorkLimit /*limit*/) {
  return read_account_keys(body, "data");
}

Result<std::string> read_new_key(const std::string& body, WorkLimit limit) {
  const Result<std::string_view> row = json::single_row(body, "data", limit);
  if (!row) return tl::unexpected(row.error());
  json::RowReader reader;
  if (reader.parse(*row) != json::RowReader::Kind::good) return tl::unexpected(json::bad_reply("no JSON object"));
  std::string id = reader.fields().text("id", limits::id);
  if (id.empty()) return tl::unexpected(json::bad_reply("the key that was added has no `id`"));
  return id;
}

/// One token, one name.
std::string ruleset_name(const CreateRequest& request) {
  return std::string(own_prefix) + "-" + request.token.substr(0, 20);
}

}  // namespace

Task<Created> LambdaAccount::create(CreateRequest request) {
  const Result<Launch> launch = launch_of(request);
  if (!launch) co_return tl::unexpected(refusal_of(launch.error()));
  Result<std::optional<Instance>> there = co_await find_machine(request);
  if (!there) co_return tl::unexpected(there.error());
  if (std::optional<Instance>& machine = *there) co_return Created{std::move(*machine), {}};

  Result<std::vector<Handle>> made = co_await make_key(request);
  if (!made) co_return tl::unexpected(made.error());
  std::string ruleset;
  if (!launch->rules.empty()) {
    const Result<std::string> id = co_await make_ruleset(request, launch->rules);
    if (!id) co_return co_await give_up(std::move(request), std::move(*made), id.error());
    ruleset = *id;
    made->push_back({HandleKind::ruleset, ruleset, ruleset_name(request)});
  }

  std::string body = launch_body(request, context_.credential.ref, *launch, ruleset, context_.clock.wall_now());
  Request order = change(Method::post, "/instance-operations/launch", Repeat::never, std::move(body));
  const Result<std::vector<std::string>> ids =
      co_await client_.ask(operations::create_instance, std::move(order),
                           [](const std::string& answer, WorkLimit /*limit*/) { return read_launched(answer); });
  if (!ids) {
    Error error = launch_error(ids.error(), request);
    co_return co_await give_up(std::move(request), std::move(*made), std::move(error));
  }
  if (ids->size() != 1) co_return co_await end_all(std::move(request), *ids, std::move(*made));
  Created created;
  created.instance = co_await made_machine(std::move(request), CloudId(ids->front()));
  created.made = std::move(*made);
  co_return created;
}

Task<std::optional<Instance>> LambdaAccount::find_machine(CreateRequest request) {
  const Result<Answer<Instance>> listed = co_await instances(Scope());
  if (!listed) co_return tl::unexpected(listed.error());
  co_return find_own_machine(client_, *listed, request, context_.credential.ref, NameSpace::tenant);
}

/// The key's name is the RefID, for that is how it is read back. Answers what was made: nothing where the key is there.
Task<std::vector<Handle>> LambdaAccount::make_key(CreateRequest request) {
  const std::string name = request.ref_id.str();
  const Result<std::vector<AccountKey>> keys = co_await client_.ask(list_keys, get("/ssh-keys"), &read_keys);
  if (!keys) co_return tl::unexpected(keys.error());
  if (const AccountKey* known = find_key(*keys, name)) {
    if (is_same_key(known->public_key, request.public_key)) co_return std::vector<Handle>();
    co_return tl::unexpected(client_.refusal(operations::create_instance, Errc::invalid_request,
                                             "`ref_id` is the name of an SSH key that is another than `public_key`"));
  }
  if (const Result<> noted = co_await announce(request, HandleKind::key, name); !noted) {
    co_return tl::unexpected(noted.error());
  }
  const boost::json::object body{{"name", name}, {"public_key", request.public_key}};
  Request call = change(Method::post, "/ssh-keys", Repeat::never, boost::json::serialize(body));
  call.imagined = R"({"data": {"id": "id-of-the-key"}})";
  const Result<std::string> added = co_await client_.ask(add_key, std::move(call), &read_new_key);
  if (added) co_return std::vector<Handle>(1, Handle{HandleKind::key, *added, name});
  if (added.error().certainty == Certainty::nothing_happened) co_return tl::unexpected(added.error());
  // It may be there, without an answer that says so.
  const Result<std::vector<AccountKey>> again = co_await client_.ask(list_keys, get("/ssh-keys"), &read_keys);
  const AccountKey* key = again ? find_key(*again, name) : nullptr;
  if (key != nullptr && is_same_key(key->public_key, request.public_key)) {
    co_return std::vector<Handle>(1, Handle{HandleKind::key, key->id, name});
  }
  co_return tl::unexpected(added.error());
}

Task<std::string> LambdaAccount::make_ruleset(CreateRequest request, std::vector<RulesetRule> rules) {
  if (const Result<> noted = co_await announce(request, HandleKind::ruleset, ruleset_name(request)); !noted) {
    co_return tl::unexpected(noted.error());
  }
  const boost::json::object body{
      {"name", ruleset_name(request)}, {"region", request.location}, {"rules", to_json(rules)}};
  Request call = change(Method::post, "/firewall-rulesets", Repeat::never, boost::json::serialize(body));
  call.imagined = R"({"data": {"id": "id-of-the-ruleset"}})";
  Result<Ruleset> made =
      co_await client_.ask(add_ruleset, std::move(call),
                           [](const std::string& answer, WorkLimit /*limit*/) { return read_ruleset(answer); });
  if (made) co_return std::move(made->id);
  if (made.error().certainty == Certainty::nothing_happened) co_return tl::unexpected(made.error());
  // It may be there, without an answer that says so.
  const auto find = [name = ruleset_name(request)](const std::string& answer, WorkLimit /*limit*/) {
    return find_ruleset(answer, name);
  };
  Result<std::string> id = co_await client_.ask(list_rulesets, get("/firewall-rulesets"), find);
  if (!id || id->empty()) co_return tl::unexpected(made.error());
  co_return id;
}

/// After a step that failed. Where the launch's answer was lost the machine is looked for once; it may come to be
/// later. Where nothing happened, what was made for it is removed.
Task<Created> LambdaAccount::give_up(CreateRequest request, std::vector<Handle> made, Error error) {
  if (error.certainty == Certainty::nothing_happened) {
    made = co_await remove_all(*this, std::move(made), request.location);
  } else {
    Result<std::optional<Instance>> there = co_await find_machine(request);
    if (there) {
      if (std::optional<Instance>& machine = *there) co_return Created{std::move(*machine), std::move(made)};
    }
  }
  co_return tl::unexpected(leaving(std::move(made), std::move(error)));
}

/// A launch is for one machine: any other number of them is ended. Whether that worked is for listings to say.
Task<Created> LambdaAccount::end_all(CreateRequest request, std::vector<std::string> ids, std::vector<Handle> made) {
  for (const std::string& id : ids) {
    InstanceRef instance(CloudId(id), request.location);
    co_await terminate(std::move(instance));
  }
  Error error = client_.refusal(operations::create_instance, Errc::internal,
                                "one machine was asked for, and " + std::to_string(ids.size()) + " were made");
  error.certainty = Certainty::unknown;
  co_return tl::unexpected(leaving(std::move(made), std::move(error)));
}

/// What the vendor says of it, or, while it says nothing, what was ordered: it exists, whatever the next call answers.
boost::asio::awaitable<Instance> LambdaAccount::made_machine(CreateRequest request, CloudId id) {
  InstanceRef reference(id, request.location);
  Result<Instance> machine = co_await instance(std::move(reference));
  if (machine && machine->status) co_return as_ordered(std::move(*machine), request);
  Instance ordered = ordered_machine(std::move(id), request, context_.credential.ref, description());
  ordered.created_at = context_.clock.wall_now();
  co_return ordered;
}

/// Of the key or the ruleset that has the name; "": there is none.
Task<std::string> LambdaAccount::find_id(bool is_key, std::string name) {
  if (!is_key) {
    const auto find = [name](const std::string& answer, WorkLimit /*limit*/) { return find_ruleset(answer, name); };
    co_return co_await client_.ask(list_rulesets, get("/firewall-rulesets"), find);
  }
  const Result<std::vector<AccountKey>> keys = co_await client_.ask(list_keys, get("/ssh-keys"), &read_keys);
  if (!keys) co_return tl::unexpected(keys.error());
  const AccountKey* key = find_key(*keys, name);
  co_return key == nullptr ? std::string() : key->id;
}

Task<> LambdaAccount::remove(Handle handle, std::string /*location*/) {
  const bool is_key = handle.kind == HandleKind::key;
  const Operation operation = is_key ? delete_key : delete_ruleset;
  if (!is_key && handle.kind != HandleKind::ruleset) {
    co_return tl::unexpected(client_.refusal(operation, Errc::not_implemented, "only keys and rulesets are made here"));
  }
  Result<std::string> id = std::move(handle.vendor_id);
  if (id->empty()) id = co_await find_id(is_key, std::move(handle.name));
  if (!id) co_return tl::unexpected(id.error());
  if (id->empty()) co_return Result<>();
  const std::string path = (is_key ? "/ssh-keys/" : "/firewall-rulesets/") + encode_segment(*id);
  const Result<> done = co_await client_.perform(operation, change(Method::delete_, path, Repeat::idempotent));
  if (!done && done.error().kind == Errc::resource_not_found) co_return Result<>();
  co_return done;
}

Error LambdaAccount::refusal_of(const Error& error) const {
  return client_.refusal(operations::create_instance, error.kind, error.message);
}

}  // namespace tally::lambda
