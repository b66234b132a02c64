#include "providers/aws/sigv4.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/split.hpp>
#include <map>

#include "runtime/ascii.hpp"
#include "runtime/sha256.hpp"

namespace tally::aws {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t date_length = 8;  // of "20260115T120000Z"

using Digest = std::array<unsigned char, 32>;

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};  // NOLINT: bytes are bytes
}

Digest hmac(std::string_view key, std::string_view text) {
  Digest digest{};
  unsigned int length = digest.size();
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()),  // NOLINT: as above
       text.size(), digest.data(), &length);
  return digest;
}

std::string hex(const Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += digits[byte >> 4U];
    text += digits[byte & 0xfU];
  }
  return text;
}

/// Trimmed, each run of blanks as one.
std::string squeezed(std::string_view value) {
  std::string text;
  for (const char c : value) {
    const bool is_blank = c == ' ' || c == '\t';
    if (!is_blank) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

bool is_signed(std::string_view name) { return name == "host" || name == "content-type" || name.starts_with("x-amz-"); }

/// By name, in lower case.
std::map<std::string, std::string> headers_to_sign(const OutgoingRequest& request) {
  std::map<std::string, std::string> headers;
  for (const Header& header : request.headers) {
    const std::string name = ascii::lower(header.name);
    if (is_signed(name)) headers[name] = squeezed(header.value.reveal());
  }
  headers["host"] = request.url.host_header;
  return headers;
}

/// Sorted by encoded name, then value: a name without a value has an empty one.
std::string canonical_query(std::string_view query) {
  if (query.empty()) return "";
  std::vector<std::string> pairs;
  boost::algorithm::split(pairs, query, [](char c) { return c == '&'; });
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const std::string& pair : pairs) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    parameters.emplace_back(pair.substr(0, equals), equals < pair.size() ? pair.substr(equals + 1) : "");
  }
  std::sort(parameters.begin(), parameters.end());
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

Digest signing_key(const AccessKey& key, const SigningScope& scope, std::string_view day) {
  const Secret seed(std::string("AWS4").append(key.secret.reveal()));
  const Digest of_day = hmac(seed.reveal(), day);
  const Digest of_region = hmac(bytes_of(of_day), scope.region);
  const Digest of_service = hmac(bytes_of(of_region), scope.service);
  return hmac(bytes_of(of_service), "aws4_request");
}

}  // namespace

std::string amz_date(Timestamp time) {
  std::string text = to_iso8601(time);  // "2026-01-15T12:00:00.000Z"
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text.substr(0, text.find('.')) + "Z";
}

Signature signature_of(const OutgoingRequest& request, const AccessKey& key, const SigningScope& scope,
                       std::string_view date) {
  Signature made;
  std::string headers;
  for (const auto& [name, value] : headers_to_sign(request)) {
    headers.append(name).append(":").append(value).append("\n");
    if (!made.signed_headers.empty()) made.signed_headers += ';';
    made.signed_headers += name;
  }
  const std::string_view target = request.url.target;
  const std::size_t question = std::min(target.find('?'), target.size());
  const std::string_view query = question < target.size() ? target.substr(question + 1) : std::string_view();
  made.canonical_request = request.method;
  made.canonical_request.append("\n").append(target.substr(0, question)).append("\n");
  made.canonical_request.append(canonical_query(query)).append("\n").append(headers).append("\n");
  made.canonical_request.append(made.signed_headers).append("\n").append(sha256_hex(request.body.reveal()));
  const std::string_view day = date.substr(0, date_length);
  made.scope = std::string(day) + "/" + scope.region + "/" + scope.service + "/aws4_request";
  made.string_to_sign =
      std::string(algorithm) + "\n" + std::string(date) + "\n" + made.scope + "\n" + sha256_hex(made.canonical_request);
  made.signature = hex(hmac(bytes_of(signing_key(key, scope, day)), made.string_to_sign));
  return made;
}

std::vector<Header> sign(const OutgoingRequest& request, const AccessKey& key, const SigningScope& scope,
                         Timestamp time) {
  const std::string date = amz_date(time);
  OutgoingRequest dated = request;
  std::vector<Header> headers;
  headers.push_back({"X-Amz-Date", Secret(date)});
  if (!key.session_token.empty()) headers.push_back({"X-Amz-Security-Token", key.session_token});
  dated.headers.insert(dated.headers.end(), headers.begin(), headers.end());
  const Signature made = signature_of(dated, key, scope, date);
  headers.push_back(
      {"Authorization", Secret(std::string(algorithm) + " Credential=" + key.id + "/" + made.scope +
                               ", SignedHeaders=" + made.signed_headers + ", Signature=" + made.signature)});
  return headers;
}

}  // namespace tally::aws
