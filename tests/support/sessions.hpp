// Whole streams of a client, from legal to broken: the tests cut them at every byte, and the fuzz
// corpus begins with them.
#pragma once

#include "tests/support/raw_frame.hpp"

#include <string>
#include <vector>

namespace vaquero::testing {

struct session {
  const char* name;
  decode_options options;
  std::string bytes;
};

namespace detail {

inline std::string stream(std::vector<raw_frame> frames) {
  std::string out;
  for (const auto& frame : frames)
    out += frame.bytes();
  return out;
}

/// The same frames as a server sends them.
inline std::string unmasked(std::vector<raw_frame> frames) {
  for (auto& frame : frames)
    frame.masked = false;
  return stream(std::move(frames));
}

inline const std::vector<raw_frame>& chat() {
  static const std::vector<raw_frame> frames{
      {.op = 1, .payload = "hello, this text is longer than two words"},
      {.op = 2, .payload = std::string("\0\xFF binary \x80", 11)},
      {.op = 9, .payload = "are you there"},
      {.op = 1, .payload = ""},
      {.op = 1, .fin = false, .payload = "frag"},
      {.op = 0, .fin = false, .payload = ""},
      {.op = 10, .payload = ""},
      {.op = 9, .payload = std::string(125, 'p')},
      {.op = 0, .payload = "mented"},
      {.op = 2, .payload = std::string(126, 'm')},
      {.op = 2, .fin = false, .payload = std::string(130, 'n')},
      {.op = 0, .payload = std::string(127, 'o')},
      {.op = 8, .payload = "\x03\xE8 good bye"}};
  return frames;
}

inline std::vector<session> legal_sessions() {
  const std::string euro = "\xE2\x82\xAC", smile = "\xF0\x9F\x98\x80";
  const raw_frame begun{.op = 1, .fin = false, .payload = "begun"};
  return {
      {"chat", {}, stream(chat())},
      {"chat_of_a_server", {.from = peer_role::server}, unmasked(chat())},
      {"characters_across_fragments",
       {},
       stream({{.op = 1, .fin = false, .payload = smile.substr(0, 1)},
               {.op = 9},
               {.op = 0, .fin = false, .payload = smile.substr(1, 2)},
               {.op = 0, .payload = smile.substr(3) + euro},
               {.op = 1, .payload = euro + smile + euro}})},
      {"text_is_not_checked",
       {.validate_utf8 = false},
       stream({begun, {.op = 0, .payload = "\xFF"}, {.op = 8, .payload = "\x0F\xA0\xFF"}})},
      {"compressed",
       {.allow_rsv1 = true},
       stream({{.op = 1, .rsv = 4, .payload = "\xFF\xFE"},
               {.op = 1, .fin = false, .rsv = 4, .payload = "\xFF"},
               {.op = 9},
               {.op = 0, .payload = "\xFD"},
               {.op = 1, .payload = "plain"}})},
      {"close_in_a_fragmented_message", {}, stream({begun, {.op = 8}})},
  };
}

inline std::vector<session> broken_sessions() {
  const std::string euro = "\xE2\x82\xAC";
  const raw_frame begun{.op = 1, .fin = false, .payload = "begun"};
  return {
      {"bad_text_inside",
       {},
       stream({{.op = 1, .payload = "fine"}, {.op = 1, .payload = "ascii \xED\xA0\x80 and more"}})},
      {"bad_text_in_second_fragment",
       {},
       stream({begun, {.op = 0, .fin = false, .payload = "\xC0\xAF"}})},
      {"text_ends_inside_a_character",
       {},
       stream({begun, {.op = 0, .payload = euro.substr(0, 2)}})},
      {"compressed_control", {.allow_rsv1 = true}, stream({begun, {.op = 9, .rsv = 4}})},
      {"message_too_big",
       {.max_frame_size = 12},
       stream({begun, {.op = 0, .payload = "7 bytes"}, begun, {.op = 0, .payload = "8 bytes."}})},
      {"frame_too_big",
       {.max_frame_size = 200},
       stream({{.op = 2, .payload = std::string(200, 'x')},
               {.op = 2, .payload = std::string(201, 'x')}})},
      {"new_message_inside", {}, stream({begun, {.op = 2, .payload = "x"}})},
      {"stray_continuation", {}, stream({{.op = 1, .payload = "x"}, {.op = 0, .payload = "y"}})},
      {"reserved_opcode", {}, stream({begun, {.op = 11}})},
      {"not_masked", {}, stream({{.op = 9}, {.op = 1, .masked = false, .payload = "x"}})},
      {"length_not_minimal",
       {},
       stream({{.op = 2, .payload = "x"}, {.op = 2, .payload = "x", .length_form = 126}})},
      {"control_too_long", {}, stream({begun, {.op = 9, .payload = std::string(126, 'x')}})},
      {"close_with_half_a_code", {}, stream({begun, {.op = 8, .payload = "\x03"}})},
      {"close_with_a_bad_code", {}, stream({{.op = 8, .payload = "\x03\xED"}})},
      {"close_with_a_bad_reason", {}, stream({{.op = 8, .payload = "\x03\xE8 \xE2\x82"}})},
  };
}

} // namespace detail

inline std::vector<session> sessions() {
  auto all = detail::legal_sessions();
  for (auto& broken : detail::broken_sessions())
    all.push_back(std::move(broken));
  return all;
}

} // namespace vaquero::testing
