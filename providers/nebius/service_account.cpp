#include "providers/nebius/service_account.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <utility>

#include "runtime/base64.hpp"

namespace tally::nebius {
namespace {

constexpr std::string_view audience = "token-service.iam.new.nebiuscloud.net";
constexpr std::chrono::seconds before_now{30};
constexpr std::chrono::seconds after_now{240};

tl::unexpected<Error> useless(const std::string& why) {
  Error error;
  error.kind = Errc::auth;
  error.message = "`service_account_key` " + why;
  error.advice = "give the content of the key file that Nebius made for the service account";
  error.certainty = Certainty::nothing_happened;
  return tl::unexpected(std::move(error));
}

std::string text_of(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// RFC 7515: the URL's alphabet, no padding.
std::string base64_of_urls(std::string_view bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

template <auto function>
struct By {
  template <class T>
  void operator()(T* pointer) const {
    function(pointer);
  }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, By<EVP_PKEY_free>>;

/// nullptr: it is no RSA key. A passphrase is never asked for.
KeyPointer read_key(std::string_view pem) {
  const std::unique_ptr<BIO, By<BIO_free_all>> bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  KeyPointer key(PEM_read_bio_PrivateKey(bytes.get(), nullptr, no_passphrase, nullptr));
  return key && EVP_PKEY_base_id(key.get()) == EVP_PKEY_RSA ? std::move(key) : nullptr;
}

/// "" when it fails.
std::string rs256(EVP_PKEY* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, By<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
    return "";
  }
  std::string signature(size, '\0');
  auto* into = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(context.get(), into, &size, bytes, text.size()) != 1) return "";
  signature.resize(size);
  return signature;
}

std::int64_t seconds_of(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

Result<ServiceAccount> read_service_account(const Secret& key_file) {
  boost::system::error_code failure;
  const std::string_view text = key_file.reveal();
  const boost::json::value document = boost::json::parse({text.data(), text.size()}, failure);
  const boost::json::object* object = failure ? nullptr : document.if_object();
  if (object == nullptr) return useless("is not the JSON of a key file");
  const boost::json::value* inner = object->if_contains("subject-credentials");
  const boost::json::object* stated = inner == nullptr ? nullptr : inner->if_object();
  if (stated == nullptr) return useless("has no `subject-credentials`");
  const std::string type = text_of(*stated, "type");
  if (!type.empty() && type != "JWT") return useless("is of another `type` than JWT");
  if (text_of(*stated, "alg") != "RS256") return useless("has another `alg` than RS256");
  ServiceAccount account;
  account.id = text_of(*stated, "iss");
  account.key_id = text_of(*stated, "kid");
  account.private_key = Secret(text_of(*stated, "private-key"));
  if (account.id.empty() || account.id != text_of(*stated, "sub")) return useless("needs equal `iss` and `sub`");
  if (account.key_id.empty()) return useless("has no `kid`");
  if (account.private_key.empty()) return useless("has no `private-key`");
  return account;
}

Result<Secret> sign_request(const ServiceAccount& account, Timestamp now) {
  const KeyPointer key = read_key(account.private_key.reveal());
  if (!key) return useless("has a `private-key` that is no RSA key in PEM");
  const boost::json::object header = {{"alg", "RS256"}, {"typ", "JWT"}, {"kid", account.key_id}};
  const boost::json::object claims = {{"iss", account.id},
                                      {"sub", account.id},
                                      {"aud", audience},
                                      {"iat", seconds_of(now - before_now)},
                                      {"exp", seconds_of(now + after_now)}};
  const std::string text =
      base64_of_urls(boost::json::serialize(header)) + "." + base64_of_urls(boost::json::serialize(claims));
  const std::string signature = rs256(key.get(), text);
  if (signature.empty()) return useless("cannot sign");
  return Secret(text + "." + base64_of_urls(signature));
}

}  // namespace tally::nebius
