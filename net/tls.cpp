#include "net/tls.hpp"

#include <openssl/x509.h>
#include <sys/stat.h>

#include <boost/system/system_error.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace tally {
namespace ssl = boost::asio::ssl;

namespace {

/// What OpenSSL takes for the system's authorities.
std::string system_path(const char* variable, const char* otherwise) {
  const char* set = std::getenv(variable);
  return set != nullptr ? set : otherwise;
}

/// Differs when another file is there, or other content: device, inode, size and time of the last change.
std::string stamp_of(const std::string& path) {
  struct stat seen{};
  if (stat(path.c_str(), &seen) != 0) return "none";
  std::string stamp;
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(seen.st_dev), static_cast<std::uint64_t>(seen.st_ino),
        static_cast<std::uint64_t>(seen.st_size), static_cast<std::uint64_t>(seen.st_mtim.tv_sec),
        static_cast<std::uint64_t>(seen.st_mtim.tv_nsec), static_cast<std::uint64_t>(seen.st_ctim.tv_sec),
        static_cast<std::uint64_t>(seen.st_ctim.tv_nsec)}) {
    stamp += std::to_string(part) + " ";
  }
  return stamp;
}

/// "" when it cannot be read.
std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return file ? std::move(text).str() : std::string();
}

/// Where Debian's ca-certificates has all of the system's authorities in one file.
constexpr const char* debians_bundle = "/etc/ssl/certs/ca-certificates.crt";

}  // namespace

TlsTrust::TlsTrust(std::filesystem::path ca_file) : ca_file_(std::move(ca_file)), stamp_(stamp()), context_(load()) {}

std::string TlsTrust::stamp() const {
  if (!ca_file_.empty()) return stamp_of(ca_file_.string());
  return stamp_of(system_path(X509_get_default_cert_file_env(), X509_get_default_cert_file())) +
         stamp_of(system_path(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()));
}

std::shared_ptr<ssl::context> TlsTrust::load() const {
  auto fresh = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(fresh->native_handle(), TLS1_2_VERSION);
  fresh->set_verify_mode(ssl::verify_peer);
  if (ca_file_.empty()) {
    fresh->set_default_verify_paths();
  } else {
    fresh->load_verify_file(ca_file_.string());
  }
  return fresh;
}

std::shared_ptr<ssl::context> TlsTrust::current() {
  std::string now = stamp();
  if (now == stamp_) return context_;
  try {
    context_ = load();
    stamp_ = std::move(now);
  } catch (const boost::system::system_error&) {
    return context_;  // looked at again for the next connection
  }
  return context_;
}

std::string TlsTrust::authorities() {
  current();
  if (authorities_stamp_ == stamp_) return authorities_;
  const std::string named = ca_file_.empty() ? system_path(X509_get_default_cert_file_env(), "") : ca_file_.string();
  for (const std::string& path : {named, std::string(X509_get_default_cert_file()), std::string(debians_bundle)}) {
    std::string text = path.empty() ? "" : text_of_file(path);
    if (text.empty()) continue;
    authorities_ = std::move(text);
    authorities_stamp_ = stamp_;
    break;
  }
  return authorities_;
}

std::shared_ptr<TlsTrust> TlsContexts::get(const std::filesystem::path& ca_file) {
  std::shared_ptr<TlsTrust>& trust = trusts_[ca_file];
  if (!trust) trust = std::make_shared<TlsTrust>(ca_file);
  return trust;
}

}  // namespace tally
