#include "cli/show/operation_report.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <iostream>

#include "cli/show/format.hpp"
#include "store/plain_json.hpp"

namespace tally::cli {
namespace {

namespace json = boost::json;

std::string shown_text(const json::value& value) {
  return value.is_string() ? plain(std::string(value.get_string())) : plain_json(value);
}

Facts facts_of(const json::object& instance) {
  constexpr std::array<std::pair<const char*, const char*>, 9> columns = {{{"MACHINE", "cloud_id"},
                                                                           {"NAME", "name"},
                                                                           {"REF ID", "ref_id"},
                                                                           {"STATUS", "status"},
                                                                           {"CREDENTIAL", "credential"},
                                                                           {"TYPE", "type"},
                                                                           {"LOCATION", "location"},
                                                                           {"ADDRESS", "public_ip"},
                                                                           {"SSH USER", "ssh_user"}}};
  Facts facts;
  for (const auto& [title, column] : columns) {
    const json::value* value = instance.if_contains(column);
    if (value != nullptr && !value->is_null()) facts.emplace_back(title, shown_text(*value));
  }
  return facts;
}

}  // namespace

void report(const Context& context, const Outcome& outcome) {
  if (!context.is_for_people()) {
    std::cout << plain_json(outcome.reply.body) << '\n';
  } else if (const json::object* document = outcome.reply.body.if_object()) {
    const json::value* instance = document->if_contains("instance");
    if (instance != nullptr && instance->is_object()) {
      std::cout << render(facts_of(instance->get_object()), context.table_style());
    }
  }
  if (!outcome.is_done()) tell_outcome("", "", outcome);
}

void report(const Context& context, const std::vector<Outcome>& outcomes) {
  if (context.is_for_people()) return;
  if (context.format == Format::jsonl) {
    for (const Outcome& outcome : outcomes) std::cout << plain_json(outcome.reply.body) << '\n';
    return;
  }
  json::array all;
  for (const Outcome& outcome : outcomes) all.push_back(outcome.reply.body);
  std::cout << plain_json(all) << '\n';
}

void tell_outcome(const std::string& title, const std::string& done, const Outcome& outcome) {
  const std::string of = title.empty() ? "" : title + ": ";
  if (outcome.is_done()) {
    std::cerr << of << done << '\n';
    return;
  }
  std::string why = outcome.is_open ? "there is no outcome yet; it goes on" : plain(outcome.reply.detail());
  if (!outcome.operation_id.empty()) why += " (operation " + plain(outcome.operation_id) + ")";
  std::cerr << "tallyctl: " << of << why << '\n';
}

std::string plan_report(const json::value& plan, bool is_for_people) {
  if (!is_for_people) return plain_json(plan) + "\n";
  std::string text;
  const json::object* document = plan.if_object();
  const json::value* requests = document == nullptr ? nullptr : document->if_contains("requests");
  if (requests == nullptr || !requests->is_array()) return text;
  for (const json::value& request : requests->get_array()) {
    text += shown_text(request.at("method")) + " " + shown_text(request.at("target")) + "\n";
    for (const auto& header : request.at("headers").as_object()) {
      text += plain(std::string(header.key())) + ": " + shown_text(header.value()) + "\n";
    }
    text += "\n" + shown_text(request.at("body")) + "\n\n";
  }
  return text;
}

}  // namespace tally::cli
