// Any text as Sec-WebSocket-Extensions. An input is two bytes of options and then the header. What
// must hold: what is accepted is within the options and within what some offer allows, and the answer
// is itself a header of one extension, whose parameters say what was agreed on.
#include "net/websocket/extension_list.hpp"
#include "net/websocket/permessage_deflate.hpp"
#include "tests/fuzz/check.hpp"

#include <cstdint>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

bool has(const extension& in, std::string_view name) {
  for (const auto& parameter : in.parameters)
    if (parameter.name == name) return true;
  return false;
}

int window(const extension& in, std::string_view name) {
  for (const auto& parameter : in.parameters)
    if (parameter.name == name) return std::stoi(parameter.value.value());
  return 15;
}

void check_answer(const deflate_agreement& agreed) {
  const auto list = parse_extensions(agreed.answer);
  check(list && list->size() == 1);
  const auto& answer = list->front();
  if (answer.name == "permessage-deflate") {
    check(has(answer, "server_no_context_takeover") != agreed.server_context_takeover);
    check(has(answer, "client_no_context_takeover") != agreed.client_context_takeover);
    check(window(answer, "server_max_window_bits") == agreed.server_window_bits);
    check(window(answer, "client_max_window_bits") == agreed.client_window_bits);
  } else {
    check(answer.name == "x-webkit-deflate-frame");
    check(has(answer, "no_context_takeover") != agreed.client_context_takeover);
    check(window(answer, "max_window_bits") == agreed.client_window_bits);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const deflate_options options{.server_context_takeover = (data[0] & 1) != 0,
                                .client_context_takeover = (data[0] & 2) != 0,
                                .server_max_window_bits = 8 + (data[1] & 7),
                                .client_max_window_bits = 8 + (data[1] >> 3 & 7)};
  // A copy of exactly its size, so that a sanitizer sees a step beyond it.
  const std::vector<char> text(data + 2, data + size);
  const std::string_view header(text.data(), text.size());
  const auto agreed = negotiate_deflate(header, options);
  if (!agreed) return 0;
  check(parse_extensions(header).has_value());
  check(agreed->server_window_bits >= 8);
  check(agreed->server_window_bits <= options.server_max_window_bits);
  check(agreed->client_window_bits >= 8 && agreed->client_window_bits <= 15);
  check(!agreed->server_context_takeover || options.server_context_takeover);
  check(agreed->client_context_takeover == options.client_context_takeover);
  check_answer(*agreed);
  return 0;
}
