// What a notification says, and what vouches for it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cloud/secret.hpp"
#include "notify/rule.hpp"
#include "runtime/timestamp.hpp"

namespace tally::notify {

/// {"name", "event", "offer", "instance"} as it is kept until it is delivered.
std::string body_of(const Rule& rule, const Happening& happening);

/// The same of an event that never was, marked `"test": true`.
std::string test_body(const Rule& rule, Timestamp now);

/// With the delivery's ID: what is sent, equal on every attempt.
std::string with_delivery(std::string body, std::int64_t delivery);

/// Deliveries of one subject are made one after the other.
std::string subject_of(const boost::json::object& event);

/// HMAC-SHA256 of the body, in lower-case hex.
std::string signature(std::string_view body, const Secret& key);

}  // namespace tally::notify
