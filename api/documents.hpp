// What the daemon answers as the JSON documents of docs/openapi.yaml. Pure.
#pragma once

#include <boost/json/object.hpp>

#include "api/reports.hpp"

namespace tally::api {

boost::json::object document_of(const CredentialCheck& check);                                // CredentialCheck
boost::json::object document_of(const CredentialRef& credential, const SshContact& contact);  // SshProbe

}  // namespace tally::api
