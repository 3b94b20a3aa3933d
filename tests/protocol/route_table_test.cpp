// Routes as cowboy's guide to routing has them, each of its rows, and what its code does besides.
#include "net/http/route_table.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace vaquero;

namespace {

using kind = route_result::kind;
using names = std::vector<std::string>;

/// What a table with this route alone makes of a host and a path.
route_result find(const std::string& host_pattern, const std::string& path_pattern,
                  std::string_view host, std::string_view path,
                  const std::vector<bound_constraint>& constraints = {}) {
  route_table table;
  table.add(host_pattern, path_pattern, constraints);
  return table.find(host, path);
}

bool host_matches(const std::string& pattern, std::string_view host) {
  return find(pattern, "_", host, "/").is == kind::found;
}
bool path_matches(const std::string& pattern, std::string_view path) {
  return find("_", pattern, "any", path).is == kind::found;
}
route_bindings bound(const std::string& pattern, std::string_view path) {
  return find("_", pattern, "any", path).bindings;
}

std::string refusal(const std::string& host, const std::string& path,
                    const std::vector<bound_constraint>& constraints = {}) {
  try {
    route_table{}.add(host, path, constraints);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no refusal";
}

} // namespace

TEST_CASE(
    "route: a path is compared segment by segment, and a slash at its end counts for nothing") {
  for (const char* pattern : {"/path/to/resource", "/path/to/resource/"})
    for (const char* path : {"/path/to/resource", "/path/to/resource/"})
      CHECK(path_matches(pattern, path));
  CHECK(path_matches("/", "/"));
  for (const char* path : {"/path/to", "/path/to/resource/more", "/path/to/Resource", "/"})
    CHECK_FALSE(path_matches("/path/to/resource", path));
  CHECK_FALSE(path_matches("/", "//"));
}

TEST_CASE("route: a host is compared in any case, and a dot at either end counts for nothing") {
  for (const char* pattern : {"cowboy.example.org", "cowboy.example.org.", ".cowboy.example.org"})
    for (const char* host : {"cowboy.example.org", "Cowboy.Example.ORG.", ".cowboy.example.org"})
      CHECK(host_matches(pattern, host));
  CHECK(host_matches("Cowboy.Example.org", "cowboy.example.org"));
  for (const char* host : {"example.org", "a.cowboy.example.org", "cowboy.example.com", ""})
    CHECK_FALSE(host_matches("cowboy.example.org", host));
}

TEST_CASE("route: bindings take a segment each, of the host and of the path") {
  const auto found = find(":subdomain.example.org", "/hats/:name/prices", "test.example.org",
                          "/hats/wild_cowboy_legendary/prices");
  CHECK(found.is == kind::found);
  CHECK(found.bindings == route_bindings{{"subdomain", "test"}, {"name", "wild_cowboy_legendary"}});
  CHECK_FALSE(path_matches("/hats/:name/prices", "/hats/prices"));
  CHECK(bound("/hats/:name", "/hats//") == route_bindings{{"name", ""}});
}

TEST_CASE("route: \":_\" takes any segment and binds nothing") {
  CHECK(host_matches("ninenines.:_", "ninenines.eu"));
  CHECK_FALSE(host_matches("ninenines.:_", "ninenines"));
  CHECK(bound("/:_/:_/:x", "/a/b/c") == route_bindings{{"x", "c"}});
}

TEST_CASE("route: what stands in brackets may be missing") {
  CHECK(bound("/hats/[page/:number]", "/hats").empty());
  CHECK(bound("/hats/[page/:number]", "/hats/page/7") == route_bindings{{"number", "7"}});
  CHECK_FALSE(path_matches("/hats/[page/:number]", "/hats/page"));
  CHECK(host_matches("[www.]ninenines.eu", "ninenines.eu"));
  CHECK(host_matches("[www.]ninenines.eu", "www.ninenines.eu"));
  CHECK_FALSE(host_matches("[www.]ninenines.eu", "wwwninenines.eu"));
}

TEST_CASE("route: optional parts may be nested, and stand beside another") {
  const std::string nested = "/hats/[page/[:number]]";
  CHECK(path_matches(nested, "/hats"));
  CHECK(path_matches(nested, "/hats/page"));
  CHECK(bound(nested, "/hats/page/7") == route_bindings{{"number", "7"}});
  CHECK_FALSE(path_matches(nested, "/hats/7"));
  for (const char* path : {"/a", "/a/b", "/a/c", "/a/b/c"})
    CHECK(path_matches("/a[/b][/c]", path));
  CHECK_FALSE(path_matches("/a[/b][/c]", "/a/c/b"));
  CHECK(bound("/[:a/]end", "/x/end") == route_bindings{{"a", "x"}});
  CHECK(path_matches("/[:a/]end", "/end"));
}

TEST_CASE("route: the form with the optional part is tried first") {
  CHECK(bound("/[:a]/[:b]", "/x") == route_bindings{{"a", "x"}});
}

TEST_CASE("route: \"[...]\" takes the rest of a path, and the front of a host") {
  auto found = find("[...]ninenines.eu", "/hats/[...]", "a.b.ninenines.eu", "/hats/x/y/");
  CHECK(found.host_info == names{"a", "b"});
  CHECK(found.path_info == names{"x", "y"});
  found = find("[...]ninenines.eu", "/hats/[...]", "ninenines.eu", "/hats");
  CHECK(found.host_info == names{});
  CHECK(found.path_info == names{});
  found = find("ninenines.eu", "/hats", "ninenines.eu", "/hats");
  CHECK_FALSE(found.host_info);
  CHECK_FALSE(found.path_info);
  CHECK(host_matches("[...].ninenines.eu", "a.ninenines.eu"));
  CHECK(path_matches("/a[/b/[...]]", "/a/b/c/d"));
  CHECK_FALSE(path_matches("/a[/b/[...]]", "/a/c"));
}

TEST_CASE("route: a name that stands twice is bound to equal values only") {
  CHECK(bound("/hats/:name/:name", "/hats/x/x") == route_bindings{{"name", "x"}});
  CHECK_FALSE(path_matches("/hats/:name/:name", "/hats/x/y"));
  CHECK(path_matches("/hats/:name/[:name]", "/hats/x"));
  CHECK(path_matches("/hats/:name/[:name]", "/hats/x/x"));
  CHECK_FALSE(path_matches("/hats/:name/[:name]", "/hats/x/y"));
  CHECK(find(":user.github.com", "/:user/[...]", "joe.github.com", "/joe/x").is == kind::found);
  CHECK(find(":user.github.com", "/:user/[...]", "joe.github.com", "/ann/x").is == kind::not_found);
}

TEST_CASE("route: \"_\" is any host or any path, and \"*\" the path of OPTIONS *") {
  for (const char* host : {"example.org", "", "[::1]"})
    CHECK(host_matches("_", host));
  for (const char* path : {"/", "/a/b", "//", "*"})
    CHECK(path_matches("_", path));
  CHECK(path_matches("*", "*"));
  CHECK_FALSE(path_matches("*", "/"));
  CHECK_FALSE(path_matches("/[...]", "*"));
}

TEST_CASE("route: segments are decoded each for itself, and dots resolved behind that") {
  CHECK(bound("/:a/b", "/x%2Fy/b") == route_bindings{{"a", "x/y"}});
  CHECK(bound("/:a", "/%252F") == route_bindings{{"a", "%2F"}});
  CHECK(path_matches("/caf\xC3\xA9/b", "/caf%c3%a9/%62"));
  CHECK(path_matches("/a/c", "/a/./b/../c"));
  CHECK(path_matches("/a/c", "/a/%2e/b/%2E./c"));
  CHECK(find("_", "/a/[...]", "h", "/a/b/%2e%2E/%2e%2e/a/..%2fc").path_info == names{"../c"});
  CHECK(path_matches("/a", "/../../a"));
}

TEST_CASE("route: the first host that matches is the only one whose paths are tried") {
  route_table table;
  CHECK(table.add("a.example.org", "/one") == 0);
  CHECK(table.add("[...]example.org", "/two") == 1);
  CHECK(table.add("a.example.org", "/three") == 2); // belongs to the first one
  CHECK(table.find("a.example.org", "/one").route == 0);
  CHECK(table.find("a.example.org", "/three").route == 2);
  CHECK(table.find("b.example.org", "/two").route == 1);
  CHECK(table.find("a.example.org", "/two").is == kind::not_found);
  CHECK(table.find("b.example.org", "/one").is == kind::not_found);
  CHECK(table.find("example.com", "/one").is == kind::bad_request);
  CHECK(table.find("", "/one").is == kind::bad_request);
}

TEST_CASE("route: of a host's paths the first that matches is taken") {
  route_table table;
  table.add("_", "/a/:x");
  table.add("_", "/a/b");
  table.add("_", "_");
  CHECK(table.find("h", "/a/b").route == 0);
  CHECK(table.find("h", "/c").route == 2);
  CHECK(table.find("h", "/c").bindings.empty());
}

TEST_CASE("route: what has no path is a bad request") {
  CHECK(find("_", "/", "h", "").is == kind::bad_request);
  CHECK(find("_", "/", "h", "a").is == kind::bad_request);
}

TEST_CASE("route: a constraint that fails leads to the next route") {
  route_table table;
  table.add("_", "/user/:id", {{"id", constraint::integer()}});
  table.add("_", "/user/:id", {{"id", constraint::nonempty()}});
  CHECK(table.find("h", "/user/7").route == 0);
  CHECK(table.find("h", "/user/joe").route == 1);
  CHECK(table.find("h", "/user/joe").bindings == route_bindings{{"id", "joe"}});
  CHECK(table.find("h", "/user//").is == kind::not_found);
}

TEST_CASE("route: a host's constraint that fails leads to the next host") {
  route_table table;
  table.add(":n.example.org", "/a", {{"n", constraint::integer()}});
  table.add(":n.example.org", "/b");
  CHECK(table.find("1.example.org", "/a").route == 0);
  CHECK(table.find("1.example.org", "/b").is == kind::not_found);
  CHECK(table.find("x.example.org", "/b").route == 1);
}

TEST_CASE("route: the constraint int takes whole numbers of 64 bits, and shortens them") {
  const std::vector<bound_constraint> is_int{{"n", constraint::integer()}};
  const auto number = [&](const std::string& text) {
    auto found = find("_", "/:n", "h", "/" + text, is_int);
    return found.is == kind::found ? found.bindings.at(0).second : "none";
  };
  CHECK(number("0") == "0");
  CHECK(number("-1") == "-1");
  CHECK(number("+007") == "7");
  CHECK(number("9223372036854775807") == "9223372036854775807");
  CHECK(number("-9223372036854775808") == "-9223372036854775808");
  for (const char* text : {"9223372036854775808", "1.5", "x", "1x", "+-1", "0x10", "%20"})
    CHECK(number(text) == "none");
}

TEST_CASE("route: constraints run in order, and each gets what the one before made of the value") {
  const constraint twice{"twice", [](std::string_view text) {
                           return std::optional{std::string{text} + std::string{text}};
                         }};
  const auto found =
      find("_", "/:n", "h", "/01", {{"n", twice}, {"n", constraint::integer()}, {"n", twice}});
  CHECK(found.bindings == route_bindings{{"n", "101101"}});
}

TEST_CASE("route: a constraint is not asked about an optional part that is missing") {
  CHECK(find("_", "/a[/:n]", "h", "/a", {{"n", constraint::integer()}}).is == kind::found);
}

TEST_CASE("route: a wrong pattern is refused with what is wrong and where") {
  const auto path = [](const std::string& text) { return refusal("_", text); };
  using Catch::Contains;
  CHECK_THAT(path(""), Contains("at character 1, it is empty"));
  CHECK_THAT(path("a"), Contains("\"a\"") && Contains("does not begin with \"/\""));
  CHECK_THAT(path("/a[/b"), Contains("at character 3, this \"[\" is not closed"));
  CHECK_THAT(path("/[a[/b]"), Contains("at character 2, this \"[\" is not closed"));
  CHECK_THAT(path("/a]"), Contains("at character 3, there is no \"[\""));
  CHECK_THAT(path("/a[b]"), Contains("at character 3, an optional part begins inside"));
  CHECK_THAT(path("/[a]b"), Contains("at character 5, an optional part ends inside"));
  CHECK_THAT(path("/[]"), Contains("at character 2, the optional part is empty"));
  CHECK_THAT(path("/a/:"), Contains("at character 4, the name behind \":\" is missing"));
  CHECK_THAT(path("/:a.json"), Contains("at character 2, a name holds letters"));
  CHECK_THAT(path("/[...]/b"), Contains("at character 2, \"[...]\" stands at the end"));
  CHECK_THAT(path("/a[...]"), Contains("at character 3, \"[...]\" begins inside a segment"));
  CHECK_THAT(path(std::string(17, '/') + std::string(17, '[')), Contains("nested too deep"));
  CHECK_THAT(refusal("", "/"), Contains("the host \"\""));
  CHECK_THAT(refusal("a.[...]b", "/"), Contains("stands at the beginning of a host only"));
}

TEST_CASE("route: a path is bound by the first form that takes it, also one without bindings") {
  CHECK(bound("/a[/:c][/b]", "/a/b") == route_bindings{{"c", "b"}});
  CHECK(bound("/a[/b][/:c]", "/a/b").empty());
}

TEST_CASE("route: optional parts make 64 forms at most") {
  std::string path;
  for (char c = 'a'; c < 'g'; ++c)
    path += std::string{"[/"} + c + "]";
  CHECK(refusal("_", "/x" + path) == "no refusal");
  CHECK_THAT(refusal("_", "/x" + path + "[/g]"), Catch::Contains("more than 64 forms"));
}

TEST_CASE("route: a constraint on a name that nothing binds is refused") {
  CHECK_THAT(refusal("_", "/:a", {{"b", constraint::integer()}}),
             Catch::Contains("\"b\"") && Catch::Contains("binds"));
}

TEST_CASE("route: a host that no request gets to is refused") {
  route_table table;
  table.add("_", "/a");
  table.add("_", "/b");
  CHECK_THROWS_WITH(table.add("example.org", "/a"), Catch::Contains("\"_\" before it"));
}
