#include "tests/support/websocket_client.hpp"

#include "tests/support/bounded_socket.hpp"
#include "tests/support/event_queue.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <deque>

namespace vaquero::testing {

namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

// Beast has string types of its own.
template <class String>
std::string text_of(const String& from) {
  return {from.data(), from.size()};
}

const char* word(websocket::frame_type kind) {
  return kind == websocket::frame_type::ping ? "ping " : "pong ";
}

} // namespace

struct websocket_client::parts {
  websocket::stream<bounded_socket> stream;
  response answer;
  std::deque<std::string> controls; // told before the message behind them

  std::string close_frame() const {
    const auto& reason = stream.reason();
    if (reason.code == websocket::close_code::none) return "close";
    std::string said = "close " + std::to_string(reason.code);
    if (!reason.reason.empty()) said += " " + text_of(reason.reason);
    return said;
  }
};

websocket_client::websocket_client(std::uint16_t port, std::string_view target,
                                   const std::vector<header_field>& headers)
    : parts_(std::make_unique<parts>(websocket::stream<bounded_socket>{bounded_socket{port}},
                                     response{}, std::deque<std::string>{})) {
  auto& stream = parts_->stream;
  stream.read_message_max(0);
  stream.auto_fragment(false);
  stream.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
    for (const auto& [name, value] : headers)
      request.insert(name, value);
  }));
  stream.control_callback([parts = parts_.get()](websocket::frame_type kind, auto payload) {
    if (kind != websocket::frame_type::close)
      parts->controls.push_back(word(kind) + text_of(payload));
  });
  websocket::response_type answer;
  error_code error;
  stream.handshake(answer, "127.0.0.1", std::string{target}, error);
  if (error && error != websocket::error::upgrade_declined)
    throw boost::system::system_error{error, "handshake"};
  parts_->answer.status = answer.result_int();
  for (const auto& field : answer)
    parts_->answer.headers.push_back({text_of(field.name_string()), text_of(field.value())});
  parts_->answer.body = answer.body();
}

websocket_client::~websocket_client() = default;
websocket_client::websocket_client(websocket_client&&) noexcept = default;

const response& websocket_client::answer() const { return parts_->answer; }

std::string websocket_client::answer_header(std::string_view name) const {
  for (const auto& field : parts_->answer.headers)
    if (boost::beast::iequals(field.name, std::string{name})) return field.value;
  return {};
}

void websocket_client::text(std::string_view data) {
  parts_->stream.text(true);
  parts_->stream.write(boost::asio::buffer(data));
}

void websocket_client::binary(std::string_view data) {
  parts_->stream.binary(true);
  parts_->stream.write(boost::asio::buffer(data));
}

void websocket_client::ping(std::string_view data) {
  parts_->stream.ping(websocket::ping_data{data.data(), data.size()});
}

void websocket_client::pong(std::string_view data) {
  parts_->stream.pong(websocket::ping_data{data.data(), data.size()});
}

std::string websocket_client::next() {
  auto& waiting = parts_->controls;
  if (waiting.empty()) {
    boost::beast::flat_buffer data;
    error_code error;
    parts_->stream.read(data, error);
    if (error == boost::asio::error::timed_out)
      throw boost::system::system_error{error, "nothing came"};
    if (error == websocket::error::closed)
      waiting.push_back(parts_->close_frame());
    else if (error)
      waiting.push_back("lost");
    else
      waiting.push_back((parts_->stream.got_text() ? "text " : "binary ") +
                        boost::beast::buffers_to_string(data.data()));
  }
  auto said = waiting.front();
  waiting.pop_front();
  return said;
}

std::string websocket_client::close(std::uint16_t code, std::string_view reason) {
  websocket::close_reason why;
  why.code = code;
  why.reason = websocket::reason_string{reason.data(), reason.size()};
  error_code error;
  parts_->stream.close(why, error);
  return error ? "lost" : parts_->close_frame();
}

void websocket_client::leave() { parts_->stream.next_layer().close(); }

void websocket_client::reset() { parts_->stream.next_layer().reset(); }

} // namespace vaquero::testing
