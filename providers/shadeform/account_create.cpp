// How a create goes at Shadeform: what can be known is checked, a machine of the same RefID is looked for, the key is
// found or added, the machine is ordered, and what came of it is asked for.
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "net/json_fields.hpp"
#include "net/json_rows.hpp"
#include "net/url.hpp"
#include "providers/rest/account_keys.hpp"
#include "providers/rest/create_steps.hpp"
#include "providers/shadeform/account.hpp"

namespace tally::shadeform {
namespace {

constexpr Operation list_keys{"list SSH keys"};
constexpr Operation add_key{"add SSH key"};
constexpr Operation delete_key{"delete SSH key"};
constexpr int attempts_at_a_name = 3;

/// {"id": …} of what was made.
Result<std::string> read_new_id(std::string_view body) {
  json::RowReader reader;
  if (reader.parse(body) != json::RowReader::Kind::good) return tl::unexpected(json::bad_reply("no JSON object"));
  std::string id = reader.fields().text("id", limits::id);
  if (id.empty()) return tl::unexpected(json::bad_reply("no `id` of what was made"));
  return id;
}

std::string key_body(const std::string& name, const std::string& public_key) {
  return boost::json::serialize(boost::json::object{{"name", name}, {"public_key", public_key}});
}

Result<std::vector<AccountKey>> read_sshkeys(const std::string& body, WorkLimit /*limit*/) {
  return read_account_keys(body, "ssh_keys");
}

}  // namespace

Task<Created> ShadeformAccount::create(CreateRequest request) {
  const Result<Launch> launch = co_await prepare(request);
  if (!launch) co_return tl::unexpected(launch.error());
  Result<std::optional<Instance>> there = co_await find_machine(request);
  if (!there) co_return tl::unexpected(there.error());
  if (std::optional<Instance>& machine = *there) co_return Created{std::move(*machine), {}};

  Result<Key> key = co_await key_for(request);
  if (!key) co_return tl::unexpected(key.error());
  std::string body = launch_body(request, context_.credential.ref, *launch, key->id, context_.clock.wall_now());
  Request order = change(Method::post, "/instances/create", Repeat::never, std::move(body));
  const Result<std::string> id =
      co_await client_.ask(operations::create_instance, std::move(order),
                           [](const std::string& answer, WorkLimit /*limit*/) { return read_new_id(answer); });
  if (!id) co_return co_await give_up(std::move(request), std::move(key->made), id.error());
  Created created;
  created.instance = co_await made_machine(std::move(request), CloudId(*id), launch->cloud);
  created.made = std::move(key->made);
  co_return created;
}

/// All that can be refused before anything is changed. The type is looked for in the whole list: its name does not say
/// where the cloud's ends.
Task<Launch> ShadeformAccount::prepare(CreateRequest request) {
  const auto refuse = [this](const Error& error) {
    return tl::unexpected(client_.refusal(operations::create_instance, error.kind, error.message));
  };
  if (const std::optional<Error> refusal = find_refusal(request)) co_return refuse(*refusal);
  const Result<std::optional<Sale>> sale = co_await client_.ask(
      operations::create_instance, get("/instances/types"),
      [&request](const std::string& body, WorkLimit limit) { return read_sale(body, request.type, limit); });
  if (!sale) co_return tl::unexpected(sale.error());
  const auto& sold = *sale;
  if (!sold) {
    co_return tl::unexpected(
        client_.refusal(operations::create_instance, Errc::invalid_request, "`type` is none that Shadeform sells"));
  }
  Result<Launch> launch = launch_of(request, *sold);
  if (!launch) co_return refuse(launch.error());
  co_return launch;
}

/// The live machine of this credential that has the RefID. Refused: more than one, one that is another or has
/// failed, and where a machine may be it that nobody can read.
Task<std::optional<Instance>> ShadeformAccount::find_machine(CreateRequest request) {
  const Result<Answer<Instance>> listed = co_await instances(Scope());
  if (!listed) co_return tl::unexpected(listed.error());
  co_return find_own_machine(client_, *listed, request, context_.credential.ref, NameSpace::credential);
}

Task<ShadeformAccount::Key> ShadeformAccount::key_for(CreateRequest request) {
  if (request.public_key.empty() && request.key_pair_name.empty()) co_return Key();
  const auto refuse = [this](Errc kind, const char* why) {
    return tl::unexpected(client_.refusal(operations::create_instance, kind, why));
  };
  const std::string ref = request.ref_id.str();
  for (int attempt = 1;; ++attempt) {
    const Result<std::vector<AccountKey>> keys = co_await client_.ask(list_keys, get("/sshkeys"), &read_sshkeys);
    if (!keys) co_return tl::unexpected(keys.error());
    const auto known = std::find_if(keys->begin(), keys->end(), [&request](const AccountKey& key) {
      return request.key_pair_name.empty() ? is_same_key(key.public_key, request.public_key)
                                           : key.name == request.key_pair_name;
    });
    if (known != keys->end()) {
      const bool is_meant = request.public_key.empty() || is_same_key(known->public_key, request.public_key);
      if (!is_meant) co_return refuse(Errc::conflict, "`key_pair_name` is the name of another key than `public_key`");
      co_return Key{known->id, {}};
    }
    if (!request.key_pair_name.empty()) co_return refuse(Errc::invalid_request, "`key_pair_name` is not known");

    const std::string name = free_key_name(*keys, attempt == 1 ? ref : ref + "-" + std::to_string(attempt));
    if (const Result<> noted = co_await announce(request, HandleKind::key, name); !noted) {
      co_return tl::unexpected(noted.error());
    }
    Request call = change(Method::post, "/sshkeys/add", Repeat::never, key_body(name, request.public_key));
    call.imagined = R"({"id": "id-of-the-key"})";
    const Result<std::string> id = co_await client_.ask(
        add_key, std::move(call), [](const std::string& body, WorkLimit /*limit*/) { return read_new_id(body); });
    if (id) co_return Key{*id, {{HandleKind::key, *id, name}}};
    // Somebody took the name meanwhile.
    if (id.error().kind == Errc::conflict && attempt < attempts_at_a_name) continue;
    if (id.error().certainty == Certainty::nothing_happened) co_return tl::unexpected(id.error());
    // It may be there, without an answer that says so.
    const Result<std::vector<AccountKey>> again = co_await client_.ask(list_keys, get("/sshkeys"), &read_sshkeys);
    if (!again) co_return tl::unexpected(id.error());
    for (const AccountKey& key : *again) {
      if (key.name != name || !is_same_key(key.public_key, request.public_key)) continue;
      co_return Key{key.id, {{HandleKind::key, key.id, name}}};
    }
    co_return tl::unexpected(id.error());
  }
}

/// After an order that failed. Where its answer was lost the machine is looked for once; it may come to be later. Where
/// nothing happened, what was made for it is removed.
Task<Created> ShadeformAccount::give_up(CreateRequest request, std::vector<Handle> made, Error error) {
  if (error.certainty != Certainty::nothing_happened) {
    Result<std::optional<Instance>> there = co_await find_machine(request);
    if (there) {
      if (std::optional<Instance>& machine = *there) co_return Created{std::move(*machine), std::move(made)};
    }
  } else {
    made = co_await remove_all(*this, std::move(made), request.location);
  }
  co_return tl::unexpected(leaving(std::move(made), std::move(error)));
}

/// What the vendor says of it, or, while it says nothing, what was ordered: it exists, whatever the next call answers.
boost::asio::awaitable<Instance> ShadeformAccount::made_machine(CreateRequest request, CloudId id, std::string cloud) {
  InstanceRef reference(id, request.location);
  Result<Instance> machine = co_await instance(std::move(reference));
  if (machine && machine->status) co_return std::move(*machine);
  Instance ordered = ordered_machine(std::move(id), request, context_.credential.ref, description());
  ordered.cloud = cloud_name(cloud);
  ordered.name = request.name.empty() ? request.ref_id.str() : request.name;
  ordered.instance_type_id = type_id(request.type, request.location);
  ordered.image_id = request.image_id;
  co_return ordered;
}

Task<> ShadeformAccount::remove(Handle handle, std::string /*location*/) {
  if (handle.kind != HandleKind::key) {
    co_return tl::unexpected(client_.refusal(delete_key, Errc::not_implemented, "only keys are made here"));
  }
  if (handle.vendor_id.empty()) {
    const Result<std::vector<AccountKey>> keys = co_await client_.ask(list_keys, get("/sshkeys"), &read_sshkeys);
    if (!keys) co_return tl::unexpected(keys.error());
    const AccountKey* key = find_key(*keys, handle.name);
    if (key == nullptr) co_return Result<>();
    handle.vendor_id = key->id;
  }
  const std::string path = "/sshkeys/" + encode_segment(handle.vendor_id) + "/delete";
  const Result<> done = co_await client_.perform(delete_key, change(Method::post, path, Repeat::idempotent));
  if (!done && done.error().kind == Errc::resource_not_found) co_return Result<>();
  co_return done;
}

}  // namespace tally::shadeform
