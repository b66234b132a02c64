#include "daemon/notify_targets.hpp"

#include "net/http_client.hpp"
#include "notify/command.hpp"

namespace tally {

std::vector<notify::Rule> rules_of(const std::vector<NotifyConfig>& configured) {
  std::vector<notify::Rule> rules;
  for (const NotifyConfig& config : configured) {
    notify::Rule& rule = rules.emplace_back();
    rule.name = config.name;
    rule.events = config.events;
    rule.credential = config.credential;
    rule.gpu = config.gpu;
    rule.max_price = config.max_price;
    rule.tag = config.tag;
    rule.url = config.url;
    rule.secret = config.secret;
    rule.command = config.command;
  }
  return rules;
}

std::unique_ptr<notify::Target> NotifyTargets::make(const notify::Rule& rule) {
  if (rule.url.empty()) return std::make_unique<notify::Command>(rule.command, parts_.clock, starter_);
  HttpContext context{tls_.get({}), budget_, parts_.clock, parts_.rng, parts_.workers, bodies_, parts_.proxies, {}};
  return std::make_unique<notify::Webhook>(rule.url, rule.secret, make_http_client(std::move(context)));
}

}  // namespace tally
