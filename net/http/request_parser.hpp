// Reads HTTP/1.0 and HTTP/1.1 requests out of the bytes of one connection. It does no I/O and keeps
// the bytes of an unfinished request itself, so the caller's buffer can be shared by many
// connections. One parser serves one connection, one thread at a time; after take() it reads the
// connection's next request.
#pragma once

#include "net/http/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace vaquero {

/// What a request may be at most. cowboy's defaults, but for the two that it does not have.
struct http_limits {
  /// Method, target and version. Beyond: 414.
  std::uint32_t max_request_line = 8000;
  /// The request line and all headers. It is what a peer can make us hold before we know what it
  /// wants: cookies of 4 KB and a long target fit, four times over. Beyond: 431. (cowboy has no
  /// such limit: 100 headers of 4 KB each.)
  std::uint32_t max_header_bytes = 16384;
  /// Beyond: 431.
  std::uint32_t max_headers = 100;
  /// Beyond: 431.
  std::uint32_t max_header_value = 4096;
  /// Empty lines before the request line, which some clients send after a body (RFC 9112
  /// section 2.2). Beyond: 400.
  std::uint32_t max_empty_lines = 5;
  /// The content, without chunked coding. Beyond: 413. (cowboy lets the handler read the body in
  /// pieces.)
  std::uint32_t max_body = 1 << 20;
};

/// What feeding bytes led to.
struct parse_result {
  enum class state : std::uint8_t { need_more, complete, error };

  state is = state::need_more;
  /// For an error, the status to answer before closing: 400, 413, 414, 417, 431, 501 or
  /// 505.
  unsigned status = 0;
  /// For an error, what is wrong, as a text for the response's body; static.
  std::string_view reason = {};
};

class request_parser {
 public:
  explicit request_parser(const http_limits& limits = {});
  ~request_parser();
  request_parser(request_parser&&) noexcept;
  request_parser& operator=(request_parser&&) noexcept;

  /// Consumes bytes from the front of `input`. What follows a complete request stays in `input`:
  /// the next request, or the first frames of an upgraded connection. After need_more all of it is
  /// consumed. An error is final.
  parse_result feed(std::span<const std::byte>& input);

  /// The request. Precondition: the last feed() was `complete`, and take() was not called since.
  request take();

  /// After need_more: whether the client now waits for a "100 Continue" before it sends its body (RFC
  /// 9110 section 10.1.1). True once for a request, and not if a part of the body has come already.
  bool take_wish_to_continue();

  /// Whether a part of a request was read: an end of the connection now cuts it off, and a timeout
  /// is worth a 408.
  bool started() const;

  /// Whether a head was read, and its body is not complete.
  bool in_body() const { return phase_ == phase::sized_body || phase_ == phase::chunked; }

  /// Of heap, for the unfinished request.
  std::size_t held_bytes() const;

 private:
  struct chunked_body;
  enum class phase : std::uint8_t { head, sized_body, chunked, complete, failed };

  parse_result feed_head(std::span<const std::byte>& input);
  parse_result feed_sized_body(std::span<const std::byte>& input);
  parse_result feed_chunked(std::span<const std::byte>& input);
  std::optional<parse_result> read_plain_head(std::span<const std::byte>& input);
  parse_result scan_head();
  parse_result scan_line(std::size_t end);
  parse_result judge_request_line(std::size_t end);
  parse_result read_head();
  parse_result fail(unsigned status, std::string_view reason);
  parse_result finish();

  http_limits limits_;
  request request_;
  std::unique_ptr<chunked_body> chunked_; // only while a chunked body arrives
  parse_result error_;
  std::size_t line_ = 0;          // where the line that is being searched begins
  std::size_t searched_ = 0;      // up to where no further line end was found
  std::size_t request_begin_ = 0; // where the request line begins, after empty lines
  std::uint32_t lines_ = 0;       // complete lines from the request line on
  std::uint32_t empty_lines_ = 0;
  std::uint64_t body_left_ = 0;
  phase phase_ = phase::head;
  bool awaits_continue_ = false;
};

} // namespace vaquero
