// One HTTP request, as a value: a single flat storage and the places of its parts in it. Every view
// that it hands out lives as long as the request, and survives the request's being moved. Moving one is
// as cheap as moving a pointer. It is not synchronised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vaquero {

namespace detail {

class head_reader;

/// Where a header's name and value lie in a request's storage.
struct header_place {
  std::uint32_t name = 0;
  std::uint32_t name_size = 0;
  std::uint32_t value = 0;
  std::uint32_t value_size = 0;
};

struct request_place {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

} // namespace detail

/// The address that the peer's connection comes from, set by the server.
struct peer_address {
  std::string ip;
  std::uint16_t port = 0;

  bool operator==(const peer_address&) const = default;
};

namespace detail {

struct request_places {
  request_place method;
  request_place target;
  request_place authority;
  request_place raw_path;
  request_place path;
  request_place query;
  request_place version;
  std::uint32_t body = 0;
  bool keep_alive = false;
};

/// What a request is made of. A thread's later requests use its memory again.
struct request_parts : request_places {
  std::string storage; // the head as received, the decoded path if it differs, the body
  std::vector<header_place> headers;
  std::vector<std::pair<std::string, std::string>> bindings;
  std::vector<std::string> path_info;
  std::vector<std::string> host_info;
  std::string subprotocol;
  peer_address peer;
  request_parts* next_spare = nullptr;

  void clear() noexcept;
  static void free_spare(request_parts* spare) noexcept { delete spare; }
};

} // namespace detail

/// A header as it was received: the name in the client's spelling, the value without white space
/// around it.
struct header_view {
  std::string_view name;
  std::string_view value;

  bool operator==(const header_view&) const = default;
};

/// All headers of a request, in order: `for (auto [name, value] : request.headers())`.
class header_range {
 public:
  class iterator {
   public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag; // it returns values, not references
    using value_type = header_view;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = header_view;

    iterator() = default;
    iterator(const char* storage, const detail::header_place* place)
        : storage_(storage), place_(place) {}

    header_view operator*() const {
      return {{storage_ + place_->name, place_->name_size},
              {storage_ + place_->value, place_->value_size}};
    }
    iterator& operator++() { return ++place_, *this; }
    iterator operator++(int) { return std::exchange(*this, {storage_, place_ + 1}); }
    bool operator==(const iterator& other) const { return place_ == other.place_; }

   private:
    const char* storage_ = nullptr;
    const detail::header_place* place_ = nullptr;
  };

  header_range(const char* storage, std::span<const detail::header_place> places)
      : storage_(storage), places_(places) {}

  iterator begin() const { return {storage_, places_.data()}; }
  iterator end() const { return {storage_, places_.data() + places_.size()}; }
  std::size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }

 private:
  const char* storage_;
  std::span<const detail::header_place> places_;
};

/// A request that request_parser has read. A default-constructed one is empty.
class request {
 public:
  request() = default;
  request(const request& other) { *this = other; }
  request& operator=(const request& other);
  request(request&&) noexcept = default; // leaves an empty one
  request& operator=(request&&) noexcept = default;

  /// "GET": as sent, methods are case-sensitive.
  std::string_view method() const { return part(&detail::request_places::method); }

  /// "/chat%20room?name=joe": as sent.
  std::string_view target() const { return part(&detail::request_places::target); }

  /// The target's path, for routing: percent-decoded, but for "%2F", which stays as it is, so that
  /// the segments are those that the client sent. "." and ".." segments are not resolved. "*" for
  /// OPTIONS *, empty for CONNECT.
  std::string_view path() const { return part(&detail::request_places::path); }

  /// The target's path as sent; "/" when an absolute target has none. Split it at '/' and use
  /// percent_decode() (url.hpp) on each segment to tell "%2F" from "%252F".
  std::string_view raw_path() const { return part(&detail::request_places::raw_path); }

  /// What follows the '?', as sent; empty when there is none.
  std::string_view query() const { return part(&detail::request_places::query); }

  /// The first value of that name in the query, decoded ('+' is a space); "" if the name stands
  /// there without a '='.
  std::optional<std::string> query_value(std::string_view name) const;

  /// "HTTP/1.1" or "HTTP/1.0".
  std::string_view version() const { return part(&detail::request_places::version); }

  /// The host that is asked for, without its port: from an absolute target, else from the Host
  /// header; may be empty.
  std::string_view host() const;

  /// The same with its port, if one stands there.
  std::string_view authority() const;

  /// The first header of that name, in any case.
  std::optional<std::string_view> header(std::string_view name) const;

  /// All headers, in order.
  header_range headers() const { return {parts().storage.data(), parts().headers}; }

  /// The first cookie of that name, in this case, from all Cookie headers; its value as sent,
  /// quotes included. A cookie without a '=' is a value without a name, found by cookie("").
  std::optional<std::string_view> cookie(std::string_view name) const;

  /// The content, after chunked coding has been removed. A chunked body's trailers are dropped.
  std::string_view body() const { return std::string_view(parts().storage).substr(parts().body); }

  /// Whether the client wants the connection kept after the response (RFC 9112 section 9.3).
  bool keep_alive() const { return parts().keep_alive; }

  /// What the router bound to a `:name` of the route's host or path, decoded, and converted by the
  /// route's constraints.
  std::optional<std::string_view> binding(std::string_view name) const;

  /// The segments, decoded, that "[...]" of the route's path stands for; the labels that it stands for
  /// in the route's host. Empty if there is no such part.
  const std::vector<std::string>& path_info() const { return parts().path_info; }
  const std::vector<std::string>& host_info() const { return parts().host_info; }

  /// For the router: binds a value to a name, instead of an earlier one.
  void set_binding(std::string name, std::string value);
  void set_path_info(std::vector<std::string> segments) { own().path_info = std::move(segments); }
  void set_host_info(std::vector<std::string> labels) { own().host_info = std::move(labels); }

  /// The subprotocol that the route chose among the offered ones; `init` may choose another. Empty:
  /// none.
  std::string_view subprotocol() const { return parts().subprotocol; }
  /// For the server.
  void set_subprotocol(std::string name) { own().subprotocol = std::move(name); }

  const peer_address& peer() const { return parts().peer; }

  /// Of heap, for what was received.
  std::size_t held_bytes() const { return parts_ ? parts_->storage.capacity() : 0; }

  /// For the server.
  void set_peer(peer_address peer) { own().peer = std::move(peer); }

 private:
  friend class request_parser;
  friend class detail::head_reader;

  struct give_back {
    void operator()(detail::request_parts* parts) const noexcept;
  };

  static const detail::request_parts& nothing() noexcept;
  const detail::request_parts& parts() const noexcept { return parts_ ? *parts_ : nothing(); }
  std::string_view part(detail::request_place detail::request_places::*which) const {
    const auto place = parts().*which;
    return {parts().storage.data() + place.begin, place.size};
  }
  /// To be written to.
  detail::request_parts& own() {
    if (!parts_) take_parts();
    return *parts_;
  }
  void take_parts();

  std::unique_ptr<detail::request_parts, give_back> parts_; // null: empty
};

} // namespace vaquero
