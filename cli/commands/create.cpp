#include <fmt/format.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include "cli/client/consent.hpp"
#include "cli/client/create_run.hpp"
#include "cli/commands/commands.hpp"
#include "cli/given_values.hpp"
#include "cli/option_checks.hpp"
#include "cli/show/format.hpp"
#include "cli/show/note.hpp"
#include "cli/show/operation_report.hpp"
#include "cloud/limits.hpp"
#include "runtime/base64.hpp"
#include "store/error.hpp"
#include "store/plain_json.hpp"

namespace tally::cli {
namespace {

namespace json = boost::json;

struct CreateArguments {
  OfferWish wish;
  std::string type;
  std::string sub_location;
  std::string ref_id;
  std::string name;
  std::string public_key_file;
  std::string image_id;
  std::string disk;
  std::vector<std::string> allowed;
  std::vector<std::string> tags;
  std::string user_data_file;
  std::optional<std::int64_t> retire_in_s;
  std::string wait;
  std::int64_t wait_for_offer_s = 0;
  std::int64_t timeout_s = std::int64_t{20} * 60;
  bool is_dry_run = false;
  bool is_sure = false;
};

[[noreturn]] void misused(const std::string& why) { throw StoreError(why, EX_USAGE); }

std::string read_file(const std::filesystem::path& file, std::size_t most_bytes) {
  std::ifstream in(file, std::ios::binary);
  std::string text(most_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) throw StoreError(file.string() + ": cannot be read", EX_NOINPUT);
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > most_bytes) {
    throw StoreError(fmt::format("{}: has more than {} bytes", file.string(), most_bytes), EX_DATAERR);
  }
  return text;
}

/// The first line that is there of what ssh-keygen makes by itself.
std::filesystem::path usual_public_key() {
  const char* home = std::getenv("HOME");
  const std::filesystem::path folder = std::filesystem::path(home == nullptr ? "/" : home) / ".ssh";
  for (const char* name : {"id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub"}) {
    std::error_code failure;
    if (std::filesystem::is_regular_file(folder / name, failure)) return folder / name;
  }
  misused("there is no public key in " + folder.string() + "; --public-key names one");
}

std::string public_key_of(const CreateArguments& arguments) {
  const std::filesystem::path file =
      arguments.public_key_file.empty() ? usual_public_key() : std::filesystem::path(arguments.public_key_file);
  std::string text = read_file(file, limits::public_key);
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

/// Not met again: whoever repeats the command by it gets the same machine.
std::string new_ref_id() {
  std::random_device random;
  return fmt::format("tallyctl-{:08x}{:08x}", random(), random());
}

json::object rules_of(const CreateArguments& arguments) {
  json::array ingress;
  for (const std::string& text : arguments.allowed) {
    const auto rule = read_rule(text);
    if (!rule) misused("--allow takes PORT[-PORT][@CIDR], and not \"" + plain(text) + "\"");
    ingress.push_back(*rule);
  }
  json::object rules;
  rules["ingress"] = std::move(ingress);
  return rules;
}

json::object tags_of(const CreateArguments& arguments) {
  json::object tags;
  for (const std::string& text : arguments.tags) {
    if (const auto tag = read_tag(text)) tags[tag->first] = tag->second;
  }
  return tags;
}

/// All but where and of what type.
json::object body_of(const CreateArguments& arguments) {
  json::object body;
  const auto put = [&body](const char* name, const std::string& text) {
    if (!text.empty()) body[name] = text;
  };
  body["ref_id"] = arguments.ref_id.empty() ? new_ref_id() : arguments.ref_id;
  body["public_key"] = public_key_of(arguments);
  put("name", arguments.name);
  put("sub_location", arguments.sub_location);
  put("image_id", arguments.image_id);
  if (!arguments.disk.empty()) {
    const auto size = read_size(arguments.disk);
    if (!size) misused("--disk takes a size, such as 200GB or 1TiB, and not \"" + plain(arguments.disk) + "\"");
    body["disk_size_bytes"] = *size;
  }
  if (!arguments.allowed.empty()) body["firewall_rules"] = rules_of(arguments);
  if (!arguments.tags.empty()) body["tags"] = tags_of(arguments);
  if (!arguments.user_data_file.empty())
    body["user_data_base64"] = to_base64(read_file(arguments.user_data_file, limits::user_data));
  if (arguments.retire_in_s) body["retire_in_s"] = *arguments.retire_in_s;
  if (arguments.wish.is_spot) body["is_spot"] = true;
  return body;
}

void check(const CreateArguments& arguments) {
  const bool is_direct = !arguments.type.empty();
  if (is_direct == !arguments.wish.gpu.empty()) misused("say either --gpu or --type");
  if (is_direct && (arguments.wish.credential.empty() || arguments.wish.location.empty())) {
    misused("--type needs --credential and --location");
  }
  if (is_direct && arguments.wish.count) misused("--count goes with --gpu");
  if (!arguments.wait.empty() && (!goal_from(arguments.wait) || arguments.wait == "stopped")) {
    misused("--wait takes running or reachable");
  }
}

json::object direct_body(json::object body, const CreateArguments& arguments) {
  body["credential"] = arguments.wish.credential;
  body["type"] = arguments.type;
  body["location"] = arguments.wish.location;
  if (arguments.wish.max_price) body["max_price"] = plain_decimal(*arguments.wish.max_price) + " USD";
  return body;
}

/// What the provider would be asked; of an offer the first one.
void run_plan(Context& context, const CreateArguments& arguments, json::object body) {
  if (arguments.type.empty()) {
    Reader reader = context.open();
    if (const auto fault = fault_of_credential(reader, arguments.wish)) {
      throw StoreError(fault->detail, exit_code_for(fault->kind));
    }
    const std::vector<Offer> offers = find_offers(reader, arguments.wish);
    if (offers.empty()) throw StoreError("no offer of " + plain(arguments.wish.gpu) + " can be had now", EX_TEMPFAIL);
    std::cerr << "of " << title_of(offers.front()) << '\n';
    body["credential"] = offers.front().credential;
    body["type"] = offers.front().type;
    body["location"] = offers.front().location;
  } else {
    body = direct_body(std::move(body), arguments);
  }
  body["dry_run"] = true;
  const ControlReply reply =
      send_to_daemon(context.places().control_socket, "POST", "/v1/instances", json::serialize(body));
  Outcome outcome;
  outcome.reply = reply;
  context.exit_code = outcome.exit_code();
  if (!reply.is_ok()) {
    tell(reply.detail());
  } else {
    std::cout << plan_report(reply.body, context.is_for_people());
  }
}

Outcome make(const Context& context, const CreateArguments& arguments, LifecycleClient& client, CreatePlan plan) {
  const json::object body = plan.body;
  CreateRun run(client, [&context] { return context.open(); }, std::move(plan));
  const auto consent = [&arguments](const std::string& what) { return arguments.is_sure || has_consent(what, true); };
  if (arguments.type.empty()) {
    return run.of_cheapest(
        arguments.wish, [&](const Offer& offer) { return consent("make " + title_of(offer) + ", or the next one"); });
  }
  if (!consent(fmt::format("make {} in {} through {}", plain(arguments.type), plain(arguments.wish.location),
                           plain(arguments.wish.credential)))) {
    throw StoreError("nothing is made", 1);
  }
  return run.of_one(direct_body(body, arguments));
}

void run_create(Context& context, const CreateArguments& arguments) {
  check(arguments);
  CreatePlan plan;
  plan.body = body_of(arguments);
  if (arguments.is_dry_run) return run_plan(context, arguments, std::move(plan.body));
  const auto now = std::chrono::steady_clock::now();
  plan.wait = goal_from(arguments.wait);
  plan.offers_until = now + std::chrono::seconds(arguments.wait_for_offer_s);
  const auto give_up_at = plan.offers_until + std::chrono::seconds(arguments.timeout_s);
  std::cerr << "RefID " << plain(json::value_to<std::string>(plan.body.at("ref_id"))) << std::endl;
  LifecycleClient client(context, give_up_at);
  const Outcome outcome = make(context, arguments, client, std::move(plan));
  context.exit_code = outcome.exit_code();
  report(context, outcome);
}

}  // namespace

void add_create(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<CreateArguments>();
  CLI::App* command = app.add_subcommand("create", "make a machine: of one type, or the cheapest offer of a GPU");
  OfferWish& wish = arguments->wish;
  command->add_option("--gpu", wish.gpu, "GPU model, such as H100: the cheapest offer, the next one when it fails");
  command->add_option("--count", wish.count, "with so many GPUs, exactly")
      ->type_name("INT")
      ->transform(takes_positive_whole_number());
  command
      ->add_option("--max-price", wish.max_price,
                   "at most so much for the whole machine per hour, in the offer's currency; with --type in USD")
      ->type_name("FLOAT")
      ->check(takes_price());
  command->add_option("--type", arguments->type, "the vendor's name of an instance type");
  command->add_option("--credential", wish.credential, "through this credential");
  command->add_option("--location", wish.location, "in this region");
  command->add_option("--sub-location", arguments->sub_location, "in this zone");
  command->add_option("--ref-id", arguments->ref_id, "your ID of the machine: who repeats it gets the same machine")
      ->check(takes_ref_id());
  command->add_option("--name", arguments->name, "what the vendor is to call it");
  command->add_option("--public-key", arguments->public_key_file, "who may log in; else the key in ~/.ssh")
      ->type_name("FILE");
  command->add_option("--image", arguments->image_id, "ID of an image")->type_name("ID");
  command->add_option("--disk", arguments->disk, "size of the root disk, such as 200GB")->type_name("SIZE");
  command->add_option("--allow", arguments->allowed, "PORT[-PORT][@CIDR] that may be reached")
      ->type_name("RULE")
      ->allow_extra_args(false);
  command->add_option("--tag", arguments->tags, "a tag")
      ->check(takes_tag())
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--user-data", arguments->user_data_file, "what runs at its first start")->type_name("FILE");
  command->add_flag("--spot", wish.is_spot, "one that the vendor may take back");
  command->add_option("--retire-in", arguments->retire_in_s, "end it after that, such as 8h")
      ->transform(takes_duration())
      ->type_name("TIME");
  command->add_option("--wait", arguments->wait, "until it is running, or reachable over SSH")
      ->check(CLI::IsMember({"running", "reachable"}));
  command->add_option("--wait-for-offer", arguments->wait_for_offer_s, "wait so long for an offer that can be had")
      ->transform(takes_duration())
      ->type_name("TIME");
  command->add_option("--timeout", arguments->timeout_s, "how long to follow it")
      ->transform(takes_duration())
      ->type_name("TIME")
      ->default_str("20m");
  command->add_flag("--dry-run", arguments->is_dry_run, "say what the vendor would be asked, and ask nothing");
  command->add_flag("--yes", arguments->is_sure, "do not ask");
  command->callback([arguments, &context] { run_create(context, *arguments); });
}

}  // namespace tally::cli
