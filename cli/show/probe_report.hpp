// A probe over SSH as a person reads it. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "cli/show/table.hpp"

namespace tally::cli {

/// The stages with their times, what came of them, and what to do when it was nothing. `document` is an SshProbe of
/// docs/openapi.yaml; `title` names the instance.
std::string probe_report(const boost::json::object& document, const std::string& title, const TableStyle& style);

}  // namespace tally::cli
