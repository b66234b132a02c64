// Whose certificate is expected, and why a handshake failed, in words for a person. Pure, but for the clock.
#pragma once

#include <boost/asio/ssl/verify_context.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>

namespace tally {

/// The peer must be `host`, a name or an address: it is asked for by name, and its certificate must be for it.
void expect_host(SSL* ssl, const std::string& host);

/// A verify callback that believes OpenSSL, and notes what was wrong with a certificate first.
class CertificateFault {
 public:
  explicit CertificateFault(std::string host) : host_(std::move(host)), words_(std::make_shared<std::string>()) {}
  bool operator()(bool is_good, boost::asio::ssl::verify_context& context) const;

  /// Empty: nothing was wrong. Shared by copies.
  [[nodiscard]] const std::string& words() const { return *words_; }

 private:
  std::string host_;
  std::shared_ptr<std::string> words_;
};

/// Why a handshake failed whose certificate was not at fault.
std::string handshake_words(const boost::system::error_code& code);

}  // namespace tally
