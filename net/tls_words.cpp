#include "net/tls_words.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <chrono>
#include <ctime>
#include <vector>

#include "runtime/text.hpp"
#include "runtime/timestamp.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::size_t most_names = 3;
constexpr std::size_t longest_name = 80;

std::string text_of(const ASN1_STRING* string) {
  const std::string_view bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                               static_cast<std::size_t>(ASN1_STRING_length(string)));
  return printable(bytes, longest_name);
}

std::string address_of(const ASN1_OCTET_STRING* octets) {
  const unsigned char* data = ASN1_STRING_get0_data(octets);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(octets));
  asio::ip::address_v4::bytes_type v4{};
  asio::ip::address_v6::bytes_type v6{};
  if (size == v4.size()) {
    std::copy_n(data, size, v4.begin());
    return asio::ip::address_v4(v4).to_string();
  }
  if (size != v6.size()) return "?";
  std::copy_n(data, size, v6.begin());
  return asio::ip::address_v6(v6).to_string();
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  auto* alternatives =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives, i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_of(name->d.iPAddress));
  }
  GENERAL_NAMES_free(alternatives);
  if (!names.empty()) return names;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  if (names.empty()) return "nobody";
  std::string list;
  for (std::size_t i = 0; i < names.size() && i < most_names; ++i) list += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > most_names) list += " and " + std::to_string(names.size() - most_names) + " more";
  return list;
}

std::string time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
  return to_iso8601(Timestamp(std::chrono::seconds(timegm(&parts))));
}

std::string clock_words() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return " (this machine's clock says " + to_iso8601(now) + ")";
}

std::string fault_of(X509_STORE_CTX* context, const std::string& host) {
  const int verdict = X509_STORE_CTX_get_error(context);
  const X509* at_fault = X509_STORE_CTX_get_current_cert(context);
  const X509* peer = X509_STORE_CTX_get0_cert(context);
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "it is for " + (peer == nullptr ? "another name" : listed(names_of(peer))) + ", not for " + host;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "it expired at " + (at_fault == nullptr ? "?" : time_of(X509_get0_notAfter(at_fault))) + clock_words();
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "it is not valid before " + (at_fault == nullptr ? "?" : time_of(X509_get0_notBefore(at_fault))) +
             clock_words();
    default: return std::string(X509_verify_cert_error_string(verdict)) + "; for a private authority, set ca_file";
  }
}

}  // namespace

void expect_host(SSL* ssl, const std::string& host) {
  boost::system::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
  if (not_an_address) {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str());
  }
}

bool CertificateFault::operator()(bool is_good, asio::ssl::verify_context& context) const {
  if (!is_good && words_->empty()) {
    *words_ = "the server's certificate is not trusted: " + fault_of(context.native_handle(), host_);
  }
  return is_good;
}

std::string handshake_words(const boost::system::error_code& code) {
  if (code.category() != asio::error::get_ssl_category()) return code.message();
  switch (ERR_GET_REASON(static_cast<unsigned long>(code.value()))) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return "the server answers, but not in TLS; is the port right, and is it an https endpoint?";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "the server speaks no TLS 1.2 or newer";
    default: return code.message();
  }
}

}  // namespace tally
