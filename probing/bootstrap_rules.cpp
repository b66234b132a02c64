#include "probing/bootstrap_rules.hpp"

#include <fmt/format.h>

#include "runtime/sha256.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace {

constexpr std::size_t longest_output = std::size_t{16} * 1024;

bool fits(const BootstrapRule& rule, const Instance& instance) {
  if (!rule.only) return true;
  const auto tag = instance.tags.find(rule.only->key);
  return tag != instance.tags.end() && tag->second == rule.only->value;
}

}  // namespace

std::vector<PlannedBootstrap> planned(std::vector<BootstrapRule> rules) {
  std::vector<PlannedBootstrap> plans;
  for (BootstrapRule& rule : rules) {
    std::string digest = plan_sha256(rule.plan);
    plans.push_back({std::move(rule), std::move(digest)});
  }
  return plans;
}

std::string plan_sha256(const BootstrapPlan& plan) {
  // Each part with its length, so that two plans never give one text.
  std::string text;
  for (const std::string& key : plan.admin_keys) text += fmt::format("key {}\n{}\n", key.size(), key);
  text += fmt::format("script {}\n{}", plan.agent_script.size(), plan.agent_script);
  return sha256_hex(text);
}

const PlannedBootstrap* pending_bootstrap(const std::vector<PlannedBootstrap>& plans, const Instance& instance,
                                          const BootstrapRecord* last) {
  for (const PlannedBootstrap& plan : plans) {
    if (!fits(plan.rule, instance)) continue;
    const bool has_ended =
        last != nullptr && last->plan_sha256 == plan.sha256 && last->state != BootstrapState::started;
    return has_ended ? nullptr : &plan;
  }
  return nullptr;
}

BootstrapRecord begun(const PlannedBootstrap& plan, const CloudId& id, const BootstrapRecord* last, Timestamp now) {
  BootstrapRecord record;
  record.cloud_id = id;
  record.plan_sha256 = plan.sha256;
  record.started_at = now;
  if (last != nullptr && last->plan_sha256 == plan.sha256) {
    record.started_at = last->started_at;
    record.attempts = last->attempts;
    record.error = last->error;
  }
  ++record.attempts;
  return record;
}

BootstrapRecord concluded(BootstrapRecord record, const BootstrapReport& report, Timestamp now) {
  if (report.failure) {
    record.error = printable(fmt::format("{}: {}", to_string(report.failure->stage), report.failure->message));
    return record;
  }
  record.finished_at = now;
  record.exit_status = report.exit_status;
  record.output = printable_output(report.output);
  record.error.clear();
  record.state = BootstrapState::done;
  if (report.exit_status.value_or(0) != 0) {
    record.state = BootstrapState::failed;
    record.error = fmt::format("the script ended with status {}", *report.exit_status);
  }
  return record;
}

std::optional<Event> bootstrap_event(const BootstrapRecord& record, const std::string& last_error) {
  const bool is_known = record.state == BootstrapState::started && !last_error.empty();
  if (is_known) return std::nullopt;
  Event event;
  event.kind = record.state == BootstrapState::done ? "bootstrap_done" : "bootstrap_failed";
  event.subject_kind = "instance";
  event.subject_id = record.cloud_id.str();
  event.new_value = record.plan_sha256;
  if (!record.error.empty()) event.detail = record.error;
  return event;
}

std::string printable_output(std::string_view output) {
  if (output.size() > longest_output) {
    output.remove_prefix(output.size() - longest_output);
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    while (!output.empty() && continues(output.front())) output.remove_prefix(1);
  }
  return printable(output, longest_output, Lines::many);
}

}  // namespace tally
