#include "server/config_keys.hpp"

#include "net/websocket/close_code.hpp"
#include "runtime/scheduler.hpp"

namespace vaquero {

namespace {

constexpr bounds any_count{0, 1'000'000'000};
constexpr bounds bytes_32{1, 0x7FFFFFFF};
constexpr bounds bytes_64{1, 1ULL << 40};
constexpr bounds percents{0, 100};

/// Leads from a route to one of its options.
template <class Member>
auto option(Member member) {
  return [member](auto& route) -> auto& { return std::invoke(member, route.options); };
}
template <class Member>
auto deflate(Member member) {
  return [member](auto& route) -> auto& { return std::invoke(member, route.options.deflate); };
}
template <class Member>
auto http(Member member) {
  return [member](auto& server) -> auto& { return std::invoke(member, server.http); };
}
template <class Member>
auto limit(Member member) {
  return [member](auto& server) -> auto& { return std::invoke(member, server.http.limits); };
}
template <class Member>
auto topics(Member member) {
  return [member](auto& server) -> auto& { return std::invoke(member, server.topics); };
}
template <class Member>
auto place(Member member) {
  return [member](auto& route) -> auto& { return std::invoke(member, route.at); };
}

} // namespace

const config_table<server_options>& server_keys() {
  using s = server_options;
  static const config_table<s> keys{
      number_key<s>("loops", &s::loops, {0, loops_max},
                    "threads that carry connections; 0: one a core"),
      number_key<s>("workers", &s::workers, {0, workers_max},
                    "threads that run processes without a connection; 0: one a core"),
      number_key<s>("blocking_threads_max", &s::blocking_threads_max, {1, 10'000},
                    "callbacks of blocking handlers that run at the same time"),
      duration_key<s>("stall_threshold", &s::stall_threshold,
                      "a callback that blocks its loop for so long is reported"),
      duration_key<s>("shutdown_timeout", &s::shutdown_timeout,
                      "how long connections and callbacks have to end"),
  };
  return keys;
}

namespace {

config_table<server_options> http_limit_keys() {
  using s = server_options;
  using h = http_options;
  using l = http_limits;
  return {
      number_key<s>("connections_max", &s::connections_max, any_count,
                    "sockets at the same time; 0: what the descriptor limit allows"),
      number_key<s>(
          "buffer_bytes_max", &s::buffer_bytes_max, bytes_64,
          "bytes of unfinished messages and requests and of waiting output, of all connections"),
      duration_key<s>("request_timeout", http(&h::request_timeout),
                      "until a request's head is there; then a 408"),
      duration_key<s>("body_timeout", http(&h::body_timeout),
                      "from then until its body is there; then a 408"),
      duration_key<s>("answer_timeout", http(&h::answer_timeout),
                      "for a page that answers later; then a 503"),
      duration_key<s>("send_timeout", http(&h::send_timeout),
                      "how long a client may take nothing of a page or file"),
      duration_key<s>("close_timeout", http(&h::close_timeout),
                      "how long a client has to close after the last page"),
      number_key<s>("requests_max", http(&h::requests_max), {1, 0xFFFFFFFF},
                    "requests on one socket, one after the other"),
      number_key<s>("max_request_line", limit(&l::max_request_line), bytes_32, "bytes; then a 414"),
      number_key<s>("max_header_bytes", limit(&l::max_header_bytes), bytes_32,
                    "bytes of all headers and the request line; then a 431"),
      number_key<s>("max_headers", limit(&l::max_headers), any_count, "then a 431"),
      number_key<s>("max_header_value", limit(&l::max_header_value), bytes_32, "bytes; then a 431"),
      number_key<s>("max_empty_lines", limit(&l::max_empty_lines), any_count,
                    "before a request; then a 400"),
      number_key<s>("max_body", limit(&l::max_body), {0, 0x7FFFFFFF}, "bytes; then a 413"),
  };
}

config_table<server_options> topic_limit_keys() {
  using s = server_options;
  using t = topic_options;
  return {
      number_key<s>("topics.name_bytes_max", topics(&t::name_bytes_max), {1, 65'535},
                    "bytes of a topic's name; then a 400"),
      number_key<s>("topics.levels_max", topics(&t::levels_max), {1, 1'000},
                    "levels of a topic's name; then a 400"),
      number_key<s>("topics.key_bytes_max", topics(&t::key_bytes_max), {0, 65'535},
                    "bytes of a key; then a 400"),
      number_key<s>("topics.subscriptions_max", topics(&t::subscriptions_max), {1, any_count.most},
                    "topics that one process may be subscribed to"),
      number_key<s>("topics.retained_max", topics(&t::retained_max), any_count,
                    "last values kept, of all topics; then a 503"),
      number_key<s>("topics.retained_bytes_max", topics(&t::retained_bytes_max), {0, bytes_64.most},
                    "bytes of them; then a 503"),
      number_key<s>("topics.waiting_bytes_max", topics(&t::waiting_bytes_max), bytes_64,
                    "bytes of publications that wait for a loop; then a 503"),
  };
}

} // namespace

const config_table<server_options>& limit_keys() {
  static const auto keys = [] {
    auto all = http_limit_keys();
    const auto topics = topic_limit_keys();
    all.insert(all.end(), topics.begin(), topics.end());
    return all;
  }();
  return keys;
}

const config_table<log_options>& log_keys() {
  using l = log_options;
  static const config_table<l> keys{
      choice_key<l, decltype(&l::level), log_level>("level", &l::level,
                                                    {{"debug", log_level::debug},
                                                     {"info", log_level::info},
                                                     {"warning", log_level::warning},
                                                     {"error", log_level::error},
                                                     {"off", log_level::off}},
                                                    "what is less is not logged"),
      choice_key<l, decltype(&l::format), log_format>(
          "format", &l::format, {{"text", log_format::text}, {"json", log_format::json}},
          "of a line, which is an event"),
      text_key<l>("file", &l::file, "appended to, and opened again at SIGHUP; empty: stderr"),
  };
  return keys;
}

const config_table<publish_config>& publish_keys() {
  using p = publish_config;
  static const config_table<p> keys{
      text_key<p>(
          "token_file", &p::token_file,
          "its line is the token that a POST to a topic takes; empty: none, and such a POST "
          "comes from this machine"),
  };
  return keys;
}

const config_table<status_config>& status_keys() {
  using c = status_config;
  static const config_table<c> keys{
      text_key<c>("path", &c::path,
                  "below it lie /connections and /topics, for programs on this machine; empty: "
                  "nowhere"),
  };
  return keys;
}

const config_table<listen_address>& listener_keys() {
  using l = listen_address;
  static const config_table<l> keys{
      text_key<l>("listen", &l::address, "IP:PORT; port 0: the system picks one"),
      number_key<l>("backlog", &l::backlog, {1, 65'535},
                    "connections that the kernel keeps until they are accepted"),
  };
  return keys;
}

const config_table<route_config>& route_keys() {
  using r = route_config;
  static const config_table<r> keys{
      text_key<r>("host", place(&route_at::host), "a pattern; \"_\" is any host, and comes last"),
      text_key<r>("path", place(&route_at::path), "a pattern, such as \"/room/:id[/[...]]\""),
      text_key<r>("handler", &r::handler, "a registered name"),
      texts_key<r>("subprotocols", place(&route_at::subprotocols),
                   "the first that the client offers is agreed on"),
  };
  return keys;
}

namespace {

using o = websocket_options;
using d = deflate_options;
using route_option_table = config_table<route_config>;

config_key<route_config> queue_close_code_key() {
  auto key = number_key<route_config>("queue_close_code", option(&o::queue_close_code),
                                      {1000, 4999}, "of the close frame, where the policy closes");
  key.read = [read = key.read](route_config& into, const config_value& value) {
    read(into, value);
    if (!is_valid_close_code(into.options.queue_close_code))
      throw value_error{std::to_string(into.options.queue_close_code) +
                        " may not be sent; one of 1000-1003, 1007-1014, 3000-4999"};
  };
  return key;
}

route_option_table lifetime_keys() {
  using r = route_config;
  return {
      duration_key<r>("idle_timeout", option(&o::idle_timeout),
                      "the connection ends when nothing was received for so long"),
      duration_key<r>("ping_interval", option(&o::ping_interval),
                      "a ping after each such time in which nothing was received"),
      duration_key<r>("max_lifetime", option(&o::max_lifetime),
                      "so long after its handshake the connection is closed"),
      number_key<r>("lifetime_spread_percent", option(&o::lifetime_spread_percent), percents,
                    "of max_lifetime: it is less by a random part of this"),
      number_key<r>("max_frame_size", option(&o::max_frame_size), bytes_64,
                    "bytes of a message; a larger one ends the connection"),
      flag_key<r>("validate_utf8", option(&o::validate_utf8),
                  "texts and close reasons must be UTF-8"),
      duration_key<r>("send_timeout", option(&o::send_timeout),
                      "how long a client may take nothing; then it is reset"),
      duration_key<r>("close_timeout", option(&o::close_timeout),
                      "how long a client has to close after our last byte"),
      texts_key<r>("origins", place(&route_at::origins),
                   "pages that may connect: \"self\", \"https://*.example.org\", \"null\", \"*\""),
  };
}

route_option_table queue_keys() {
  using r = route_config;
  const std::vector<std::pair<std::string, queue_policy>> policies{
      {"close", queue_policy::close},
      {"drop_newest", queue_policy::drop_newest},
      {"drop_oldest", queue_policy::drop_oldest},
      {"keep_latest", queue_policy::keep_latest}};
  return {
      number_key<r>("queue_bytes_max", option(&o::queue_bytes_max), bytes_64,
                    "bytes that may wait for a client that does not keep up"),
      number_key<r>("queue_frames_max", option(&o::queue_frames_max), {1, any_count.most},
                    "frames that may wait for it"),
      choice_key<r>("queue_policy", option(&o::queue_policy), policies,
                    "what happens to a frame that finds the queue full"),
      queue_close_code_key(),
      number_key<r>("queue_high_percent", option(&o::queue_high_percent), percents,
                    "of either bound: over it the handler is told, once"),
      number_key<r>("queue_low_percent", option(&o::queue_low_percent), percents,
                    "then it is told when both are down to this, at most queue_high_percent"),
      number_key<r>("unsent_bytes_max", option(&o::unsent_bytes_max), {0, bytes_32.most},
                    "bytes that the kernel takes before it sends; 0: the system's setting"),
  };
}

route_option_table deflate_keys() {
  using r = route_config;
  const std::vector<std::pair<std::string, deflate_strategy>> strategies{
      {"standard", deflate_strategy::standard},
      {"filtered", deflate_strategy::filtered},
      {"huffman_only", deflate_strategy::huffman_only},
      {"rle", deflate_strategy::rle}};
  return {
      flag_key<r>("compress", option(&o::compress),
                  "messages are compressed with a client that offers it"),
      number_key<r>("compress_min_size", option(&o::compress_min_size), {0, bytes_64.most},
                    "bytes; a shorter message is sent as it is"),
      number_key<r>("deflate.level", deflate(&d::level), {0, 9}, "9: the smallest result"),
      number_key<r>("deflate.mem_level", deflate(&d::mem_level), {1, 9},
                    "a compressor takes 2^(mem_level + 9) bytes besides its window"),
      choice_key<r>("deflate.strategy", deflate(&d::strategy), strategies, "zlib's"),
      flag_key<r>("deflate.server_context_takeover", deflate(&d::server_context_takeover),
                  "our messages may refer to earlier ones; a compressor for each connection, with "
                  "queue_policy \"close\" only"),
      flag_key<r>("deflate.client_context_takeover", deflate(&d::client_context_takeover),
                  "the client's may; a decompressor for each connection"),
      number_key<r>("deflate.server_max_window_bits", deflate(&d::server_max_window_bits), {8, 15},
                    "how far our messages refer back, 2^bits bytes"),
      number_key<r>("deflate.client_max_window_bits", deflate(&d::client_max_window_bits), {8, 15},
                    "how far the client's do, if it can be told"),
  };
}

} // namespace

const config_table<route_config>& route_option_keys() {
  static const auto keys = [] {
    auto all = lifetime_keys();
    for (const auto& part : {queue_keys(), deflate_keys()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return keys;
}

const config_table<folder_config>& folder_keys() {
  using f = folder_config;
  static const config_table<f> keys{
      text_key<f>("host", &f::host, "a pattern; \"_\" is any host"),
      text_key<f>("path", &f::path, "the files lie below it"),
      text_key<f>("folder", &f::folder, "whose files are served, and nothing outside of it"),
  };
  return keys;
}

} // namespace vaquero
