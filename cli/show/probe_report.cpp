#include "cli/show/probe_report.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/value.hpp>
#include <optional>
#include <string_view>

#include "cli/show/format.hpp"

namespace tally::cli {
namespace {

namespace json = boost::json;

struct Stage {
  std::string_view name;
  std::string_view advice;  // when it fails
};

// In their order.
constexpr std::array<Stage, 7> stages = {{
    {"dns", "the provider's name for the machine leads nowhere yet, or this host's resolver does not answer"},
    {"tcp",
     "is the machine up, does sshd listen on that port, and do the provider's firewall and the machine's let this host "
     "in?"},
    {"banner",
     "something accepts connections there and says nothing of SSH: sshd may still start, or another service "
     "has that port"},
    {"kex", "it speaks SSH, but has no algorithm in common with tallyd, or broke off: see sshd's log on the machine"},
    {"host_key",
     "if the machine was set up anew, compare the keys and say so with tallyctl host-key trust; else somebody may be "
     "in "
     "between"},
    {"auth", "it does not accept tallyd's key for that user: see [credential.ssh], and authorized_keys on the machine"},
    {"exec", "the login works, the command does not: see the user's shell on the machine"},
}};

std::string text_of(const json::object& document, std::string_view key) {
  const json::value* value = document.if_contains(key);
  return value != nullptr && value->is_string() ? plain(std::string(value->get_string())) : std::string();
}

std::optional<std::int64_t> number_of(const json::object& document, std::string_view key) {
  const json::value* value = document.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::string time_of(const json::object& document, std::string_view stage) {
  const auto time = number_of(document, fmt::format("{}_ms", stage));
  return time ? fmt::format("{} ms", *time) : "-";
}

std::string table_of(const json::object& document, bool is_ok, const TableStyle& style) {
  const std::string last = text_of(document, "stage");
  std::vector<TableRow> rows;
  for (const Stage& stage : stages) {
    const bool is_last = stage.name == last;
    rows.push_back({{std::string(stage.name), time_of(document, stage.name), is_last && !is_ok ? "failed" : "ok"}});
    if (is_last) break;
  }
  return render({{"STAGE"}, {"TIME", true}, {"RESULT"}}, rows, style);
}

std::string advice_on(const std::string& failed) {
  for (const Stage& stage : stages) {
    if (stage.name == failed) return std::string(stage.advice) + "\n";
  }
  return "";
}

/// Who answered, as far as that is known: "SSH-2.0-OpenSSH_9.2p1, ssh-ed25519 SHA256:..."
std::string who_answered(const json::object& document) {
  std::string who = text_of(document, "server_version");
  if (const std::string key = text_of(document, "fingerprint_sha256"); !key.empty()) {
    who += fmt::format("{}{} {}", who.empty() ? "" : ", ", text_of(document, "key_type"), key);
  }
  return who.empty() ? "" : who + "\n";
}

}  // namespace

std::string probe_report(const json::object& document, const std::string& title, const TableStyle& style) {
  const bool is_ok = number_of(document, "is_ok") == 1;
  const std::string host = text_of(document, "host");
  const std::string place = title + (host.empty() ? "" : " at " + host);
  const std::int64_t total = number_of(document, "total_ms").value_or(0);
  const std::string table = table_of(document, is_ok, style) + "\n";
  const std::string who = who_answered(document);
  if (is_ok) return table + fmt::format("{}: reachable, in {} ms\n{}", place, total, who);
  const std::string error = text_of(document, "error");
  return table + fmt::format("{}: not reachable: {}\n{}{}", place, error.empty() ? "not known why" : error, who,
                             advice_on(text_of(document, "stage")));
}

}  // namespace tally::cli
