// Feeds arbitrary bytes to the request parser, once whole and once in pieces, and holds it to saying
// the same both times. Whole heads are mostly read the quick way and split ones by Beast, so this
// also compares the two. What is accepted goes on to the WebSocket handshake. The first byte of the
// input chooses the size of the pieces.
#include "net/http/request_parser.hpp"
#include "net/websocket/handshake.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace vaquero;

constexpr http_limits small_limits{.max_request_line = 200,
                                   .max_header_bytes = 600,
                                   .max_headers = 8,
                                   .max_header_value = 100,
                                   .max_empty_lines = 2,
                                   .max_body = 64};

struct outcome {
  std::vector<std::string> requests;
  unsigned status = 0;

  bool operator==(const outcome&) const = default;
};

/// All that can be read out of a request, so that a sanitizer sees every view.
std::string describe(const request& in) {
  std::string out;
  for (auto part : {in.method(), in.target(), in.path(), in.raw_path(), in.query(), in.version(),
                    in.host(), in.body()})
    out.append(part).append("|");
  for (auto [name, value] : in.headers())
    out.append(name).append("=").append(value).append("|");
  out += in.query_value("a").value_or("-");
  out += in.cookie("a").value_or("-");
  out += in.keep_alive() ? "keep" : "close";
  auto upgrade = check_upgrade(in);
  if (auto offer = std::get_if<upgrade_offer>(&upgrade))
    append_switching_protocols(out, *offer);
  else
    out += serialise(std::get<response>(upgrade), in.keep_alive());
  return out;
}

outcome run(std::span<const std::byte> bytes, std::size_t step) {
  request_parser parser(small_limits);
  outcome out;
  std::size_t at = 0;
  while (at < bytes.size()) {
    auto size = std::min(step, bytes.size() - at);
    std::vector<std::byte> piece(bytes.data() + at, bytes.data() + at + size);
    std::span<const std::byte> input = piece;
    auto result = parser.feed(input);
    if (result.is == parse_result::state::error) {
      out.status = result.status;
      return out;
    }
    at += size - input.size();
    if (result.is == parse_result::state::complete)
      out.requests.push_back(describe(parser.take()));
    else if (!input.empty())
      std::abort(); // need_more has to consume everything
  }
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto bytes = std::as_bytes(std::span(data + 1, size - 1));
  auto whole = run(bytes, std::max<std::size_t>(bytes.size(), 1));
  auto pieces = run(bytes, data[0] + std::size_t{1});
  if (!(whole == pieces)) std::abort();
  return 0;
}
