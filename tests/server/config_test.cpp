// The configuration file: each key with its bounds, and how what is wrong is refused.
#include "handlers/echo.hpp"
#include "net/http/request_parser.hpp"
#include "server/config.hpp"
#include "server/config_keys.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace vaquero;
using namespace std::chrono_literals;

namespace {

const handler_registry handlers{handler<echo>("echo")};
const std::string a_route = "[[route]]\npath = \"/echo\"\nhandler = \"echo\"\n";

config_result read(const std::string& text) { return read_config(text, "f.toml", handlers); }

config right(const std::string& text) {
  auto result = read(text);
  REQUIRE(result.faults == std::vector<std::string>{});
  return std::move(result.value);
}

/// The only fault of a text.
std::string fault(const std::string& text) {
  const auto result = read(text);
  CAPTURE(result.faults);
  REQUIRE(result.faults.size() == 1);
  return result.faults[0];
}

/// A route with this line among its options.
std::string with_option(const std::string& line) { return a_route + "[route.options]\n" + line; }

template <class Options>
std::set<std::string> names_of(const config_table<Options>& keys) {
  std::set<std::string> names;
  for (const auto& key : keys)
    CHECK(names.insert(key.name).second);
  return names;
}

} // namespace

namespace {

constexpr auto full_file = R"(
[server]
loops = 2
workers = 1024
shutdown_timeout = "1m"
[limits]
connections_max = 10
buffer_bytes_max = 1
request_timeout = "1500ms"
body_timeout = "2s"
max_body = 0
[log]
level = "error"
format = "json"
file = "/dev/null"
[[listener]]
listen = "127.0.0.1:0"
backlog = 5
[[listener]]
listen = "[::1]:0"
[[route]]
host = "[www.]example.org"
path = "/room/:id"
handler = "echo"
subprotocols = ["a", "b"]
constraints = { id = "int" }
[route.options]
idle_timeout = "infinity"
max_frame_size = 1_000
validate_utf8 = false
origins = ["self", "https://*.example.org"]
[[static]]
path = "/files"
folder = "/"
)";

} // namespace

TEST_CASE("config: each section of a file is read") {
  const auto read = right(full_file);
  CHECK(read.server.loops == 2);
  CHECK(read.server.workers == 1024);
  CHECK(read.server.shutdown_timeout == 1min);
  CHECK(read.server.connections_max == 10);
  CHECK(read.server.buffer_bytes_max == 1);
  CHECK(read.server.http.request_timeout == 1500ms);
  CHECK(read.server.http.body_timeout == 2s);
  CHECK(read.server.http.limits.max_body == 0);
  CHECK(read.log.level == log_level::error);
  CHECK(read.log.format == log_format::json);
  CHECK(read.log.file == "/dev/null");
  REQUIRE(read.server.listen.size() == 2);
  CHECK(read.server.listen[0].backlog == 5);
  CHECK(read.server.listen[1].address == "[::1]:0");
  CHECK(read.server.listen[1].backlog == listen_backlog);
  REQUIRE(read.routes.size() == 1);
  const auto& route = read.routes[0];
  CHECK(route.at.host == "[www.]example.org");
  CHECK(route.at.subprotocols == std::vector<std::string>{"a", "b"});
  CHECK(route.at.constraints.at(0).must == constraint::integer());
  CHECK(route.at.origins.at(1) == "https://*.example.org");
  CHECK(route.options.idle_timeout == infinity);
  CHECK(route.options.max_frame_size == 1'000);
  CHECK_FALSE(route.options.validate_utf8);
  CHECK(read.folders.at(0).folder == "/");
}

TEST_CASE("config: what is not said has the code's defaults, and so has what --defaults prints") {
  const auto printed = right(default_config(handlers));
  CHECK(fixed_part(printed) == fixed_part({}));
  CHECK(printed.routes.at(0).options == websocket_options{});
  CHECK(printed.routes[0].at.origins == route_at{}.origins);
  CHECK(printed.log.level == log_options{}.level);
  CHECK(fixed_part(right(a_route)) == fixed_part({}));
}

TEST_CASE("config: --defaults prints every key once, with what it means") {
  const auto text = default_config(handlers);
  const auto check = [&](const auto& keys) {
    for (const auto& key : keys) {
      CAPTURE(key.name);
      CHECK(text.find("# " + key.doc + "\n") != text.npos);
      CHECK(text.find(key.name + " = ") != text.npos);
    }
    return names_of(keys);
  };
  check(server_keys());
  check(limit_keys());
  check(log_keys());
  check(publish_keys());
  check(status_keys());
  check(listener_keys());
  check(route_keys());
  check(route_option_keys());
  check(folder_keys());
}

TEST_CASE("config: a wrong value is refused with its line and what is allowed") {
  using Catch::Contains;
  CHECK(fault("[server]\nloops = 256\n" + a_route) ==
        "f.toml:2: loops: 256 is not allowed; a number from 0 to 255");
  CHECK_THAT(fault("[server]\nworkers = 1025\n" + a_route), Contains("from 0 to 1024"));
  CHECK_THAT(fault("[limits]\nbuffer_bytes_max = 0\n" + a_route), Contains("0 is not allowed"));
  CHECK_THAT(fault("[server]\nloops = \"2\"\n" + a_route),
             Contains("f.toml:2: loops: this is a text"));
  CHECK_THAT(fault("[server]\nloops = -1\n" + a_route), Contains("-1 is not allowed"));
  CHECK_THAT(fault(with_option("idle_timeout = 5\n")),
             Contains("f.toml:5: idle_timeout") && Contains("\"60s\""));
  for (const char* time : {"5", "s", "-1s", "1.5s", "5 s", "5S", "1y", "8761h", ""})
    CHECK_THAT(fault(with_option("idle_timeout = \"" + std::string{time} + "\"\n")),
               Contains("is no time"));
  CHECK(right(with_option("idle_timeout = \"8760h\"\n")).routes[0].options.idle_timeout == 8760h);
  CHECK_THAT(fault(with_option("max_frame_size = 0\n")), Contains("0 is not allowed"));
  CHECK_THAT(fault(with_option("validate_utf8 = 1\n")), Contains("true or false"));
  CHECK_THAT(fault(with_option("origins = \"*\"\n")), Contains("a list of texts"));
  CHECK_THAT(fault(with_option("origins = [\"http://a/b\"]\n")), Contains("is no origin"));
  CHECK_THAT(fault("[log]\nlevel = \"loud\"\n" + a_route),
             Contains("f.toml:2: level: \"loud\" is none of \"debug\", \"info\""));
  CHECK_THAT(fault("[[listener]]\nlisten = \"example.org:80\"\n" + a_route),
             Contains("f.toml:2: ") && Contains("127.0.0.1:8080"));
  CHECK_THAT(fault("[[listener]]\nlisten = \"127.0.0.1:0\"\nbacklog = 0\n" + a_route),
             Contains("f.toml:3: backlog"));
}

TEST_CASE("config: a route's queue, lifetime and compression are told as the code is") {
  const auto options = right(with_option(R"(
queue_policy = "keep_latest"
queue_frames_max = 1
queue_close_code = 4999
queue_high_percent = 100
queue_low_percent = 100
ping_interval = "20s"
max_lifetime = "1h"
compress = true
deflate.level = 9
deflate.strategy = "rle"
deflate.client_context_takeover = true
deflate.server_max_window_bits = 8
)"))
                           .routes.at(0)
                           .options;
  const websocket_options meant{.queue_frames_max = 1,
                                .queue_policy = queue_policy::keep_latest,
                                .queue_close_code = 4999,
                                .queue_high_percent = 100,
                                .queue_low_percent = 100,
                                .ping_interval = 20s,
                                .max_lifetime = 1h,
                                .compress = true,
                                .deflate = {.level = 9,
                                            .strategy = deflate_strategy::rle,
                                            .client_context_takeover = true,
                                            .server_max_window_bits = 8}};
  CHECK(options == meant);
  const auto below = right(a_route + "[route.options.deflate]\nlevel = 0\n").routes.at(0).options;
  CHECK(below.deflate == deflate_options{.level = 0});
}

TEST_CASE("config: a route's queue, lifetime and compression have bounds") {
  using Catch::Contains;
  CHECK(fault(with_option("queue_policy = \"drop\"\n")) ==
        "f.toml:5: queue_policy: \"drop\" is none of \"close\", \"drop_newest\", "
        "\"drop_oldest\", \"keep_latest\"");
  CHECK(fault(with_option("deflate.level = 10\n")) ==
        "f.toml:5: deflate.level: 10 is not allowed; a number from 0 to 9");
  CHECK_THAT(fault(with_option("deflate.mem_level = 0\n")), Contains("a number from 1 to 9"));
  CHECK_THAT(fault(with_option("deflate.client_max_window_bits = 7\n")), Contains("from 8 to 15"));
  CHECK_THAT(fault(with_option("deflate.levl = 1\n")),
             Contains("f.toml:5: \"deflate.levl\" is no key") && Contains("deflate.level"));
  CHECK(fault(with_option("queue_close_code = 1005\n")) ==
        "f.toml:5: queue_close_code: 1005 may not be sent; one of 1000-1003, 1007-1014, 3000-4999");
  CHECK_THAT(fault(with_option("queue_close_code = 5000\n")), Contains("from 1000 to 4999"));
  CHECK_THAT(fault(with_option("lifetime_spread_percent = 101\n")), Contains("from 0 to 100"));
  CHECK(fault(with_option("queue_high_percent = 24\n")) ==
        "f.toml:4: queue_low_percent is at most queue_high_percent, that at most 100");
}

TEST_CASE("config: an unknown key is refused with those there are") {
  using Catch::Contains;
  CHECK_THAT(fault(with_option("idle_timeot = \"5s\"\n")),
             Contains("f.toml:5: \"idle_timeot\" is no key of [route.options]; there are "
                      "idle_timeout, "));
  CHECK_THAT(fault("[sever]\n" + a_route),
             Contains("\"sever\" is no key of the file") &&
                 Contains("listener, log, publish, route, server, static, status"));
  CHECK_THAT(fault("[log]\nlevel.x = 1\n" + a_route), Contains("f.toml:2: "));
}

TEST_CASE("config: a route is refused that has no path, handler or pattern") {
  using Catch::Contains;
  CHECK_THAT(fault("\n[[route]]\npath = \"/a\"\n"), Contains(":2: the key \"handler\""));
  CHECK_THAT(fault("[[route]]\nhandler = \"echo\"\n"), Contains(":1: the key \"path\""));
  CHECK(fault("[[route]]\npath = \"/a\"\nhandler = \"no\"\n") ==
        "f.toml:3: \"no\" is no registered handler; there are \"echo\"");
  CHECK_THAT(fault("[[route]]\nhandler = \"echo\"\npath = \"/a[\"\n"),
             Contains("f.toml:3: the path \"/a[\" is no pattern: at character 3"));
  CHECK_THAT(fault(a_route + "constraints = { id = \"even\" }\n"),
             Contains("f.toml:4: \"even\" is no constraint"));
  CHECK_THAT(fault(a_route + "[[route]]\nhost = \"a\"\npath = \"/\"\nhandler = \"echo\"\n"),
             Contains("f.toml:6: no request gets to the host \"a\""));
  CHECK_THAT(fault("[route]\npath = \"/a\"\n"), Contains("it is written [[route]]"));
  CHECK_THAT(fault("[[static]]\npath = \"/\"\nfolder = \"/no/where\"\n"),
             Contains("f.toml:2: the folder \"/no/where\" cannot be served"));
}

TEST_CASE("config: routes and folders count in the order of their lines") {
  using Catch::Contains;
  const std::string folder = "[[static]]\nhost = \"a\"\npath = \"/\"\nfolder = \"/\"\n";
  CHECK(right(folder + a_route).folders.size() == 1);
  CHECK_THAT(fault(a_route + folder), Contains("f.toml:6: no request gets to the host \"a\""));
  const auto is_file = [](const std::string& text) { // what lies at /echo
    const auto routes = read(text).routes;
    request_parser parser;
    constexpr std::string_view asked = "GET /echo HTTP/1.1\r\nHost: b\r\n\r\n";
    auto bytes = std::as_bytes(std::span{asked});
    REQUIRE(parser.feed(bytes).is == parse_result::state::complete);
    auto wanted = parser.take();
    return std::holds_alternative<static_files>(*routes.find(wanted).to);
  };
  const std::string all = "[[static]]\npath = \"/\"\nfolder = \"/\"\n";
  CHECK_FALSE(is_file(a_route + all));
  CHECK(is_file(all + a_route));
}

TEST_CASE("config: [status] is for any host, behind others and before its paths") {
  using Catch::Contains;
  const std::string status = "[status]\npath = \"/ops\"\n";
  const std::string one_host = "[[route]]\nhost = \"a\"\npath = \"/[...]\"\nhandler = \"echo\"\n";
  CHECK(right(status + one_host + a_route).status.path == "/ops");
  CHECK(right(status + one_host).routes.size() == 1);
  CHECK_THAT(fault("[status]\npath = \"/ops[\"\n" + a_route), Contains("f.toml:2: the path"));
  CHECK_THAT(fault(status), Contains("there is nothing to serve"));
  CHECK_THAT(fault("[status]\npaht = \"/ops\"\n" + a_route), Contains("there are path"));
}

TEST_CASE("config: a path that leads to no topic is refused with one that does") {
  const auto faults = [](const std::string& path) {
    return read_config("[[route]]\npath = \"" + path + "\"\nhandler = \"topic\"\n", "f.toml",
                       {serve_topics()})
        .faults;
  };
  CHECK(faults("/topic/[...]").empty());
  CHECK(faults("/topic[/[...]]").empty());
  CHECK(faults("/topic") == std::vector<std::string>{
                                "f.toml:2: \"/topic\" has no \"[...]\" for what \"topic\" is asked "
                                "for; such as \"/topic/[...]\""});
}

TEST_CASE("config: messages that refer to earlier ones are for a queue that drops none") {
  using Catch::Contains;
  const std::string takeover = "deflate.server_context_takeover = true\n";
  CHECK(right(with_option(takeover)).routes[0].options.deflate.server_context_takeover);
  for (const char* policy : {"drop_newest", "drop_oldest", "keep_latest"})
    CHECK_THAT(fault(with_option(takeover + "queue_policy = \"" + policy + "\"\n")),
               Contains("f.toml:4: deflate.server_context_takeover takes queue_policy \"close\""));
}

TEST_CASE("config: all that is wrong is told, in the order of the file") {
  const auto faults = read("[log]\nlevel = 1\n[server]\nloops = 999\n" + a_route).faults;
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].starts_with("f.toml:2: "));
  CHECK(faults[1].starts_with("f.toml:4: "));
}

TEST_CASE("config: a token's file is for handlers that can be published to, and holds a token") {
  const std::string lines = "[publish]\ntoken_file = \"/no/such/file\"\n";
  CHECK(fault(lines + a_route) == "f.toml:2: no registered handler can be published to");
  const auto route = "[[route]]\npath = \"/t/[...]\"\nhandler = \"topic\"\n";
  const auto faults = read_config(lines + route, "f.toml", {serve_topics()}).faults;
  REQUIRE(faults.size() == 1);
  CHECK(faults[0] ==
        "f.toml:2: the token file \"/no/such/file\" cannot be read: No such file or directory");
  CHECK(read_config(route, "f.toml", {serve_topics()}).value.publish_token.empty());
}

TEST_CASE("config: what is no TOML, too long, too deep or empty is refused") {
  using Catch::Contains;
  CHECK_THAT(fault(a_route + "x = \n"), Contains("f.toml:4: this is no TOML"));
  CHECK_THAT(fault(a_route + "'\xF2'\xF2li"),
             Contains("f.toml:4: this is no TOML: it is not UTF-8"));
  CHECK_THAT(fault(a_route + "x = " + std::string(100'000, '[')),
             Contains("nested deeper than 32"));
  CHECK_THAT(fault("#" + std::string(1 << 20, 'x')), Contains("longer than 1048576 bytes"));
  CHECK_THAT(fault(""), Contains("there is nothing to serve"));
}

TEST_CASE("config: a file that cannot be read is refused with its name") {
  const auto faults = load_config("/no/such/file", handlers).faults;
  REQUIRE(faults.size() == 1);
  CHECK(faults[0] == "/no/such/file: it cannot be read: No such file or directory");
  CHECK(load_config("/", handlers).faults ==
        std::vector<std::string>{"/: it cannot be read: Is a directory"});
  CHECK(load_config("/dev/null", handlers).faults ==
        std::vector<std::string>{
            "/dev/null:1: there is nothing to serve; a [[route]] or a [[static]]"});
  CHECK(load_config("/dev/zero", handlers).faults ==
        std::vector<std::string>{"/dev/zero:1: the file is longer than 1048576 bytes"});
}

TEST_CASE("config: fixed_part tells listeners and limits apart, and no routes") {
  auto other = config{};
  other.routes.push_back({});
  CHECK(fixed_part(other) == fixed_part({}));
  other.server.listen.emplace_back("127.0.0.1:1");
  CHECK(fixed_part(other) != fixed_part({}));
}
