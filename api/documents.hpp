// What the daemon answers as the JSON documents of docs/openapi.yaml. Pure.
#pragma once

#include <boost/json/object.hpp>

#include "api/message.hpp"
#include "api/reports.hpp"
#include "cloud/instance.hpp"

namespace tally::api {

boost::json::object document_of(const CredentialCheck& check);                                // CredentialCheck
boost::json::object document_of(const CredentialRef& credential, const SshContact& contact);  // SshProbe
boost::json::object document_of(const FirewallRules& rules);                                  // FirewallRules

Response answer_with(const boost::json::value& document, int status = 200);

}  // namespace tally::api
