#include "net/websocket/handshake.hpp"

#include "net/http/ascii.hpp"
#include "net/websocket/accept_digest.hpp"
#include "net/websocket/extension_list.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

namespace vaquero {

namespace {

/// The headers that the handshake is made of, picked out in one pass. A null view: not there.
struct handshake_headers {
  bool upgrade_present = false;
  bool upgrade_websocket = false;
  bool connection_upgrade = false;
  std::string_view key;
  std::string_view version;
  std::string_view origin;
  std::string_view draft_origin;
  const char* repeated = nullptr;
};

void set_once(std::string_view& into, std::string_view value, const char* name,
              handshake_headers& found) {
  if (into.data() != nullptr) found.repeated = name;
  into = value;
}

void append_list(std::string& list, std::string_view value) {
  if (!list.empty()) list += ", ";
  list += value;
}

/// False if the list holds something that is no token. Empty elements are skipped (RFC 9110
/// section 5.6.1.2), but there has to be another (RFC 6455 section 4.3).
bool append_subprotocols(std::vector<std::string_view>& into, std::string_view list) {
  const auto before = into.size();
  while (!list.empty()) {
    auto name = ascii::next_part(list, ',');
    if (name.empty()) continue;
    if (!ascii::is_token(name)) return false;
    into.push_back(name);
  }
  return into.size() > before;
}

bool are_unique(std::vector<std::string_view> names) {
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

/// Of the form that RFC 6455 section 9.1 wants, with one extension at least.
bool is_extension_list(std::string_view text) {
  const auto list = parse_extensions(text);
  return list && !list->empty();
}

struct header_pass {
  handshake_headers found;
  upgrade_offer offer;
  bool subprotocols_valid = true;
  bool extensions_present = false;

  // The length tells most names apart, so that a comparison is nearly always a hit.
  void see(header_view header) {
    const auto is = [&](const auto& name) { return ascii::iequals(header.name, name); };
    auto value = header.value;
    switch (header.name.size()) {
    case 6:
      if (is("Origin")) set_once(found.origin, value, "Origin", found);
      offer.expects_continue |= is("Expect"); // nothing but 100-continue comes this far
      break;
    case 7:
      if (!is("Upgrade")) break;
      found.upgrade_present = true;
      found.upgrade_websocket |= ascii::list_contains(value, "websocket");
      break;
    case 10:
      if (is("Connection")) found.connection_upgrade |= ascii::list_contains(value, "upgrade");
      break;
    case 17:
      if (is("Sec-WebSocket-Key")) set_once(found.key, value, "Sec-WebSocket-Key", found);
      break;
    case 20:
      if (is("Sec-WebSocket-Origin"))
        set_once(found.draft_origin, value, "Sec-WebSocket-Origin", found);
      break;
    case 21:
      if (is("Sec-WebSocket-Version"))
        set_once(found.version, value, "Sec-WebSocket-Version", found);
      break;
    case 22:
      if (is("Sec-WebSocket-Protocol"))
        subprotocols_valid &= append_subprotocols(offer.subprotocols, value);
      break;
    case 24:
      if (!is("Sec-WebSocket-Extensions")) break;
      append_list(offer.extensions, value);
      extensions_present = true;
      break;
    default: break;
    }
  }
};

response bad_request(std::string why) { return response::text(400, std::move(why) + "\n"); }

response upgrade_required() {
  auto out = response::text(426, "this resource speaks WebSocket only\n");
  out.headers.push_back({"Connection", "upgrade"});
  out.headers.push_back({"Upgrade", "websocket"});
  return out;
}

/// What is no handshake at all.
response refuse_plain(std::string_view method) {
  if (method == "GET" || method == "HEAD") return upgrade_required();
  auto out = response::text(405, "GET only, for a WebSocket\n");
  out.headers.push_back({"Allow", "GET"});
  return out;
}

response version_required() {
  auto out = response::text(426, "the WebSocket versions spoken here are 13, 8 and 7\n");
  out.headers.push_back({"Connection", "upgrade"});
  out.headers.push_back({"Upgrade", "websocket"});
  out.headers.push_back({"Sec-WebSocket-Version", "13, 8, 7"});
  return out;
}

/// 0 for any other text: "013" and "+13" are no versions (RFC 6455 section 4.1).
int version_of(std::string_view text) {
  if (text == "13") return 13;
  if (text == "8") return 8;
  return text == "7" ? 7 : 0;
}

/// Whether the text is base64 of 16 bytes: 22 digits, of which the last holds 2 bits, and "==".
bool is_key(std::string_view text) {
  constexpr ascii::char_set base64_digits{"+/", true};
  return text.size() == accept_key_size && text.ends_with("==") &&
         base64_digits.contains_all(text.substr(0, 22)) &&
         std::string_view("AQgw").find(text[21]) != std::string_view::npos;
}

/// A header that would break the 101: the handshake's own, and those of a body, which a 101 has
/// not.
bool belongs_to_handshake(std::string_view name) {
  for (std::string_view own :
       {"Connection", "Upgrade", "Sec-WebSocket-Accept", "Content-Length", "Transfer-Encoding",
        "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions", "Trailer",
        "Keep-Alive"})
    if (ascii::iequals(name, own)) return true;
  return false;
}

void check_subprotocol(const upgrade_offer& offer, std::string_view chosen) {
  if (std::find(offer.subprotocols.begin(), offer.subprotocols.end(), chosen) ==
      offer.subprotocols.end())
    throw std::invalid_argument("the subprotocol is not one that the client offered");
}

bool is_subprotocol(const header_field& field) {
  return ascii::iequals(field.name, "Sec-WebSocket-Protocol");
}

void check_extra(const upgrade_offer& offer, std::string_view subprotocol,
                 std::span<const header_field> extra) {
  bool chosen = !subprotocol.empty();
  if (chosen) check_subprotocol(offer, subprotocol);
  for (const auto& field : extra) {
    const auto& [name, value] = field;
    check_header(name, value);
    if (belongs_to_handshake(name)) throw std::invalid_argument("the handshake decides on " + name);
    if (!is_subprotocol(field)) continue;
    if (std::exchange(chosen, true)) throw std::invalid_argument("two subprotocols were chosen");
    check_subprotocol(offer, value);
  }
}

} // namespace

std::variant<upgrade_offer, response> check_upgrade(const request& from) {
  header_pass pass;
  for (auto header : from.headers())
    pass.see(header);
  auto& found = pass.found;
  if (!found.upgrade_present) return refuse_plain(from.method());
  if (from.method() != "GET") return bad_request("a WebSocket handshake is a GET");
  if (from.version() != "HTTP/1.1") return bad_request("a WebSocket handshake is HTTP/1.1");
  if (!found.upgrade_websocket) return bad_request("the Upgrade header does not name websocket");
  if (!found.connection_upgrade) return bad_request("the Connection header does not name upgrade");
  if (found.repeated != nullptr)
    return bad_request("there is more than one " + std::string(found.repeated) + " header");
  pass.offer.version = version_of(found.version);
  if (found.version.data() == nullptr)
    return bad_request("the Sec-WebSocket-Version header is missing");
  if (pass.offer.version == 0) return version_required();
  if (!is_key(found.key)) return bad_request("Sec-WebSocket-Key is not 16 bytes in base64");
  if (!pass.subprotocols_valid) return bad_request("Sec-WebSocket-Protocol is no list of tokens");
  if (pass.offer.subprotocols.size() > 1 && !are_unique(pass.offer.subprotocols))
    return bad_request("Sec-WebSocket-Protocol names a subprotocol twice");
  if (pass.extensions_present && !is_extension_list(pass.offer.extensions))
    return bad_request("Sec-WebSocket-Extensions is no list of extensions");
  pass.offer.key = found.key;
  const bool is_draft = pass.offer.version != 13;
  const auto own = is_draft ? found.draft_origin : found.origin;
  const auto other = is_draft ? found.origin : found.draft_origin;
  pass.offer.origin = own.data() != nullptr ? own : other;
  return std::move(pass.offer);
}

bool choose_subprotocol(upgrade_offer& offer, std::span<const std::string> supported) {
  for (const auto& each : supported) {
    auto found = std::ranges::find(offer.subprotocols, each);
    if (found == offer.subprotocols.end()) continue;
    offer.subprotocol = *found;
    return true;
  }
  return supported.empty() || offer.subprotocols.empty();
}

std::string accept_key(std::string_view key) {
  if (key.size() != accept_key_size)
    throw std::invalid_argument{"a Sec-WebSocket-Key has 24 characters"};
  std::array<char, accept_size> text;
  write_accept(text.data(), key);
  return {text.data(), text.size()};
}

std::string_view agreed_subprotocol(const upgrade_offer& offer, std::string_view chosen,
                                    std::span<const header_field> extra) {
  const auto own = std::ranges::find_if(extra, is_subprotocol);
  if (own != extra.end()) return own->value;
  return chosen.empty() ? offer.subprotocol : chosen;
}

void append_switching_protocols(std::string& out, const upgrade_offer& offer,
                                std::string_view subprotocol, std::span<const header_field> extra,
                                std::string_view extensions) {
  check_extra(offer, subprotocol, extra);
  static constexpr std::string_view head = "HTTP/1.1 101 Switching Protocols\r\n"
                                           "Connection: Upgrade\r\n"
                                           "Upgrade: websocket\r\n"
                                           "Sec-WebSocket-Accept: ";
  // Most handshakes end here, in one append.
  std::array<char, head.size() + accept_size + 2> fixed;
  std::memcpy(fixed.data(), head.data(), head.size());
  write_accept(fixed.data() + head.size(), offer.key);
  std::memcpy(fixed.data() + head.size() + accept_size, "\r\n", 2);
  out.append(fixed.data(), fixed.size());

  auto append_header = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  const auto agreed = agreed_subprotocol(offer, subprotocol, extra);
  if (!agreed.empty() && std::ranges::none_of(extra, is_subprotocol))
    append_header("Sec-WebSocket-Protocol", agreed);
  if (!extensions.empty()) append_header("Sec-WebSocket-Extensions", extensions);
  for (const auto& [name, value] : extra)
    append_header(name, value);
  out += "\r\n";
}

} // namespace vaquero
