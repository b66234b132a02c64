// An instance's firewall rules, each of which the vendor adds and removes by itself.
#include <boost/json/serialize.hpp>

#include "net/url.hpp"
#include "providers/template/account.hpp"
#include "providers/template/create_order.hpp"
#include "providers/template/pages.hpp"

namespace tally::template_api {
namespace {

/// The error of one rule, where others are in force since the call began.
Error after_some(Error error, std::size_t count, std::string_view done) {
  if (count == 0) return error;
  error.certainty = Certainty::partly;
  error.message += " (" + std::to_string(count) + " of the rules had been " + std::string(done) + ")";
  return error;
}

}  // namespace

Task<FirewallRules> TemplateAccount::firewall_rules(InstanceRef instance) {
  Result<std::string> path = path_of(operations::list_firewall_rules, instance);
  if (!path) co_return tl::unexpected(path.error());
  *path += "/firewall-rules";
  co_return co_await client_.ask_pages(
      operations::list_firewall_rules, first_page(*path), page_after(*path),
      [](const std::vector<std::string>& pages, WorkLimit limit) { return read_rules(pages, limit); });
}

Task<FirewallRules> TemplateAccount::add_firewall_rules(InstanceRef instance, FirewallRules rules) {
  const Result<std::string> path = path_of(operations::add_firewall_rules, instance);
  if (!path) co_return tl::unexpected(path.error());
  FirewallRules added;
  std::optional<Error> duplicate;
  for (const boost::json::object& rule : rules_of(rules)) {
    // A second call would be told that the rule is there, and nobody would know whether we had made it.
    Request call = change(Method::post, *path + "/firewall-rules", Repeat::never, boost::json::serialize(rule));
    Result<FirewallRules> one =
        co_await client_.ask(operations::add_firewall_rules, std::move(call),
                             [](const std::string& body, WorkLimit /*limit*/) { return read_rule(body); });
    if (one) {
      for (FirewallRule& made : one->ingress) added.ingress.push_back(std::move(made));
      for (FirewallRule& made : one->egress) added.egress.push_back(std::move(made));
    } else if (one.error().kind == Errc::duplicate_firewall_rule) {
      duplicate = one.error();
    } else {
      co_return tl::unexpected(after_some(one.error(), added.ingress.size() + added.egress.size(), "added"));
    }
  }
  if (duplicate && added == FirewallRules()) co_return tl::unexpected(std::move(*duplicate));
  co_return added;
}

Task<> TemplateAccount::revoke_firewall_rules(InstanceRef instance, std::vector<std::string> rule_ids) {
  std::size_t revoked = 0;
  for (const std::string& id : rule_ids) {
    const Result<> done =
        co_await act(operations::revoke_firewall_rules, instance,
                     change(Method::delete_, "/firewall-rules/" + encode_segment(id), Repeat::idempotent));
    // A rule that is not there is what was asked for; an instance that is not there is not.
    const bool is_gone = !done && done.error().kind == Errc::resource_not_found;
    if (!done && !is_gone) co_return tl::unexpected(after_some(done.error(), revoked, "revoked"));
    ++revoked;
  }
  co_return Result<>();
}

}  // namespace tally::template_api
