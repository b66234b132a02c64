#include "cli/client/instance_action.hpp"

#include <sysexits.h>

#include <iostream>

#include "cli/show/format.hpp"
#include "net/url.hpp"

namespace tally::cli {
namespace {

constexpr int not_allowed = 403;

}  // namespace

ControlReply ask_for(Context& context, const Subject& instance, const std::string& action, const std::string& query) {
  std::string target =
      "/v1/instances/" + encode_segment(instance.credential) + "/" + encode_segment(instance.id) + "/" + action;
  if (!query.empty()) target += "?" + query;
  ControlReply reply = ask_daemon(context.places().control_socket, "POST", target, patience_for_contact);
  if (!reply.is_ok()) {
    std::cerr << "tallyctl: " << title_of(instance) << ": " << plain(reply.detail()) << '\n';
    context.exit_code = reply.status == not_allowed ? EX_NOPERM : 1;
  }
  return reply;
}

std::string title_of(const Subject& instance) {
  return plain(instance.name.empty() ? instance.id : instance.name + " (" + instance.id + ")");
}

}  // namespace tally::cli
