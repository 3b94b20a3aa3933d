// Files of a folder: their types, ranges and conditions, and that there is no way out of the folder.
#include "net/http/byte_ranges.hpp"
#include "net/http/content_type.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace vaquero;
using namespace vaquero::testing;
namespace fs = std::filesystem;

namespace {

/// root/public is served; root/secret must not be.
class file_tree {
 public:
  file_tree() {
    std::string name = fs::temp_directory_path() / "vaquero_filesXXXXXX";
    root_ = mkdtemp(name.data());
    fs::create_directories(root_ / "public/sub");
    fs::create_directories(root_ / "public/linked");
    fs::create_symlink("../a.txt", root_ / "public/linked/index.html");
    write("secret", "secret");
    write("public/a.txt", "0123456789");
    write("public/empty", "");
    write("public/sub/index.html", "<p>sub</p>");
    write("public/big.bin", std::string(3'000'000, 'b'));
    write("public/with space & more.css", "p {}");
    fs::create_symlink("a.txt", root_ / "public/inside");
    fs::create_symlink("../secret", root_ / "public/outside");
    fs::create_symlink(root_ / "secret", root_ / "public/absolute");
    fs::create_directory_symlink("..", root_ / "public/up");
    mkfifo((root_ / "public/pipe").c_str(), 0600);
  }
  ~file_tree() { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream{root_ / name, std::ios::binary} << content;
  }
  fs::path root() const { return root_; }

 private:
  fs::path root_;
};

struct answer {
  int status = 0;
  std::string head;
  std::string body;

  std::string header(const std::string& name) const {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == head.npos) return {};
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find('\r', begin) - begin);
  }
};

/// Serves the tree's `public` at /files, and asks it on one socket.
class file_server {
 public:
  file_server() {
    server_.route_files("/files", tree.root() / "public");
    server_.start();
    client_.emplace(server_.port());
  }

  answer get(std::string_view path, std::string_view headers = {}, const char* method = "GET") {
    client_->send(std::string{method} + " " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" +
                  std::string{headers} + "\r\n");
    auto head = client_->read_head();
    auto body = std::string_view{method} == "HEAD" ? "" : client_->read_body(head);
    return {std::stoi(head.substr(9, 3)), std::move(head), std::move(body)};
  }

  file_tree tree;

 private:
  test_server server_;
  std::optional<raw_client> client_;
};

} // namespace

TEST_CASE("file: it is sent whole, with its type, size and age, and HEAD sends none of it") {
  file_server server;
  for (const char* method : {"GET", "HEAD"}) {
    const auto got = server.get("/files/a.txt", {}, method);
    CHECK(got.status == 200);
    CHECK(got.header("Content-Type") == "text/plain; charset=utf-8");
    CHECK(got.header("Content-Length") == "10");
    CHECK(got.header("X-Content-Type-Options") == "nosniff");
    CHECK(got.header("Last-Modified").ends_with(" GMT"));
    CHECK(got.body == (std::string_view{method} == "GET" ? "0123456789" : ""));
  }
  CHECK(server.get("/files/empty").body.empty());
  CHECK(server.get("/files/with%20space%20&%20more.css").body == "p {}");
  CHECK(server.get("/files/big.bin").body == std::string(3'000'000, 'b'));
  CHECK(server.get("/files/a.txt", {}, "DELETE").status == 405);
}

TEST_CASE("file: a folder is its index, and without the slash a redirect that names no host") {
  file_server server;
  CHECK(server.get("/files/sub/").body == "<p>sub</p>");
  CHECK(server.get("/files/linked/").body == "0123456789"); // a link within the tree
  CHECK(server.get("/files/linked/index.html").body == "0123456789");
  const auto got = server.get("/files/sub");
  CHECK(got.status == 301);
  CHECK(got.header("Location") == "./sub/");
  CHECK(server.get("/files/sub?a=1&b=%20").header("Location") == "./sub/?a=1&b=%20");
  CHECK(server.get("//evil.org/..//files/sub").status != 200);
  CHECK(server.get("/files/").status == 404); // no index there
}

TEST_CASE("file: there is no way out of the folder") {
  file_server server;
  for (const char* path :
       {"/files/../secret", "/files/%2e%2e/secret", "/files/sub/../../secret", "/files/..%2fsecret",
        "/files/%2e%2e%2fsecret", "/files//etc/passwd", "/files/%2fetc%2fpasswd", "/files/outside",
        "/files/absolute", "/files/up/secret", "/files/pipe", "/files/a.txt/", "/files/a.txt/b",
        "/files/nothing", "/files/%5c..%5csecret"}) {
    CAPTURE(path);
    const auto got = server.get(path);
    CHECK(got.status == (std::string_view{path} == "/files/a.txt/" ? 200 : 404));
    CHECK(got.body.find("secret") == got.body.npos);
  }
  CHECK(server.get("/files/inside").body == "0123456789");
}

TEST_CASE("file: ranges are sent as asked for, and those beyond the end refused with its size") {
  file_server server;
  const auto range = [&](const std::string& text) {
    return server.get("/files/a.txt", "Range: " + text + "\r\n");
  };
  for (auto [text, body, said] : {std::tuple{"bytes=0-0", "0", "bytes 0-0/10"},
                                  {"bytes=3-5", "345", "bytes 3-5/10"},
                                  {"bytes=8-", "89", "bytes 8-9/10"},
                                  {"bytes=-2", "89", "bytes 8-9/10"},
                                  {"bytes=9-99", "9", "bytes 9-9/10"},
                                  {"Bytes=-99", "0123456789", "bytes 0-9/10"}}) {
    const auto got = range(text);
    CAPTURE(text);
    CHECK(got.status == 206);
    CHECK(got.body == body);
    CHECK(got.header("Content-Range") == said);
  }
  for (const char* text : {"bytes=10-", "bytes=10-11", "bytes=-0", "bytes=10-,-0"}) {
    const auto got = range(text);
    CHECK(got.status == 416);
    CHECK(got.header("Content-Range") == "bytes */10");
    CHECK(got.body.empty());
  }
  for (const char* text : {"bytes=5-3", "bytes=a-b", "bytes=", "lines=1-2", "bytes=-"})
    CHECK(range(text).body == "0123456789");
}

TEST_CASE("file: several ranges are the parts of one body, in the order asked for") {
  file_server server;
  const auto got = server.get("/files/a.txt", "Range: bytes=8-,0-1,99-,4-4\r\n");
  CHECK(got.status == 206);
  CHECK(got.header("Content-Range").empty());
  const auto type = got.header("Content-Type");
  constexpr std::string_view multipart = "multipart/byteranges; boundary=";
  REQUIRE(type.starts_with(multipart));
  const auto boundary = type.substr(multipart.size());
  CHECK(boundary.size() == 32);
  const auto part = [&](const std::string& range, const std::string& bytes) {
    return "--" + boundary +
           "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes " + range +
           "/10\r\n\r\n" + bytes + "\r\n";
  };
  CHECK(got.body ==
        part("8-9", "89") + part("0-1", "01") + part("4-4", "4") + "--" + boundary + "--\r\n");
  // Nobody can know the boundary before, and hide it in the file.
  CHECK(server.get("/files/a.txt", "Range: bytes=0-0,2-2\r\n").header("Content-Type") != type);
}

TEST_CASE("file: of several ranges that come to one, that one is sent as it is") {
  file_server server;
  for (const char* text : {"bytes=0-1,2-4", "bytes=0-3,2-4", "bytes=0-4,10-", "bytes=3-4,0-2"}) {
    const auto got = server.get("/files/a.txt", "Range: " + std::string{text} + "\r\n");
    CHECK(got.status == 206);
    CHECK(got.header("Content-Range") == "bytes 0-4/10");
    CHECK(got.header("Content-Type") == "text/plain; charset=utf-8");
    CHECK(got.body == "01234");
  }
}

TEST_CASE("file: parts of more than a socket holds arrive whole, and the next request is read") {
  file_server server;
  server.tree.write("public/parts.bin",
                    std::string(2'000'000, 'x') + "-" + std::string(2'000'000, 'y'));
  const auto got = server.get("/files/parts.bin", "Range: bytes=0-1999999,2000001-3999999,-1\r\n");
  CHECK(got.status == 206);
  CHECK(got.body.find("\r\n\r\n" + std::string(2'000'000, 'x') + "\r\n--") != got.body.npos);
  CHECK(got.body.find("\r\n\r\n" + std::string(2'000'000, 'y') + "\r\n--") != got.body.npos);
  CHECK(server.get("/files/a.txt").body == "0123456789");
}

TEST_CASE("file: ranges_max ranges are sent as parts, and for one more the whole file") {
  file_server server;
  const std::string content(1'000, 'x');
  server.tree.write("public/x.bin", content);
  const auto ask = [&](std::size_t count) {
    std::string text = "bytes=0-0";
    for (std::size_t i = 1; i < count; ++i)
      text += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
    return server.get("/files/x.bin", "Range: " + text + "\r\n");
  };
  CHECK(ask(ranges_max).status == 206);
  const auto got = ask(ranges_max + 1);
  CHECK(got.status == 200);
  CHECK(got.body == content);
}

TEST_CASE("file: a HEAD has no ranges, and a stranger's If-Range asks for the whole file") {
  file_server server;
  const std::string ranges = "Range: bytes=0-0,5-5\r\n";
  const auto head = server.get("/files/a.txt", ranges, "HEAD");
  CHECK(head.status == 200);
  CHECK(head.header("Content-Length") == "10");
  const auto etag = head.header("ETag");
  CHECK(server.get("/files/a.txt", ranges + "If-Range: " + etag + "\r\n").status == 206);
  const auto whole = server.get("/files/a.txt", ranges + "If-Range: \"other\"\r\n");
  CHECK(whole.status == 200);
  CHECK(whole.body == "0123456789");
}

TEST_CASE("file: a range is sent only of the content that the client knows") {
  file_server server;
  const auto etag = server.get("/files/a.txt").header("ETag");
  const auto date = server.get("/files/a.txt").header("Last-Modified");
  const auto with = [&](const std::string& condition) {
    return server.get("/files/a.txt", "Range: bytes=0-0\r\nIf-Range: " + condition + "\r\n").status;
  };
  CHECK(with(etag) == 206);
  CHECK(with(date) == 206);
  CHECK(with("\"other\"") == 200);
  CHECK(with("W/" + etag) == 200);
  CHECK(with("Sun, 06 Nov 1994 08:49:37 GMT") == 200);
}

TEST_CASE("file: what the client has already is a 304 without a body") {
  file_server server;
  const auto first = server.get("/files/a.txt");
  const auto etag = first.header("ETag");
  const auto status = [&](const std::string& headers) {
    return server.get("/files/a.txt", headers).status;
  };
  CHECK(status("If-None-Match: " + etag + "\r\n") == 304);
  CHECK(status("If-None-Match: \"x\", W/" + etag + "\r\n") == 304);
  CHECK(status("If-None-Match: *\r\n") == 304);
  CHECK(status("If-None-Match: \"x\"\r\n") == 200);
  CHECK(status("If-Modified-Since: " + first.header("Last-Modified") + "\r\n") == 304);
  CHECK(status("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n") == 200);
  CHECK(status("If-Modified-Since: yesterday\r\n") == 200);
  CHECK(status("If-None-Match: \"x\"\r\nIf-Modified-Since: " + first.header("Last-Modified") +
               "\r\n") == 200);
  server.tree.write("public/a.txt", "another content");
  CHECK(status("If-None-Match: " + etag + "\r\n") == 200);
}

TEST_CASE("file: a date is one of the three forms of RFC 9110") {
  using namespace std::chrono_literals;
  const auto time = std::chrono::sys_days{1994y / 11 / 6} + 8h + 49min + 37s;
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == time);
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == time);
  CHECK(parse_http_date("Sun Nov  6 08:49:37 1994") == time);
  CHECK(parse_http_date("Wed Nov 16 08:49:37 1994") == time + std::chrono::days{10});
  for (const char* none :
       {"", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37",
        "Sun Nov  6 08:49:37 1994 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "})
    CHECK_FALSE(parse_http_date(none));
}

TEST_CASE("file: a year of two digits is at most 50 years from now") {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const auto now = std::chrono::year_month_day{today}.year();
  for (const auto& [written, meant] :
       {std::pair{now, now},
        {now + std::chrono::years{50}, now + std::chrono::years{50}},
        {now + std::chrono::years{51}, now - std::chrono::years{49}}}) {
    const auto digits = std::to_string(static_cast<int>(written) % 100 + 100).substr(1);
    const auto read = parse_http_date("Sunday, 01-Mar-" + digits + " 00:00:00 GMT");
    REQUIRE(read);
    CHECK(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(*read)}.year() ==
          meant);
  }
}

TEST_CASE("file: a client that means another content gets a 412 and none of it") {
  file_server server;
  const auto first = server.get("/files/a.txt");
  const auto etag = first.header("ETag");
  const auto modified = first.header("Last-Modified");
  const auto status = [&](const std::string& headers) {
    return server.get("/files/a.txt", headers).status;
  };
  CHECK(status("If-Match: " + etag + "\r\n") == 200);
  CHECK(status("If-Match: \"x\", " + etag + "\r\n") == 200);
  CHECK(status("If-Match: \"x\"\r\nIf-Match: " + etag + "\r\n") == 200); // one list in two lines
  CHECK(status("If-Match: *\r\n") == 200);
  CHECK(status("If-Match: \"x\"\r\n") == 412);
  CHECK(status("If-Match: W/" + etag + "\r\n") == 412);
  CHECK(status("If-Unmodified-Since: " + modified + "\r\n") == 200);
  CHECK(status("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n") == 412);
  CHECK(status("If-Unmodified-Since: yesterday\r\n") == 200);
  // The order of RFC 9110 section 13.2.2.
  CHECK(status("If-Match: " + etag +
               "\r\nIf-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n") == 200);
  CHECK(status("If-Match: \"x\"\r\nIf-None-Match: " + etag + "\r\n") == 412);
  CHECK(status("If-Match: " + etag + "\r\nIf-None-Match: " + etag + "\r\n") == 304);
  const auto refused = server.get("/files/a.txt", "If-Match: \"x\"\r\nRange: bytes=0-0\r\n");
  CHECK(refused.status == 412);
  CHECK(refused.body.empty());
}

TEST_CASE("file: a folder that is not there is refused when the route is added") {
  router routes;
  CHECK_THROWS_WITH(routes.add_files({.path = "/x"}, "/nowhere/at/all"),
                    Catch::Contains("\"/nowhere/at/all\"") && Catch::Contains("No such file"));
}

TEST_CASE("file: names tell types in any case, and what is not known is bytes") {
  CHECK(content_type_of("a.HTML") == "text/html; charset=utf-8");
  CHECK(content_type_of("a.b.js") == "text/javascript; charset=utf-8");
  for (const char* name : {"a", "a.", "a.exe", "html", ""})
    CHECK(content_type_of(name) == "application/octet-stream");
}
