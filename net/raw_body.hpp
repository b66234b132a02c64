// A Beast body that keeps the bytes as they come, within bounds, and never throws: what a body's reader throws passes
// through Asio's handlers and reaches no coroutine. Heavy: for connection.cpp only.
// The body of an answer that is an error is for a person: it is read up to limits::error_body.
#pragma once

#include <algorithm>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>
#include <cstdint>
#include <functional>
#include <new>
#include <string>

#include "cloud/limits.hpp"
#include "net/encoded_body.hpp"

namespace tally {

/// Of an answer that is no success, so that its body is read for its message only.
constexpr bool is_error_status(unsigned status) { return status >= 300; }

struct RawBody {
  struct value_type {
    EncodedBody body;        // with a share
    std::size_t limit = 0;   // of what is kept of it
    std::uint64_t kept = 0;  // bytes, without what frames them
  };

  /// Beast's BodyReader. Errors: body_limit (what is within the limit is kept then); not_supported for an encoding that
  /// was not asked for; not_enough_memory: there is no room for it.
  class reader {
   public:
    template <bool is_request, class Fields>
    reader(const boost::beast::http::header<is_request, Fields>& header, value_type& value)
        : encoding_of_([&header] { return std::string(header[boost::beast::http::field::content_encoding]); }),
          is_error_([&header] { return is_error_status(header.result_int()); }),
          value_(value) {}

    void init(const boost::optional<std::uint64_t>&, boost::system::error_code& failure) {
      namespace beast = boost::beast;
      failure = {};
      const std::string encoding = encoding_of_();  // the header was not read yet at construction
      value_.body.is_beginning = is_error_();
      if (value_.body.is_beginning) value_.limit = std::min(value_.limit, limits::error_body);
      value_.body.is_gzip = beast::iequals(encoding, "gzip") || beast::iequals(encoding, "x-gzip");
      if (!value_.body.is_gzip && !encoding.empty() && !beast::iequals(encoding, "identity")) {
        failure = make_error_code(boost::system::errc::not_supported);
      }
    }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::system::error_code& failure) {
      std::size_t size = 0;
      failure = {};
      try {
        for (const auto buffer : boost::beast::buffers_range_ref(buffers)) {
          const std::string_view bytes(static_cast<const char*>(buffer.data()), buffer.size());
          add(bytes, failure);
          if (failure) return size;
          size += bytes.size();
        }
      } catch (const std::bad_alloc&) {
        failure = make_error_code(boost::system::errc::not_enough_memory);
      }
      return size;
    }

    void finish(boost::system::error_code& failure) { failure = {}; }

   private:
    static constexpr std::size_t piece_size = std::size_t{256} * 1024;

    void add(std::string_view bytes, boost::system::error_code& failure) {
      const std::string_view wanted = bytes.substr(0, value_.limit - value_.kept);
      if (!value_.body.share->grow(wanted.size())) {
        failure = make_error_code(boost::system::errc::not_enough_memory);
        return;
      }
      std::vector<std::string>& pieces = value_.body.pieces;
      if (pieces.empty() || pieces.back().size() + wanted.size() > piece_size) pieces.emplace_back();
      pieces.back().append(wanted);
      value_.kept += wanted.size();
      if (wanted.size() < bytes.size()) failure = boost::beast::http::error::body_limit;
    }

    std::function<std::string()> encoding_of_;
    std::function<bool()> is_error_;
    value_type& value_;
  };
};

}  // namespace tally
