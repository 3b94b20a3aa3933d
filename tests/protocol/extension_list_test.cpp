#include "net/websocket/extension_list.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;

namespace {

/// The list in a form of its own: "a(b,c=d) e()".
std::string read(std::string_view header) {
  const auto list = parse_extensions(header);
  if (!list) return "malformed";
  std::string out;
  for (const auto& each : *list) {
    out.append(out.empty() ? "" : " ").append(each.name) += '(';
    for (const auto& parameter : each.parameters) {
      out.append(out.ends_with('(') ? "" : ",").append(parameter.name);
      if (parameter.value) out.append("=").append(*parameter.value);
    }
    out += ')';
  }
  return out;
}

} // namespace

TEST_CASE("extensions: a list of names with parameters is read", "[extensions]") {
  CHECK(read("") == "");
  CHECK(read("foo") == "foo()");
  CHECK(read("foo; bar; baz=2") == "foo(bar,baz=2)");
  CHECK(read("deflate-stream") == "deflate-stream()"); // RFC 6455 section 9.1
  CHECK(read("mux; max-channels=4; flow-control, deflate-stream") ==
        "mux(max-channels=4,flow-control) deflate-stream()");
  CHECK(read("private-extension") == "private-extension()");
  CHECK(read("foo;bar;bar=1") == "foo(bar,bar=1)"); // twice: for others to judge
}

TEST_CASE("extensions: spaces may stand between all parts, and elements may be empty",
          "[extensions]") {
  CHECK(read("  foo ;\tbar = 2 ,  baz\t") == "foo(bar=2) baz()");
  CHECK(read(",foo,, bar,") == "foo() bar()");
  CHECK(read(" , ") == "");
}

TEST_CASE("extensions: a quoted value is the token inside", "[extensions]") {
  CHECK(read(R"(foo; bits="10")") == "foo(bits=10)");
  CHECK(read(R"(foo; bits="1\0"; more)") == "foo(bits=10,more)");
  for (auto bad : {R"(foo; x="")", R"(foo; x="a b")", R"(foo; x="a,b")", R"(foo; x="a)",
                   R"(foo; x="a\)", R"(foo; x="a" b)", R"(foo; "x"=a)"})
    CHECK(read(bad) == "malformed");
}

TEST_CASE("extensions: what breaks the grammar is told", "[extensions]") {
  for (auto bad : {";", "foo;", "foo; ;bar", "foo bar", "foo; a=", "foo; =a", "foo=1", "foo; a b",
                   "foo; a=b c", "foo/bar", "f\x01", "\xC3\xA9", "foo;;", "foo; a==b"})
    CHECK(read(bad) == "malformed");
}
