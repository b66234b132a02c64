#include "net/tls.hpp"

namespace tally {
namespace ssl = boost::asio::ssl;

std::shared_ptr<ssl::context> TlsContexts::get(const std::filesystem::path& ca_file) {
  std::shared_ptr<ssl::context>& context = contexts_[ca_file];
  if (context) return context;
  auto fresh = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(fresh->native_handle(), TLS1_2_VERSION);
  fresh->set_verify_mode(ssl::verify_peer);
  if (ca_file.empty()) {
    fresh->set_default_verify_paths();
  } else {
    fresh->load_verify_file(ca_file.string());
  }
  return context = std::move(fresh);
}

}  // namespace tally
