// A Beast body that takes off gzip as the bytes come. Heavy: for connection.cpp only.
#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "net/gzip.hpp"

namespace tally {

struct DecodedBody {
  struct value_type {
    std::string text;
    std::size_t limit = std::numeric_limits<std::size_t>::max() - 1;  // of the text, gzip taken off
  };

  /// Beast's BodyReader. Errors: body_limit; illegal_byte_sequence when it is not the gzip that it claims to be;
  /// not_supported for an encoding that was not asked for.
  class reader {
   public:
    template <bool is_request, class Fields>
    reader(const boost::beast::http::header<is_request, Fields>& header, value_type& body)
        : encoding_of_([&header] { return std::string(header[boost::beast::http::field::content_encoding]); }),
          body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, boost::system::error_code& failure) {
      namespace beast = boost::beast;
      failure = {};
      const std::string encoding = encoding_of_();  // the header was not read yet at construction
      if (beast::iequals(encoding, "gzip") || beast::iequals(encoding, "x-gzip")) {
        gunzip_.emplace();
      } else if (!encoding.empty() && !beast::iequals(encoding, "identity")) {
        failure = make_error_code(boost::system::errc::not_supported);
      } else if (length) {
        // What is only claimed costs no memory yet; growing by copies would hold up the loop.
        body_.text.reserve(std::min<std::uint64_t>(*length, body_.limit));
      }
    }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::system::error_code& failure) {
      std::size_t size = 0;
      failure = {};
      for (const auto buffer : boost::beast::buffers_range_ref(buffers)) {
        const std::string_view piece(static_cast<const char*>(buffer.data()), buffer.size());
        add(piece, failure);
        if (failure) return size;
        size += piece.size();
      }
      return size;
    }

    void finish(boost::system::error_code& failure) {
      failure = {};
      if (gunzip_ && !gunzip_->is_complete()) failure = make_error_code(boost::system::errc::illegal_byte_sequence);
    }

   private:
    void add(std::string_view piece, boost::system::error_code& failure) {
      if (gunzip_) {
        const Gunzip::Outcome outcome = gunzip_->add(piece, body_.text, body_.limit);
        if (outcome == Gunzip::Outcome::too_large) failure = boost::beast::http::error::body_limit;
        if (outcome == Gunzip::Outcome::damaged) failure = make_error_code(boost::system::errc::illegal_byte_sequence);
      } else if (piece.size() > body_.limit - body_.text.size()) {
        failure = boost::beast::http::error::body_limit;
      } else {
        body_.text.append(piece);
      }
    }

    std::function<std::string()> encoding_of_;
    value_type& body_;
    std::optional<Gunzip> gunzip_;
  };
};

}  // namespace tally
