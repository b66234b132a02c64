// Rows, pages and errors of the imaginary API of the provider `template`, which faces/template.cpp documents. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>

#include "simcloud/face.hpp"

namespace tally::simcloud::template_api {

using Rows = std::map<std::string, boost::json::object>;  // by what they are in order of

/// The page that the request's `limit` and `cursor` name.
Reply page(const Call& call, std::string_view field, const Rows& rows);

Reply error(int status, const char* code, const char* message, const char* field = nullptr);
Reply no_instance();
Reply no_region();

boost::json::object image_row(const Image& image);
boost::json::object type_row(const Shape& shape, bool is_available);
boost::json::object machine_row(const World& world, const Machine& machine);
boost::json::object rule_row(const FirewallRule& rule);

/// Nothing when it is none.
std::optional<FirewallRule> read_rule(const boost::json::object& given);

/// The body's `tags`, empty when it has none; nothing when they are no object of texts.
std::optional<std::map<std::string, std::string>> read_tags(const boost::json::object& body);

/// The ID asked for, or that of the default image when it is empty; nothing when there is none for the architecture.
std::optional<std::string> find_image(const std::string& id, bool is_arm);

}  // namespace tally::simcloud::template_api
