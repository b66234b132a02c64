#include "notify/body.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "store/plain_json.hpp"

namespace tally::notify {
namespace json = boost::json;

namespace {

json::object document_of(const Rule& rule, json::object event, json::value offer, json::value instance) {
  json::object document;
  document["name"] = rule.name;
  document["event"] = std::move(event);
  document["offer"] = std::move(offer);
  document["instance"] = std::move(instance);
  return document;
}

std::string iso_text(Timestamp at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (at - seconds).count());
}

}  // namespace

std::string body_of(const Rule& rule, const Happening& happening) {
  return plain_json(document_of(rule, happening.event, happening.offer, happening.instance));
}

std::string test_body(const Rule& rule, Timestamp now) {
  json::object event;
  event["id"] = nullptr;
  event["at_ms"] = std::int64_t{now.time_since_epoch().count()};
  event["at"] = iso_text(now);
  event["credential"] = rule.credential.empty() ? json::value(nullptr) : json::value(rule.credential);
  event["kind"] = "test";
  for (const char* key : {"subject_kind", "subject_id", "field", "old", "new"}) event[key] = nullptr;
  event["detail"] = "a test of this rule; nothing has happened";
  event["test"] = true;
  json::object document = document_of(rule, std::move(event), nullptr, nullptr);
  document["test"] = true;
  return plain_json(document);
}

std::string with_delivery(std::string body, std::int64_t delivery) {
  body.pop_back();  // the object's end
  return body + fmt::format(",\"delivery\":{}}}", delivery);
}

std::string subject_of(const json::object& event) {
  std::string subject;
  for (const char* key : {"credential", "subject_kind", "subject_id"}) {
    subject += json::serialize(event.at(key));
  }
  return subject;
}

std::string signature(std::string_view body, const Secret& key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const std::string_view secret = key.reveal();
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest.at(i));
  return hex;
}

}  // namespace tally::notify
