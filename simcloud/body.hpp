// Reading the JSON bodies of requests: what is not there or of another kind is empty. Pure.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>

#include "simcloud/reply.hpp"

namespace tally::simcloud {

inline std::string text_at(const boost::json::object& body, const char* name) {
  const boost::json::value* value = body.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

inline std::optional<int> number_at(const boost::json::object& body, const char* name) {
  const boost::json::value* value = body.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return static_cast<int>(value->get_int64());
}

inline bool flag_at(const boost::json::object& body, const char* name) {
  const boost::json::value* value = body.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

inline boost::json::array list_at(const boost::json::object& body, const char* name) {
  const boost::json::value* value = body.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : boost::json::array();
}

inline boost::json::object object_at(const boost::json::object& body, const char* name) {
  const boost::json::value* value = body.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : boost::json::object();
}

/// It is done, and there is nothing to say.
inline Reply no_body(int status = 204) {
  Reply reply;
  reply.status = status;
  return reply;
}

inline Reply json_reply(const boost::json::value& body, int status = 200) {
  Reply reply;
  reply.status = status;
  reply.body = boost::json::serialize(body);
  return reply;
}

}  // namespace tally::simcloud
