// The two readers that stand on Beast's parser: of a request's head, straight into the request's
// own storage, and of a chunked body. Only request_parser uses them; they keep Beast out of the
// public headers.
#pragma once

#include "net/http/plain_head.hpp"
#include "net/http/request.hpp"
#include "net/http/request_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace vaquero::detail {

namespace http = boost::beast::http;
using boost::beast::error_code;
using beast_view = boost::beast::string_view;

/// What is wrong with a request; status 0: nothing.
struct read_error {
  unsigned status = 0;
  std::string_view reason = {};
};

/// Reads a complete head that lies in the request's storage, and notes where its parts are. Nothing
/// is copied.
class head_reader final : private http::basic_parser<true> {
 public:
  head_reader(request& into, const http_limits& limits)
      : request_(into), parts_(into.own()), limits_(limits) {}

  /// Takes over a plain head, which has been read from the storage's front.
  read_error take(const plain_head& plain);

  /// Has Beast read the head that lies from `begin` to the end of the storage.
  read_error read(std::size_t begin);

  bool chunked() const { return chunked_; }
  /// Whether the client waits for a 100 before it sends a body. In HTTP/1.0 that says nothing.
  bool expects_continue() const { return expects_continue_ && http_1_1_; }
  /// What Content-Length says, or 0.
  std::uint64_t body_size() const { return body_size_; }

 private:
  void on_request_impl(http::verb, beast_view method, beast_view target, int version,
                       error_code&) override;
  void on_field_impl(http::field name, beast_view text, beast_view value, error_code&) override;
  void on_response_impl(int, beast_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  void set_request_line(std::string_view method, std::string_view target);
  void read_host(std::string_view value, error_code& stop);
  void read_transfer_encoding(std::string_view value, error_code& stop);
  read_error read_target();
  read_error translate(const error_code& error, std::string_view head) const;
  void refuse(unsigned status, std::string_view reason, error_code& stop);
  request_place place_of(std::string_view part) const;

  request& request_;
  request_parts& parts_;
  const http_limits& limits_;
  read_error error_;
  unsigned hosts_ = 0;
  unsigned content_lengths_ = 0;
  bool http_1_1_ = true;
  bool chunked_ = false;
  bool expects_continue_ = false;
  std::uint64_t body_size_ = 0;
};

/// Reads a chunked body and appends its content to a string.
class chunk_reader final : private http::basic_parser<true> {
 public:
  chunk_reader(std::string& out, std::uint64_t max_body);

  struct step {
    std::size_t used = 0;
    read_error error = {};
  };
  /// Reads what it can, at most one chunk; what was not used is presented again with more behind
  /// it.
  step read(std::string_view bytes);

  bool done() const { return is_done(); }

 private:
  void on_request_impl(http::verb, beast_view, beast_view, int, error_code&) override {}
  void on_response_impl(int, beast_view, int, error_code&) override {}
  // Trailers are dropped: merged into the headers, they could pass by every check of those (RFC
  // 9110 section 6.5.1).
  void on_field_impl(http::field, beast_view, beast_view, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t size, beast_view, error_code&) override;
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view body, error_code&) override;
  void on_finish_impl(error_code&) override {}

  read_error judge_chunk_line(std::string_view bytes) const;

  std::string& out_;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t chunks_ = 0;
};

} // namespace vaquero::detail
