#include "config/credential_reader.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <fstream>
#include <memory>

#include "config/base_url.hpp"
#include "config/credential_file.hpp"
#include "config/named_file.hpp"
#include "config/option_reader.hpp"
#include "config/ssh_key_record.hpp"
#include "config/ssh_reader.hpp"
#include "config/text_fault.hpp"
#include "runtime/contains.hpp"

namespace tally {
namespace {

bool holds_certificate(const std::string& file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_file(file.c_str(), "r"), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> first(
      in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr, &X509_free);
  return first != nullptr;
}

void read_stable_ids(TableReader& reader, CredentialConfig& config) {
  for (const std::string& id : reader.texts("stable_ids")) {
    if (id.empty()) reader.problem("stable_ids", "holds an empty ID");
    if (const std::string fault = character_fault(id, Characters::one_line); !fault.empty()) {
      reader.problem("stable_ids", fmt::format("{} {}", shown_value(id), fault));
    }
    const InstanceTypeId stable(id);
    if (contains(config.stable_ids, stable)) {
      reader.problem("stable_ids", fmt::format("holds {} twice", shown_value(id)));
    }
    config.stable_ids.push_back(stable);
  }
}

void read_ca_file(TableReader& reader, const std::optional<std::string>& file, CredentialConfig& config) {
  if (!file) return;
  if (!std::ifstream(*file).good() || std::filesystem::is_directory(*file)) {
    reader.wrong("ca_file", "cannot be read");
  } else if (!holds_certificate(*file)) {
    reader.wrong("ca_file", "holds no certificate (PEM)");
  }
  config.ca_file = *file;
}

/// From the config or the credential's JSON, which must not disagree; else the provider's own.
void read_endpoint(TableReader& reader, const std::optional<std::string>& configured, CredentialConfig& config) {
  std::string endpoint = without_trailing_slash(configured.value_or(""));
  for (const char* name : {"api_url", "endpoint_url"}) {
    const auto field = config.credential.fields.find(name);
    if (field == config.credential.fields.end()) continue;
    const std::string stated = without_trailing_slash(std::string(field->second.reveal()));
    if (!endpoint.empty() && endpoint != stated) {
      reader.problem("endpoint", fmt::format("differs from \"{}\" in the credential's file; give one of them", name));
    }
    if (endpoint.empty()) config.origins["endpoint"] = config.file.empty() ? "the vault" : config.file.string();
    endpoint = stated;
  }
  if (endpoint.empty()) endpoint = config.provider->default_endpoint;
  // Of an API with a host for each service the endpoint is a pattern.
  const std::string example =
      config.provider->speaks_grpc ? boost::algorithm::replace_all_copy(endpoint, "{service}", "service") : endpoint;
  if (const std::string fault = base_url_fault(example); !fault.empty()) {
    const bool is_of_json = !configured && config.origins.contains("endpoint");
    const std::string source = is_of_json ? config.origins["endpoint"] + ": " : "";
    reader.problem("endpoint", fmt::format("{}is {}; {}", source, shown_value(endpoint), fault));
  }
  config.credential.endpoint = endpoint;
}

void read_provider_options(const toml::table& table, std::size_t number, ProblemList& list, CredentialConfig& config) {
  ReadOptions read =
      read_options(table, config.provider->options, fmt::format("credential[{}].options.", number), list);
  config.credential.options = std::move(read.given);
  for (const auto& [name, origin] : read.origins) config.origins["options." + name] = origin;
}

/// An option that is a text may stand in the credential's JSON as well, which must not disagree.
void take_options_from_secrets(TableReader& reader, CredentialConfig& config) {
  for (const ProviderOption& option : config.provider->options) {
    const auto field = config.credential.fields.find(option.name);
    if (field == config.credential.fields.end() || !std::holds_alternative<std::string>(option.default_value)) continue;
    const OptionValue stated = std::string(field->second.reveal());
    const auto [given, is_new] = config.credential.options.try_emplace(std::string(option.name), stated);
    if (is_new) {
      config.origins["options." + given->first] = config.file.empty() ? "the vault" : config.file.string();
    } else if (given->second != stated) {
      reader.problem("options." + given->first,
                     "differs from the field of this name in the credential's file; give one of them");
    }
  }
}

void read_guards(TableReader& reader, CredentialConfig& config) {
  constexpr std::int64_t most_creates = 1'000'000;
  if (const auto creates = reader.number("max_creates_per_hour")) {
    if (*creates < 0 || *creates > most_creates) {
      reader.wrong("max_creates_per_hour", fmt::format("must be from 0 to {}", most_creates));
    } else {
      config.max_creates_per_hour = static_cast<int>(*creates);
    }
  }
  config.max_price_per_hour = reader.price("max_price_per_hour");
}

}  // namespace

CredentialConfig CredentialReader::read(const toml::table& table, std::size_t number, ProblemList& list) {
  TableReader reader(table, fmt::format("credential[{}].", number), list);
  CredentialConfig config;
  read_ref(reader, config);
  read_provider(reader, config);
  const auto file = reader.text("file");
  const auto endpoint = reader.text("endpoint");
  const auto ca_file = reader.text("ca_file");
  const auto type_interval = reader.duration("instance_type_interval");
  const auto instance_interval = reader.duration("instance_interval");
  config.is_read_only = reader.flag("read_only").value_or(false);
  read_guards(reader, config);
  read_stable_ids(reader, config);
  const toml::table* options = reader.table("options");
  const toml::table* ssh = reader.table("ssh");
  reader.reject_others();
  config.origins = reader.origins();
  if (ssh != nullptr) {
    SshReader ssh_reader(fmt::format("credential[{}].ssh.", number), list, vault_);
    ReadSsh read = ssh_reader.read(*ssh);
    config.ssh = std::move(read.config);
    config.ssh_sources = std::move(read.sources);
    config.origins.merge(read.origins);
  }
  if (config.provider == nullptr) return config;

  config.instance_type_interval = type_interval.value_or(config.provider->instance_type_interval);
  config.instance_interval = instance_interval.value_or(config.provider->instance_interval);
  read_ca_file(reader, ca_file, config);
  read_secrets(reader, file, config);
  read_endpoint(reader, endpoint, config);
  if (options != nullptr) read_provider_options(*options, number, list, config);
  take_options_from_secrets(reader, config);
  return config;
}

void CredentialReader::add_from_vault(std::vector<CredentialConfig>& credentials, ProblemList& list) {
  for (const StoredCredential& stored : vault_.records) {
    if (places_.contains(stored.ref.str()) || is_ssh_key(stored)) continue;
    toml::table options;
    options.insert("ref", stored.ref.str());
    options.insert("provider", stored.provider);
    CredentialConfig config = read(options, credentials.size() + 1, list);
    for (const char* key : {"ref", "provider"}) config.origins[key] = "the vault";
    credentials.push_back(std::move(config));
  }
}

void CredentialReader::read_ref(TableReader& reader, CredentialConfig& config) {
  const auto ref = reader.text("ref");
  if (!ref) return reader.problem("ref", "is missing: a name for this credential, such as \"lambda-prod\"");
  if (!is_credential_ref(*ref)) {
    return reader.wrong("ref", "must be lower-case letters and digits in parts joined by -, at most 39 characters");
  }
  const ConfigPlace place = reader.place_of("ref");
  const auto [first, is_new] = places_.try_emplace(*ref, place);
  if (!is_new) {
    const ConfigPlace& other = first->second;
    const std::string where = other.file == place.file ? fmt::format("line {}", other.line) : to_text(other);
    return reader.problem("ref", fmt::format("{} is already used in {}", shown_value(*ref), where));
  }
  config.credential.ref = CredentialRef(*ref);
  const StoredCredential* stored = find_in_vault(config.credential.ref);
  if (stored != nullptr && is_ssh_key(*stored)) {
    reader.problem("ref", fmt::format("\"{}\" is an SSH key in the vault; rename one of them", *ref));
  }
}

void CredentialReader::read_provider(TableReader& reader, CredentialConfig& config) const {
  const auto name = reader.text("provider");
  if (!name) return reader.problem("provider", "is missing");
  std::vector<std::string> known;
  for (const ProviderDescription* provider : providers_) {
    if (provider->goes_by(*name)) {
      config.provider = provider;
      return;
    }
    known.emplace_back(provider->name);
  }
  const std::string meant = nearest(*name, known);
  reader.wrong("provider", meant.empty() ? fmt::format("unknown provider; known are {}", fmt::join(known, ", "))
                                         : fmt::format("unknown provider; is \"{}\" meant?", meant));
}

void CredentialReader::read_secrets(TableReader& reader, const std::optional<std::string>& name,
                                    CredentialConfig& config) {
  if (!name) return read_from_vault(reader, config);
  const auto file = private_file(reader, "file", *name);
  if (!file) return;
  config.file = *file;
  const StoredCredential* stored = find_in_vault(config.credential.ref);
  if (stored != nullptr && !is_ssh_key(*stored)) {
    reader.problem("file", "is given, but the vault holds a credential of this ref, too; remove one of them");
  }
  config.credential.fields = read_credential_file(*file, config.provider->credential_fields, problems_);
}

const StoredCredential* CredentialReader::find_in_vault(const CredentialRef& ref) const {
  const auto at = std::find_if(vault_.records.begin(), vault_.records.end(),
                               [&ref](const StoredCredential& record) { return record.ref == ref; });
  return at == vault_.records.end() ? nullptr : &*at;
}

void CredentialReader::read_from_vault(TableReader& reader, CredentialConfig& config) const {
  if (config.credential.ref.str().empty()) return;  // told already
  const StoredCredential* stored = find_in_vault(config.credential.ref);
  if (stored == nullptr && !vault_.is_whole) return;
  if (stored == nullptr || is_ssh_key(*stored)) {
    return reader.problem("file", "is missing, and the vault holds no credential of this ref");
  }
  if (stored->provider != config.provider->name) {
    return reader.problem("provider", "differs from that of the vault's credential: " + stored->provider);
  }
  config.credential.fields = stored->fields;
  config.is_removed = stored->is_removed;
}

}  // namespace tally
