#include "net/websocket/permessage_deflate.hpp"

#include "net/websocket/extension_list.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace vaquero {

namespace {

constexpr int smallest_window = 8;
constexpr int largest_window = 15;

/// The parameters of an offer, of either extension. No window: none was named.
struct offered {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<int> server_window;
  std::optional<int> client_window;
};

/// A decimal number without leading zeros (RFC 7692 section 7.1.2).
std::optional<int> window_bits(const std::string& value) {
  for (int bits = smallest_window; bits <= largest_window; ++bits)
    if (value == std::to_string(bits)) return bits;
  return {};
}

bool read_flag(bool& into, const extension_parameter& from) {
  return !from.value && !std::exchange(into, true);
}

bool read_window(std::optional<int>& into, const extension_parameter& from) {
  if (into || !from.value) return false;
  into = window_bits(*from.value);
  return into.has_value();
}

bool read_parameter(offered& into, const extension_parameter& from) {
  if (from.name == "server_no_context_takeover")
    return read_flag(into.server_no_context_takeover, from);
  if (from.name == "client_no_context_takeover")
    return read_flag(into.client_no_context_takeover, from);
  if (from.name == "server_max_window_bits") return read_window(into.server_window, from);
  if (from.name != "client_max_window_bits") return false;
  if (from.value) return read_window(into.client_window, from);
  // Without a value it says only that the client knows the parameter (section 7.1.2.2).
  return !std::exchange(into.client_window, largest_window);
}

/// In this older extension a parameter always speaks to the one who receives it.
bool read_webkit_parameter(offered& into, const extension_parameter& from) {
  if (from.name == "no_context_takeover") return read_flag(into.server_no_context_takeover, from);
  return from.name == "max_window_bits" && read_window(into.server_window, from);
}

template <class Read>
std::optional<offered> read_offer(const extension& from, Read&& read) {
  offered what;
  for (const auto& parameter : from.parameters)
    if (!read(what, parameter)) return {};
  return what;
}

deflate_agreement agree(const offered& what, const deflate_options& options) {
  deflate_agreement agreed;
  agreed.server_context_takeover =
      options.server_context_takeover && !what.server_no_context_takeover;
  agreed.client_context_takeover = options.client_context_takeover;
  agreed.server_window_bits =
      std::min(options.server_max_window_bits, what.server_window.value_or(largest_window));
  // A client that does not name the parameter must not be told it (section 7.1.2.2).
  if (what.client_window)
    agreed.client_window_bits = std::min(options.client_max_window_bits, *what.client_window);
  return agreed;
}

std::optional<deflate_agreement> accept_permessage_deflate(const extension& offer,
                                                           const deflate_options& options) {
  const auto what = read_offer(offer, read_parameter);
  if (!what) return {};
  auto agreed = agree(*what, options);
  agreed.answer = "permessage-deflate";
  if (!agreed.server_context_takeover) agreed.answer += "; server_no_context_takeover";
  if (!agreed.client_context_takeover) agreed.answer += "; client_no_context_takeover";
  if (what->server_window || agreed.server_window_bits < largest_window)
    agreed.answer += "; server_max_window_bits=" + std::to_string(agreed.server_window_bits);
  if (agreed.client_window_bits < largest_window)
    agreed.answer += "; client_max_window_bits=" + std::to_string(agreed.client_window_bits);
  return agreed;
}

std::optional<deflate_agreement> accept_webkit(const extension& offer,
                                               const deflate_options& options) {
  auto what = read_offer(offer, read_webkit_parameter);
  if (!what) return {};
  what->client_window = largest_window; // any client knows how to be limited
  auto agreed = agree(*what, options);
  agreed.answer = "x-webkit-deflate-frame";
  if (!agreed.client_context_takeover) agreed.answer += "; no_context_takeover";
  if (agreed.client_window_bits < largest_window)
    agreed.answer += "; max_window_bits=" + std::to_string(agreed.client_window_bits);
  return agreed;
}

void check_range(const char* name, int value, int from, int to) {
  if (value >= from && value <= to) return;
  throw std::invalid_argument(std::string(name) + " is a number from " + std::to_string(from) +
                              " to " + std::to_string(to) + ", and not " + std::to_string(value));
}

} // namespace

std::optional<deflate_agreement> negotiate_deflate(std::string_view offers,
                                                   const deflate_options& options) {
  const auto list = parse_extensions(offers);
  if (!list) return {};
  for (const auto& offer : *list) {
    std::optional<deflate_agreement> agreed;
    if (offer.name == "permessage-deflate") agreed = accept_permessage_deflate(offer, options);
    if (offer.name == "x-webkit-deflate-frame") agreed = accept_webkit(offer, options);
    if (agreed) return agreed;
  }
  return {};
}

void check_deflate_options(const deflate_options& options) {
  check_range("deflate.level", options.level, 0, 9);
  check_range("deflate.mem_level", options.mem_level, 1, 9);
  check_range("deflate.server_max_window_bits", options.server_max_window_bits, smallest_window,
              largest_window);
  check_range("deflate.client_max_window_bits", options.client_max_window_bits, smallest_window,
              largest_window);
}

} // namespace vaquero
