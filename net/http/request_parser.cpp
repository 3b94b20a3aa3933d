#include "net/http/request_parser.hpp"

#include "net/http/ascii.hpp"
#include "net/http/head_reader.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace vaquero {

using state = parse_result::state;

namespace {

/// What a TLS client's first bytes are answered with, among others.
constexpr std::string_view not_http = "this is not an HTTP request";

/// A method's first character or an empty line's.
bool may_begin_request(char c) { return c == '\r' || ascii::token_chars.contains(c); }

} // namespace

/// A chunked body on its way in. Beast wants an unfinished chunk header presented again, so those
/// bytes wait here.
struct request_parser::chunked_body {
  chunked_body(std::string& out, std::uint64_t max_body) : reader(out, max_body) {}

  detail::chunk_reader reader;
  std::string pending;
};

request_parser::request_parser(const http_limits& limits) : limits_(limits) {}
request_parser::~request_parser() = default;
request_parser::request_parser(request_parser&&) noexcept = default;
request_parser& request_parser::operator=(request_parser&&) noexcept = default;

parse_result request_parser::feed(std::span<const std::byte>& input) {
  if (phase_ == phase::head) {
    auto result = feed_head(input);
    if (phase_ == phase::head || phase_ == phase::failed) return result;
  }
  switch (phase_) {
    case phase::sized_body: return feed_sized_body(input);
    case phase::chunked: return feed_chunked(input);
    case phase::failed: return error_;
    default: return {.is = state::complete};
  }
}

request request_parser::take() {
  assert(phase_ == phase::complete);
  phase_ = phase::head;
  line_ = searched_ = request_begin_ = 0;
  lines_ = empty_lines_ = 0;
  return std::move(request_);
}

bool request_parser::started() const { return !request_.parts().storage.empty(); }

std::size_t request_parser::held_bytes() const {
  return request_.held_bytes() + (chunked_ ? chunked_->pending.capacity() : 0);
}

parse_result request_parser::fail(unsigned status, std::string_view reason) {
  phase_ = phase::failed;
  error_ = {.is = state::error, .status = status, .reason = reason};
  request_ = request{};
  chunked_.reset();
  return error_;
}

bool request_parser::take_wish_to_continue() { return std::exchange(awaits_continue_, false); }

parse_result request_parser::finish() {
  awaits_continue_ = false;
  phase_ = phase::complete;
  chunked_.reset();
  return {.is = state::complete};
}

parse_result request_parser::feed_head(std::span<const std::byte>& input) {
  auto& storage = request_.own().storage;
  auto held = storage.size();
  auto taken =
      std::min<std::size_t>(input.size(), limits_.max_header_bytes + std::size_t{1} - held);
  storage.append(reinterpret_cast<const char*>(input.data()), taken);
  if (held == 0)
    if (auto result = read_plain_head(input)) return *result;
  auto result = scan_head();
  if (result.is == state::error) return result;
  if (result.is == state::need_more) {
    input = input.subspan(taken);
    if (storage.size() <= limits_.max_header_bytes) return result;
    return fail(431, "the request's headers are too long");
  }
  storage.resize(line_);
  input = input.subspan(line_ - held);
  if (line_ > limits_.max_header_bytes) return fail(431, "the request's headers are too long");
  return read_head();
}

/// Nothing if the head is not complete and plain. Then it is searched and judged line by line.
std::optional<parse_result> request_parser::read_plain_head(std::span<const std::byte>& input) {
  auto& parts = request_.own();
  parts.headers.reserve(16); // browsers send a dozen
  auto plain = detail::read_plain_head(parts.storage, limits_, parts.headers);
  if (!plain) {
    parts.headers.clear();
    return std::nullopt;
  }
  input = input.subspan(plain->size);
  parts.storage.resize(plain->size);
  detail::head_reader reader(request_, limits_);
  if (auto error = reader.take(*plain); error.status != 0) return fail(error.status, error.reason);
  return finish();
}

/// Looks for the end of the head, line by line, and leaves it in line_. The limits are applied
/// here, while the bytes arrive, so that a peer who breaks one does not get to send the rest.
parse_result request_parser::scan_head() {
  const auto& storage = request_.own().storage;
  while (true) {
    auto from = storage.data() + searched_;
    auto found = std::memchr(from, '\n', storage.size() - searched_);
    if (found == nullptr) break;
    auto end = static_cast<std::size_t>(static_cast<const char*>(found) - storage.data());
    auto result = scan_line(end);
    line_ = searched_ = end + 1;
    if (result.is != state::need_more) return result;
  }
  searched_ = storage.size();
  if (line_ < storage.size() && lines_ == 0 && !may_begin_request(storage[line_]))
    return fail(400, not_http);
  // One more than the limit may be the carriage return of a line that ends just in time.
  if (lines_ == 0 && storage.size() - line_ > limits_.max_request_line + std::size_t{1})
    return fail(414, "the request line is too long");
  return {};
}

/// Judges the line whose line feed is at `end`. `complete` means that it is the empty one after the
/// headers.
parse_result request_parser::scan_line(std::size_t end) {
  const auto& storage = request_.own().storage;
  if (lines_ == 0 && !may_begin_request(storage[line_])) return fail(400, not_http);
  // With the carriage return, since this is what a line without an end is refused for.
  if (lines_ == 0 && end - line_ > limits_.max_request_line + std::size_t{1})
    return fail(414, "the request line is too long");
  if (end == line_ || storage[end - 1] != '\r') return fail(400, "a line does not end with CR LF");
  auto size = end - 1 - line_;
  if (size == 0) {
    if (lines_ > 0) return {.is = state::complete};
    if (++empty_lines_ > limits_.max_empty_lines)
      return fail(400, "there are too many empty lines before the request");
    request_begin_ = end + 1;
    return {};
  }
  if (lines_ > 0 && (storage[line_] == ' ' || storage[line_] == '\t'))
    return fail(400, "a header is folded over several lines");
  if (lines_ > limits_.max_headers) return fail(431, "there are too many headers");
  if (lines_++ == 0) return judge_request_line(end + 1);
  return {};
}

/// Whoever gets it wrong hears so at once, and does not have to send the headers. Beast judges it, as the
/// line of a head of its own.
parse_result request_parser::judge_request_line(std::size_t end) {
  request probe;
  probe.own().storage =
      request_.own().storage.substr(request_begin_, end - request_begin_) + "Host: a\r\n\r\n";
  detail::head_reader reader(probe, limits_);
  if (auto error = reader.read(0); error.status != 0) return fail(error.status, error.reason);
  return {};
}

parse_result request_parser::read_head() {
  detail::head_reader reader(request_, limits_);
  request_.own().headers.reserve(lines_ - 1);
  if (auto error = reader.read(request_begin_); error.status != 0)
    return fail(error.status, error.reason);
  awaits_continue_ = reader.expects_continue();
  if (reader.chunked()) {
    chunked_ = std::make_unique<chunked_body>(request_.own().storage, limits_.max_body);
    phase_ = phase::chunked;
    return {};
  }
  body_left_ = reader.body_size();
  phase_ = phase::sized_body;
  return {};
}

parse_result request_parser::feed_sized_body(std::span<const std::byte>& input) {
  if (!input.empty()) awaits_continue_ = false;
  auto taken = std::min<std::uint64_t>(body_left_, input.size());
  request_.own().storage.append(reinterpret_cast<const char*>(input.data()), taken);
  input = input.subspan(taken);
  body_left_ -= taken;
  return body_left_ == 0 ? finish() : parse_result{};
}

parse_result request_parser::feed_chunked(std::span<const std::byte>& input) {
  // What is left of a chunked body is never less than "0 CR LF CR LF"; Beast asserts that it sees
  // as much of a last chunk.
  constexpr std::size_t smallest_rest = 5;
  if (!input.empty()) awaits_continue_ = false;
  auto& pending = chunked_->pending;
  pending.append(reinterpret_cast<const char*>(input.data()), input.size());
  std::size_t used = 0;
  while (pending.size() - used >= smallest_rest) {
    // Never more than the limit allows for a chunk's header, so that it holds however the bytes
    // arrive.
    auto bytes = std::string_view(pending).substr(used, limits_.max_header_bytes + std::size_t{1});
    auto step = chunked_->reader.read(bytes);
    if (step.error.status != 0) return fail(step.error.status, step.error.reason);
    used += step.used;
    if (chunked_->reader.done()) {
      // The end was found in bytes of this call, so what is left over is a tail of this input.
      input = input.last(pending.size() - used);
      return finish();
    }
    if (step.used == 0) break;
  }
  pending.erase(0, used);
  input = {};
  if (pending.size() > limits_.max_header_bytes)
    return fail(431, "a chunk's header or the trailers are too long");
  return {};
}

} // namespace vaquero
