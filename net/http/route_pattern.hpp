// A route's host or path as it is written, in cowboy's match syntax, and what it matches. Pure values:
// no I/O, no requests.
//
//     "/chat/:room"           binds a segment             ":_" any segment, bound to nothing
//     "/hats[/page[/:n]]"     what may be missing         "[www.]example.org"
//     "/files/[...]"          whatever follows            "[...]example.org"
//     "_"                     any host, or any path       "*" the path of OPTIONS *
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vaquero {

enum class pattern_kind : std::uint8_t { host, path };

/// Name and value, in the order in which they were bound.
using route_bindings = std::vector<std::pair<std::string, std::string>>;

/// One of the forms that a pattern with optional parts stands for.
class route_form {
 public:
  struct segment {
    enum class kind : std::uint8_t { literal, binding, ignored, rest };
    kind is = kind::literal;
    std::string text = {}; // the literal, or the name

    bool operator==(const segment&) const = default;
  };
  enum class kind : std::uint8_t { segments, any, asterisk };

  explicit route_form(kind is) : is_(is) {}
  /// As they are compared: a host's from its end.
  explicit route_form(std::vector<segment> segments) : segments_(std::move(segments)) {}

  kind is() const { return is_; }
  const std::vector<segment>& segments() const { return segments_; }
  bool binds(std::string_view name) const;
  /// "/a/b" of a path that matches that alone; nothing for others.
  std::optional<std::string> literal_path() const;

  /// Whether these are the segments of a host or path that it matches. Adds to `bound`; a name that is
  /// bound already must be bound to the same. `rest` is what "[...]" stands for. False leaves `bound` with
  /// what had been added.
  bool match(std::span<const std::string_view> parts, route_bindings& bound,
             std::optional<std::span<const std::string_view>>& rest) const;

  bool operator==(const route_form&) const = default;

 private:
  kind is_ = kind::segments;
  std::vector<segment> segments_;
};

/// The forms in the order in which they are tried: what has the optional part first. Throws
/// std::invalid_argument, with what is wrong and where, if the text is no pattern.
std::vector<route_form> parse_route_pattern(pattern_kind kind, std::string_view text);

} // namespace vaquero
