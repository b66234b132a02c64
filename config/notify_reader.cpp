#include "config/notify_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "config/base_url.hpp"
#include "config/named_file.hpp"
#include "config/ssh_key_files.hpp"
#include "config/text_fault.hpp"
#include "runtime/contains.hpp"
#include "tally/event_kinds.hpp"

namespace tally {
namespace {

constexpr std::size_t most_words = 64;  // of a command

void read_events(TableReader& reader, NotifyConfig& config) {
  config.events = reader.texts("events");
  if (config.events.empty()) reader.problem("events", "is missing: what to tell of, such as [\"available\"]");
  const std::vector<std::string>& known = notify_events();
  for (const std::string& event : config.events) {
    if (contains(known, event)) continue;
    const std::string meant = nearest(event, known);
    reader.problem("events",
                   meant.empty()
                       ? fmt::format("{} is no kind of event; docs/notifications.md lists them", shown_value(event))
                       : fmt::format("{} is no kind of event; is \"{}\" meant?", shown_value(event), meant));
  }
}

void read_filters(TableReader& reader, NotifyConfig& config) {
  if (const auto credential = reader.text("credential")) {
    config.credential = *credential;
    if (!is_credential_ref(*credential)) reader.wrong("credential", "must be the ref of a credential");
  }
  if (const auto gpu = reader.text("gpu")) {
    config.gpu = *gpu;
    if (gpu->empty()) reader.problem("gpu", "is empty: it must name a GPU, such as \"H100\"");
  }
  if (const auto price = reader.real("max_price")) {
    config.max_price = price;
    if (!(*price > 0)) reader.wrong("max_price", "must be above 0: of the whole machine per hour");
  }
  if (const auto tag = reader.text("tag")) {
    const std::size_t equals = tag->find('=');
    if (equals == std::string::npos || equals == 0) return reader.wrong("tag", "must be KEY=VALUE");
    config.tag.emplace(tag->substr(0, equals), tag->substr(equals + 1));
  }
}

bool is_https(const std::string& url) { return url.starts_with("https:"); }

/// A URL may hold a secret, so it is never shown.
void read_url(TableReader& reader, bool reads_secrets, NotifyConfig& config) {
  const auto url = reader.text("url");
  const auto secret_file = reader.text("secret_file");
  if (url) {
    config.url = *url;
    if (const std::string fault = webhook_url_fault(*url); !fault.empty()) {
      reader.problem("url", fault);
    } else if (is_https(*url) && !secret_file) {
      reader.problem("secret_file", "is missing: it names a file with the key that signs what is sent over https");
    }
  }
  if (!secret_file) return;
  if (!url) reader.problem("secret_file", "is given, but no url that it would be for");
  const auto file = private_file(reader, "secret_file", *secret_file);
  if (!file) return;
  config.secret_file = *file;
  if (!reads_secrets) return;
  PrivateFile contents = read_passphrase_file(*file);
  if (!contents.problem.empty()) {
    reader.problem("secret_file", fmt::format("{}: {}", shown_path(file->string()), contents.problem));
  }
  config.secret = std::move(contents.text);
}

void read_command(TableReader& reader, bool is_given, NotifyConfig& config) {
  config.command = reader.texts("command");
  if (!is_given) return;
  if (config.command.empty() || config.command.size() > most_words || !config.command.front().starts_with('/')) {
    reader.problem("command", fmt::format("must be a list of at most {} texts: a program by its whole path, and its "
                                          "arguments",
                                          most_words));
  }
  const bool has_zero = std::any_of(config.command.begin(), config.command.end(),
                                    [](const std::string& word) { return word.find('\0') != std::string::npos; });
  if (has_zero) reader.problem("command", "holds a zero byte");
}

}  // namespace

const std::vector<std::string>& notify_events() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> words{"available", "sold_out", "price", "orphan", "failing", "unreachable", "host_key"};
    for (const EventKind& kind : event_kinds) words.emplace_back(kind.name);
    return words;
  }();
  return all;
}

std::string shown_url(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return "...";
  const boost::urls::url_view& view = *parsed;
  return std::string(view.scheme()) + "://" + std::string(view.encoded_host_and_port()) + "/...";
}

NotifyConfig NotifyReader::read(const toml::table& table, std::size_t number, ProblemList& list) {
  TableReader reader(table, fmt::format("notify[{}].", number), list);
  NotifyConfig config;
  read_name(reader, config);
  read_events(reader, config);
  read_filters(reader, config);
  read_url(reader, reads_secrets_, config);
  read_command(reader, table.contains("command"), config);
  if (table.contains("url") == table.contains("command")) {
    reader.problem("url", "must be given, or command: one of the two says who is told");
  }
  reader.reject_others();
  ++count_;
  for (const auto& [key, origin] : reader.origins()) origins_[fmt::format("notify[{}].{}", count_, key)] = origin;
  return config;
}

void NotifyReader::read_name(TableReader& reader, NotifyConfig& config) {
  const auto name = reader.text("name");
  if (!name) return reader.problem("name", "is missing: a name for this rule, such as \"h100-free\"");
  if (!is_credential_ref(*name)) {
    return reader.wrong("name", "must be lower-case letters and digits in parts joined by -, at most 39 characters");
  }
  const ConfigPlace place = reader.place_of("name");
  const auto [first, is_new] = places_.try_emplace(*name, place);
  if (!is_new) {
    const ConfigPlace& other = first->second;
    const std::string where = other.file == place.file ? fmt::format("line {}", other.line) : to_text(other);
    return reader.problem("name", fmt::format("{} is already used in {}", shown_value(*name), where));
  }
  config.name = *name;
}

}  // namespace tally
