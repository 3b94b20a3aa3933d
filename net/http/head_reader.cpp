#include "net/http/head_reader.hpp"

#include "net/http/ascii.hpp"
#include "net/http/url.hpp"

#include <boost/asio/buffer.hpp>

#include <cassert>
#include <limits>

namespace vaquero::detail {

namespace {

/// What may stand in a Host header: a registered name, an IP literal, a port (RFC 3986
/// section 3.2.2).
constexpr ascii::char_set host_chars{"-._~!$&'()*+,;=:[]%", true};

/// What a path may hold that is neither escaped nor the end of it.
constexpr ascii::char_set path_chars{"/-._~!$&'()*+,;=:@", true};

/// "HTTP/3.0", but not "HTTX" or "HTTP/11".
bool is_version(std::string_view text) {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() == 8 && text.starts_with("HTTP/") && digit(text[5]) && text[6] == '.' &&
         digit(text[7]);
}

} // namespace

read_error head_reader::take(const plain_head& plain) {
  if (!host_chars.contains_all(plain.host)) return {400, "the Host header is malformed"};
  set_request_line(plain.method, plain.target);
  parts_.keep_alive = plain.keep_alive;
  if (!path_chars.contains_all(plain.target)) return read_target();
  parts_.raw_path = parts_.path = parts_.target;
  parts_.body = static_cast<std::uint32_t>(parts_.storage.size());
  return {};
}

read_error head_reader::read(std::size_t begin) {
  auto head = std::string_view(parts_.storage).substr(begin);
  // The head is here in full and within our limit; Beast's own would only add a second one.
  header_limit(std::numeric_limits<std::uint32_t>::max());
  body_limit(limits_.max_body);
  error_code error;
  put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error_.status != 0) return error_;
  if (error) return translate(error, head);
  if (http_1_1_ && hosts_ == 0) return {400, "the Host header is missing"};
  // RFC 9112 section 6.1: a transfer coding in HTTP/1.0 is faulty framing.
  chunked_ = http::basic_parser<true>::chunked();
  if (chunked_ && !http_1_1_) return {400, "HTTP/1.0 has no Transfer-Encoding"};
  body_size_ = content_length().value_or(0);
  parts_.keep_alive = keep_alive();
  return read_target();
}

request_place head_reader::place_of(std::string_view part) const {
  return {static_cast<std::uint32_t>(part.data() - parts_.storage.data()),
          static_cast<std::uint32_t>(part.size())};
}

void head_reader::refuse(unsigned status, std::string_view reason, error_code& stop) {
  error_ = {status, reason};
  stop = http::error::bad_value; // any error makes Beast stop; error_ says which it was
}

void head_reader::on_request_impl(http::verb, beast_view method, beast_view target, int version,
                                  error_code&) {
  set_request_line(method, target);
  http_1_1_ = version == 11;
}

void head_reader::set_request_line(std::string_view method, std::string_view target) {
  parts_.method = place_of(method);
  parts_.target = place_of(target);
  parts_.version = {parts_.target.begin + parts_.target.size + 1, 8};
}

void head_reader::on_field_impl(http::field name, beast_view text, beast_view value,
                                error_code& stop) {
  if (value.size() > limits_.max_header_value) return refuse(431, "a header is too long", stop);
  auto name_place = place_of(text);
  auto value_place = place_of(value);
  parts_.headers.push_back(
      {name_place.begin, name_place.size, value_place.begin, value_place.size});
  switch (name) {
    case http::field::host: return read_host(value, stop);
    case http::field::expect:
      expects_continue_ = ascii::iequals(value, "100-continue");
      if (!expects_continue_) refuse(417, "only 100-continue can be expected here", stop);
      return;
    case http::field::transfer_encoding: return read_transfer_encoding(value, stop);
    case http::field::content_length:
      // Beast lets equal ones pass, in one list or in two headers; who sends them is broken or means
      // harm.
      if (++content_lengths_ > 1 || value.find(',') != beast_view::npos)
        refuse(400, "there is more than one Content-Length", stop);
      return;
    default: return;
  }
}

void head_reader::read_host(std::string_view value, error_code& stop) {
  if (++hosts_ > 1) return refuse(400, "there is more than one Host header", stop);
  if (!host_chars.contains_all(value)) refuse(400, "the Host header is malformed", stop);
}

/// Beast treats a request whose last coding is not chunked as one without a body; what follows
/// would then be read as another request (RFC 9112 section 6.3 and 11.2).
void head_reader::read_transfer_encoding(std::string_view value, error_code& stop) {
  if (ascii::iequals(value, "chunked")) return;
  auto last_comma = value.rfind(',');
  auto last = ascii::trim(value.substr(last_comma == std::string_view::npos ? 0 : last_comma + 1));
  if (!ascii::iequals(last, "chunked") && ascii::list_contains(value, "chunked"))
    return refuse(400, "chunked is not the last transfer coding", stop);
  refuse(501, "the transfer coding is not supported", stop);
}

read_error head_reader::read_target() {
  auto& storage = parts_.storage;
  auto parts = split_target(request_.method(), request_.target());
  if (!parts || !host_chars.contains_all(parts->authority))
    return {400, "the request target is malformed"};
  if (!parts->authority.empty()) parts_.authority = place_of(parts->authority);
  if (!parts->query.empty()) parts_.query = place_of(parts->query);
  if (!parts->path.empty()) parts_.raw_path = parts_.path = place_of(parts->path);
  if (parts->path.find('%') != std::string_view::npos) {
    auto begin = storage.size();
    storage.reserve(begin +
                    parts->path.size()); // so that raw_path() stays where it is while we append
    if (!append_decoded_path(storage, request_.raw_path()))
      return {400, "the request target holds a malformed escape"};
    parts_.path = {static_cast<std::uint32_t>(begin),
                   static_cast<std::uint32_t>(storage.size() - begin)};
  }
  parts_.body = static_cast<std::uint32_t>(storage.size());
  return {};
}

read_error head_reader::translate(const error_code& error, std::string_view head) const {
  if (error == http::error::body_limit) return {413, "the request's body is too long"};
  if (error == http::error::bad_version) {
    auto target = head.find(' ') + 1; // Beast has got past both spaces
    auto version = head.find(' ', target) + 1;
    if (is_version(head.substr(version, head.find('\r') - version)))
      return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  }
  if (error == http::error::bad_content_length || error == http::error::multiple_content_length ||
      error == http::error::bad_transfer_encoding)
    return {400, "the body's length is given twice or malformed"};
  if (error == http::error::bad_field || error == http::error::bad_value)
    return {400, "a header is malformed"};
  return {400, "the request line is malformed"};
}

chunk_reader::chunk_reader(std::string& out, std::uint64_t max_body) : out_(out) {
  // Beast comes to chunks only by way of a head. The client's own has been judged already.
  static constexpr std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  body_limit(max_body);
  error_code error;
  put(boost::asio::const_buffer(head.data(), head.size()), error);
  assert(!error);
}

/// Beast looks for a quotation's end beyond the line's, so what it makes of an open one depends on
/// how much it is shown; and it takes a bare line feed for a part of the line, where others see its end.
read_error chunk_reader::judge_chunk_line(std::string_view bytes) const {
  if (chunk_left_ > 0) return {};
  if (chunks_ > 0) bytes.remove_prefix(2); // the end of the chunk before
  if (bytes.substr(0, bytes.find('\r')).find('"') != std::string_view::npos)
    return {400, "quoted chunk extensions are not supported"};
  const auto line_feed = bytes.find('\n');
  const bool is_bare = line_feed == 0 || (line_feed != bytes.npos && bytes[line_feed - 1] != '\r');
  return is_bare ? read_error{400, "a line does not end with CR LF"} : read_error{};
}

chunk_reader::step chunk_reader::read(std::string_view bytes) {
  if (auto wrong = judge_chunk_line(bytes); wrong.status != 0) return {.error = wrong};
  error_code error;
  auto used = put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (!error || error == http::error::need_more) return {.used = used};
  if (error == http::error::body_limit) return {.error = {413, "the request's body is too long"}};
  return {.error = {400, "the chunked body is malformed"}};
}

void chunk_reader::on_chunk_header_impl(std::uint64_t size, beast_view, error_code&) {
  chunk_left_ = size;
  ++chunks_;
}

std::size_t chunk_reader::on_chunk_body_impl(std::uint64_t, beast_view body, error_code&) {
  chunk_left_ -= body.size();
  out_.append(body.data(), body.size());
  return body.size();
}

} // namespace vaquero::detail
