// A Beast body that takes off gzip as the bytes come. Heavy: for connection.cpp only.
// The body of an answer that is an error is for a person: it is read up to limits::error_body.
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

#include "cloud/limits.hpp"
#include "net/gzip.hpp"

namespace tally {

/// Of an answer that is no success, so that its body is read for its message only.
constexpr bool is_error_status(unsigned status) { return status >= 300; }

struct DecodedBody {
  struct value_type {
    std::string text;
    std::size_t limit = std::numeric_limits<std::size_t>::max() - 1;  // of the text, gzip taken off
    std::uint64_t taken = 0;                                          // bytes as they came, without what frames them
  };

  /// Beast's BodyReader. Errors: body_limit (the text up to the limit is there then); illegal_byte_sequence when it is
  /// not the gzip that it claims to be; not_supported for an encoding that was not asked for.
  class reader {
   public:
    template <bool is_request, class Fields>
    reader(const boost::beast::http::header<is_request, Fields>& header, value_type& body)
        : encoding_of_([&header] { return std::string(header[boost::beast::http::field::content_encoding]); }),
          is_error_([&header] { return is_error_status(header.result_int()); }),
          body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, boost::system::error_code& failure) {
      namespace beast = boost::beast;
      failure = {};
      const std::string encoding = encoding_of_();  // the header was not read yet at construction
      if (is_error_()) body_.limit = std::min(body_.limit, limits::error_body);
      if (beast::iequals(encoding, "gzip") || beast::iequals(encoding, "x-gzip")) {
        gunzip_.emplace();
      } else if (!encoding.empty() && !beast::iequals(encoding, "identity")) {
        failure = make_error_code(boost::system::errc::not_supported);
      } else if (length) {
        // Growing by copies would hold up the loop; but what is only claimed is not taken for granted.
        body_.text.reserve(std::min<std::uint64_t>({*length, body_.limit, most_reserved}));
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
    static constexpr std::size_t most_reserved = std::size_t{32} << 20U;

    void add(std::string_view piece, boost::system::error_code& failure) {
      body_.taken += piece.size();
      if (gunzip_) {
        const Gunzip::Outcome outcome = gunzip_->add(piece, body_.text, body_.limit);
        if (outcome == Gunzip::Outcome::too_large) {
          body_.text.resize(body_.limit);
          failure = boost::beast::http::error::body_limit;
        }
        if (outcome == Gunzip::Outcome::damaged) failure = make_error_code(boost::system::errc::illegal_byte_sequence);
      } else {
        const std::size_t room = body_.limit - body_.text.size();
        body_.text.append(piece.substr(0, room));
        if (piece.size() > room) failure = boost::beast::http::error::body_limit;
      }
    }

    std::function<std::string()> encoding_of_;
    std::function<bool()> is_error_;
    value_type& body_;
    std::optional<Gunzip> gunzip_;
  };
};

}  // namespace tally
