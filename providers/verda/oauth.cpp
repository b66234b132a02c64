#include "providers/verda/oauth.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "cloud/decimal.hpp"
#include "net/json_rows.hpp"
#include "net/json_value.hpp"
#include "providers/verda/dialect.hpp"

namespace tally::verda {
namespace {

constexpr Operation fetch_token{"get an access token"};
constexpr std::chrono::seconds shortest_lifetime{60};  // of a token that says nothing better
constexpr std::chrono::hours longest_lifetime{24};

/// Documented as a number; some servers write it as a text.
std::chrono::seconds read_lifetime(const json::Value& answer) {
  const json::Value* stated = answer.find("expires_in");
  const bool is_spelled =
      stated != nullptr && (stated->kind == json::Value::Kind::number || stated->kind == json::Value::Kind::text);
  const auto number = is_spelled ? Decimal::parse(stated->text) : std::nullopt;
  const auto seconds = number ? number->bytes(ByteUnit::byte) : std::nullopt;  // whole, and not below zero
  if (!seconds || seconds->count() <= 0) return shortest_lifetime;
  const std::int64_t longest = std::chrono::seconds(longest_lifetime).count();
  return std::chrono::seconds(std::min(seconds->count(), longest));
}

boost::json::string text_of(const Secret& secret) { return boost::json::string(secret.reveal()); }

}  // namespace

Secret grant_by_client(const Credential& credential) {
  return Secret(
      boost::json::serialize(boost::json::object{{"grant_type", "client_credentials"},
                                                 {"client_id", text_of(credential.fields.at("client_id"))},
                                                 {"client_secret", text_of(credential.fields.at("client_secret"))}}));
}

Secret grant_by_refresh(const Secret& refresh_token) {
  return Secret(boost::json::serialize(
      boost::json::object{{"grant_type", "refresh_token"}, {"refresh_token", text_of(refresh_token)}}));
}

Result<Token> read_token(const std::string& body) {
  const auto text = json::whole_row(body);
  json::Value answer;
  if (!text || json::Parser().parse(*text, answer) != json::Parsed::good) {
    return tl::unexpected(json::bad_reply("the answer to a request for a token is not JSON"));
  }
  const std::string access = answer.text_of("access_token");
  if (!is_bearer_token(access)) {
    return tl::unexpected(json::bad_reply("the answer to a request for a token has no `access_token`"));
  }
  const std::string refresh = answer.text_of("refresh_token");
  Token token;
  token.access = Secret(access);
  if (is_bearer_token(refresh)) token.refresh = Secret(refresh);
  token.lifetime = read_lifetime(answer);
  return token;
}

std::chrono::seconds good_for(std::chrono::seconds lifetime) {
  return lifetime - std::min(std::chrono::seconds(60), lifetime / 10);
}

Error token_error(const Response& answer, const Redactor& redactor) {
  Error error = error_of(dialect(), fetch_token, answer, redactor);
  const bool is_refused = answer.status >= 400 && answer.status < 500 && answer.status != 429;
  if (is_refused) {
    error.kind = Errc::auth;
    error.advice = answer.status == 404 ? "check `endpoint` (or `api_url`): there is no token to be had there"
                                        : "check `client_id` and `client_secret`";
  }
  error.message = "no access token: " + error.message;
  error.certainty = Certainty::nothing_happened;
  return error;
}

}  // namespace tally::verda
