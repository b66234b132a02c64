#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <iostream>

#include "cli/client/control_client.hpp"
#include "cli/client/vault_access.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show/note.hpp"
#include "config/credential_file.hpp"
#include "config/private_file.hpp"
#include "config/ssh_key_files.hpp"
#include "config/ssh_key_record.hpp"
#include "config/text_fault.hpp"
#include "providers/descriptions.hpp"
#include "runtime/system_clock.hpp"
#include "store/files.hpp"
#include "store/plain_json.hpp"

namespace tally::cli {
namespace {

namespace json = boost::json;

struct AddOptions {
  std::string provider;
  std::string ref;
  std::filesystem::path file;
  bool is_from_stdin = false;
  std::filesystem::path key;  // of an SSH key: its own file, not JSON
  std::filesystem::path passphrase_file;
};

/// What a record may be of: its word in the vault, and the fields of its JSON.
struct RecordKind {
  std::string word;
  const std::vector<CredentialField>& fields;
};

std::optional<RecordKind> find_kind(const std::string& word) {
  if (word == ssh_key_word) return RecordKind{word, ssh_key_fields()};
  const ProviderDescription* provider = find_description(word);
  if (provider == nullptr) return std::nullopt;
  return RecordKind{std::string(provider->name), provider->credential_fields};
}

/// Standard input to its end; wiped by its owner.
Secret read_stdin() {
  constexpr std::size_t largest = std::size_t{64} * 1024;
  std::string text(largest + 1, '\0');
  std::size_t size = 0;
  ssize_t part = 0;
  while (size < text.size() && (part = ::read(STDIN_FILENO, text.data() + size, text.size() - size)) > 0) {
    size += static_cast<std::size_t>(part);
  }
  text.resize(size);
  Secret secret(std::move(text));
  if (part < 0 || size > largest) throw StoreError("standard input: cannot be read, or is over 64 KiB", EX_DATAERR);
  return secret;
}

int exit_code(FileFault fault) {
  switch (fault) {
    case FileFault::none: return EX_OK;
    case FileFault::missing: return EX_NOINPUT;
    case FileFault::not_permitted: return EX_NOPERM;
    case FileFault::unusable: break;
  }
  return EX_DATAERR;
}

/// Throws StoreError when the file could not be used.
Secret usable(const std::filesystem::path& file, PrivateFile contents) {
  if (contents.problem.empty()) return std::move(contents.text);
  throw StoreError(shown_path(file.string()) + ": " + contents.problem, exit_code(contents.fault));
}

/// The record's fields, or every problem of its JSON told. Throws StoreError when a file could not be used.
std::optional<SecretFields> read_fields(const AddOptions& options, const std::vector<CredentialField>& known) {
  std::vector<ConfigProblem> problems;
  SecretFields fields;
  if (options.is_from_stdin) {
    ProblemList list("standard input", problems);
    fields = parse_credential(read_stdin().reveal(), known, list);
  } else if (!options.key.empty()) {
    fields.emplace("private_key", usable(options.key, read_ssh_key_file(options.key)));
    const std::filesystem::path& file = options.passphrase_file;
    if (!file.empty()) fields.emplace("passphrase", usable(file, read_passphrase_file(file)));
  } else {
    const Secret text = usable(options.file, read_private_file(options.file));
    ProblemList list(options.file, problems);
    fields = parse_credential(text.reveal(), known, list);
  }
  for (const ConfigProblem& problem : problems) tell(to_text(problem));
  if (!problems.empty()) return std::nullopt;
  return fields;
}

const StoredCredential* find(const std::vector<StoredCredential>& credentials, const std::string& ref) {
  const auto at = std::find_if(credentials.begin(), credentials.end(),
                               [&ref](const StoredCredential& entry) { return entry.ref.str() == ref; });
  return at == credentials.end() ? nullptr : &*at;
}

std::string known_providers() {
  std::string names;
  for (const ProviderDescription* provider : provider_descriptions()) {
    names += (names.empty() ? "" : ", ") + std::string(provider->name);
  }
  return names;
}

/// Into the vault, which is closed again when this returns. False when the record took the place of another.
bool put(const Places& places, const StoredCredential& credential) {
  Vault vault = open_vault(places);
  const VaultContents before = vault.open_all();
  const StoredCredential* old = find(before.credentials, credential.ref.str());
  if (old != nullptr && old->provider != credential.provider) {
    throw StoreError("the vault's " + credential.ref.str() + " is of " + old->provider + "; remove it first",
                     EX_DATAERR);
  }
  vault.put(credential, SystemClock().wall_now());
  return old == nullptr;
}

void run_add(Context& context, const AddOptions& options) {
  const std::optional<RecordKind> kind = find_kind(options.provider);
  if (!kind) {
    throw StoreError("unknown provider \"" + options.provider + "\"; known are " + known_providers() +
                         ", and ssh for a private SSH key",
                     EX_USAGE);
  }
  if (!options.key.empty() && kind->word != ssh_key_word) throw StoreError("--key is for ssh alone", EX_USAGE);
  if (!is_credential_ref(options.ref)) {
    throw StoreError("--ref must be lower-case letters and digits in parts joined by -, at most 39 characters",
                     EX_USAGE);
  }
  std::optional<SecretFields> fields = read_fields(options, kind->fields);
  if (!fields) {
    context.exit_code = EX_DATAERR;
    return;
  }
  const bool is_new = put(context.places(), {CredentialRef(options.ref), kind->word, std::move(*fields), false});
  std::cerr << options.ref << (is_new ? ": added; " : ": replaced; ");
  if (!put_in_force(context.places())) context.exit_code = 1;
}

void run_list(const Context& context) {
  Reader::Rows rows;
  rows.columns = {"credential", "provider", "key_id", "sealed_at_ms", "is_removed"};
  for (const VaultEntry& entry : Vault::list(context.places().state_dir, vault_patience)) {
    rows.rows.push_back(
        {entry.ref, entry.provider, entry.key_id, entry.sealed_at_ms, std::int64_t{entry.is_removed ? 1 : 0}});
  }
  if (!context.is_for_people()) return print(context, rows);
  if (rows.rows.empty()) {
    std::cerr << "the vault holds no credential (tallyctl credential add)\n";
    return;
  }
  rows.columns = {"CREDENTIAL", "PROVIDER", "SEALED WITH KEY", "SEALED AT", "STATE"};
  for (auto& row : rows.rows) {
    row[3] = to_iso8601(Timestamp(std::chrono::milliseconds(std::get<std::int64_t>(row[3]))));
    const bool is_removed = std::get<std::int64_t>(row[4]) == 1;
    row[4] = std::string(is_removed ? "removed; watched until its last instance has ended" : "in force");
  }
  print(context, rows);
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool is_set(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

void show_check(const json::object& document) {
  std::cout << text_of(document, "credential") << " at " << text_of(document, "provider")
            << (is_set(document, "is_accepted") ? ": accepted" : ": refused, or not fully answered") << '\n';
  if (const auto* checks = document.if_contains("checks"); checks != nullptr && checks->is_array()) {
    for (const json::value& value : checks->get_array()) {
      const json::object& check = value.as_object();
      std::cout << "  " << (is_set(check, "is_ok") ? "may   " : "cannot") << "  " << text_of(check, "name");
      if (is_set(check, "is_ok")) {
        std::cout << " (" << check.at("items").to_number<std::int64_t>() << ")\n";
      } else {
        std::cout << ": " << text_of(check, "error") << '\n';
      }
    }
  }
  if (is_set(document, "is_read_only")) {
    std::cout << "  changes nothing: it is read-only here\n";
  } else if (const auto* names = document.if_contains("capabilities"); names != nullptr && names->is_array()) {
    std::string list;
    for (const json::value& name : names->get_array()) {
      list += (list.empty() ? "" : ", ") + std::string(name.as_string());
    }
    std::cout << "  beyond reading, not tried: " << (list.empty() ? "nothing" : list) << '\n';
  }
}

/// What the vault shows of a record; nothing when it holds none of this ref.
std::optional<VaultEntry> find_entry(const std::vector<VaultEntry>& entries, const std::string& ref) {
  const auto at =
      std::find_if(entries.begin(), entries.end(), [&ref](const VaultEntry& entry) { return entry.ref == ref; });
  return at == entries.end() ? std::nullopt : std::optional(*at);
}

void run_check(Context& context, const std::string& ref) {
  if (!is_credential_ref(ref)) throw StoreError("that is no ref of a credential", EX_USAGE);
  const auto entry = find_entry(Vault::list(context.places().state_dir, vault_patience), ref);
  if (entry && entry->provider == ssh_key_word) {
    throw StoreError(
        ref + " is an SSH key, which no provider can check; tallyd --check-config reads it when a credential uses it",
        EX_USAGE);
  }
  const ControlReply reply =
      ask_daemon(context.places().control_socket, "POST", "/v1/credentials/" + ref + "/check", patience_for_contact);
  const json::object* document = reply.body.if_object();
  if (!reply.is_ok() || document == nullptr) {
    std::cerr << "tallyctl: " << ref << ": " << reply.detail() << '\n';
    context.exit_code = 1;
    return;
  }
  if (context.is_for_people()) {
    show_check(*document);
  } else {
    std::cout << plain_json(*document) << '\n';
  }
  if (!is_set(*document, "is_accepted")) context.exit_code = 1;
}

/// What still needs the credential, as far as the catalog knows.
struct Needing {
  std::int64_t instances = 0;   // that live under it
  std::int64_t operations = 0;  // that go on, or have something to remove
};

Needing needing(const Context& context, const std::string& ref) {
  Needing needing;
  if (!is_there(context.places().state_dir / "catalog.db")) return needing;
  Reader reader = context.open();
  const auto rows = reader.query(
      "SELECT (SELECT count(*) FROM instances WHERE credential = ?1 AND is_ended = 0),"
      " (SELECT count(*) FROM operations WHERE credential = ?1 AND finished_at_ms IS NULL)"
      " + (SELECT count(DISTINCT operation_id) FROM operation_resources WHERE credential = ?1 AND state = 'removing')",
      {ref});
  needing.instances = std::get<std::int64_t>(rows.rows.at(0).at(0));
  needing.operations = std::get<std::int64_t>(rows.rows.at(0).at(1));
  return needing;
}

/// Takes a record out of the vault, which is closed again when this returns. False, and told, when it stays.
bool remove(const Context& context, const std::string& ref, bool is_forced) {
  Vault vault = open_vault(context.places());
  const std::optional<VaultEntry> entry = find_entry(vault.entries(), ref);
  if (!entry) {
    std::cerr << "tallyctl: the vault holds no credential " << ref << "; one in a configuration is removed there\n";
    return false;
  }
  const Needing needed = entry->provider == ssh_key_word ? Needing() : needing(context, ref);
  const bool is_needed = needed.instances > 0 || needed.operations > 0;
  const std::string what = std::to_string(needed.instances) + " instance(s) live, and " +
                           std::to_string(needed.operations) + " operation(s) go on, under " + ref;
  if (is_needed && !is_forced) {
    std::cerr << "tallyctl: " << what
              << "; terminate them first, or use --force: it is then kept, read-only, until all has ended\n";
    return false;
  }
  if (!is_needed) {
    vault.erase(CredentialRef(ref));
    std::cerr << ref << ": removed; ";
    return true;
  }
  const VaultContents contents = vault.open_all();
  const StoredCredential* credential = find(contents.credentials, ref);
  if (credential == nullptr) throw StoreError(contents.faults.front(), EX_DATAERR);
  StoredCredential tombstone = *credential;
  tombstone.is_removed = true;
  vault.put(tombstone, SystemClock().wall_now());
  std::cerr << ref << ": removed; watched until all has ended: " << what
            << " (its [[credential]] table, if any, must then go, too); ";
  return true;
}

void run_remove(Context& context, const std::string& ref, bool is_forced) {
  if (!remove(context, ref, is_forced) || !put_in_force(context.places())) context.exit_code = 1;
}

void add_credential_add(CLI::App& group, Context& context) {
  auto options = std::make_shared<AddOptions>();
  CLI::App* add = group.add_subcommand("add", "seal a credential in the vault; replaces one of the same ref");
  add->add_option("provider", options->provider, "provider, such as lambda; or ssh, for a private SSH key")->required();
  add->add_option("--ref", options->ref, "your name for it")->required();
  auto* source = add->add_option_group("source");
  source->add_option("--file", options->file, "JSON of the provider's fields, readable by nobody else");
  source->add_flag("--stdin", options->is_from_stdin, "the same JSON from standard input");
  auto* key = source->add_option("--key", options->key, "of ssh: the private key itself, readable by nobody else");
  source->require_option(1);
  add->add_option("--passphrase-file", options->passphrase_file, "of --key: its passphrase, readable by nobody else")
      ->needs(key);
  add->callback([options, &context] { run_add(context, *options); });
}

}  // namespace

void add_credential(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("credential", "what tallyd may use at which provider");
  group->require_subcommand(1);
  group->fallthrough();
  add_credential_add(*group, context);
  group->add_subcommand("list", "what the vault holds, without secrets")->callback([&context] { run_list(context); });

  auto ref = std::make_shared<std::string>();
  auto is_forced = std::make_shared<bool>(false);
  CLI::App* check = group->add_subcommand("check", "have the daemon ask the provider what a credential may do");
  check->add_option("ref", *ref, "the credential")->required();
  check->callback([ref, &context] { run_check(context, *ref); });
  CLI::App* remove = group->add_subcommand("remove", "take a credential out of the vault");
  remove->add_option("ref", *ref, "the credential")->required();
  remove->add_flag("--force", *is_forced, "although instances live: keep it, read-only, until they have ended");
  remove->callback([ref, is_forced, &context] { run_remove(context, *ref, *is_forced); });
  group->add_subcommand("rekey", "seal the vault under a new key")->callback([&context] {
    const std::string id = rekey_vault(context.places());  // says nothing of a new key when it throws
    std::cerr << "sealed under the new key " << id << "; ";
    if (!put_in_force(context.places())) context.exit_code = 1;
  });
}

}  // namespace tally::cli
