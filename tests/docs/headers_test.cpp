// Holds the manual's list of headers to the repository: a header has a page, or a reason to have none.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

using names = std::set<std::string>;

const fs::path manual{MANUAL};
const fs::path root = manual / "../..";

std::string text_of(const fs::path& file) {
  std::ifstream from{file};
  REQUIRE(from);
  return (std::ostringstream{} << from.rdbuf()).str();
}

/// What the first group matches, wherever the expression does.
names all_in(const std::string& text, const std::regex& what) {
  names found;
  for (std::sregex_iterator each{text.begin(), text.end(), what}, end; each != end; ++each)
    found.insert((*each)[1]);
  return found;
}

/// Each page of the manual's list, with its headers.
std::map<std::string, names> listed_pages() {
  static const std::regex row{R"(\| \[\w+\]\((\w+\.md)\) \|(.*))"};
  static const std::regex header{R"(`([\w/]+\.hpp)`)"};
  std::map<std::string, names> pages;
  std::istringstream lines{text_of(manual / "README.md")};
  std::smatch parts;
  for (std::string line; std::getline(lines, line);)
    if (std::regex_match(line, parts, row)) pages[parts[1]] = all_in(parts[2], header);
  REQUIRE_FALSE(pages.empty());
  return pages;
}

names public_headers() {
  names all;
  for (const auto& [page, headers] : listed_pages())
    all.insert(headers.begin(), headers.end());
  return all;
}

names internal_headers() {
  static const std::regex line{R"((?:^|\n)([\w/]+\.hpp)(?=\n))"};
  return all_in(text_of(root / "tests/docs/internal_headers.txt"), line);
}

/// Those that are installed, but for the folders detail/.
names headers() {
  names all;
  for (const auto* layer : {"runtime", "net", "handlers", "server"})
    for (const auto& entry : fs::recursive_directory_iterator{root / layer}) {
      const auto& path = entry.path();
      if (path.extension() == ".hpp" && path.parent_path().filename() != "detail")
        all.insert(path.lexically_relative(root).generic_string());
    }
  return all;
}

/// Of files, and of all sources and pages in folders.
std::string all_text(const std::vector<std::string>& places) {
  std::string all;
  for (const auto& place : places) {
    if (fs::is_regular_file(root / place)) {
      all += text_of(root / place);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator{root / place})
      if (const auto type = entry.path().extension(); type == ".md" || type == ".cpp")
        all += text_of(entry.path());
  }
  return all;
}

names without(const names& all, const names& those) {
  names rest;
  std::ranges::set_difference(all, those, std::inserter(rest, rest.end()));
  return rest;
}

} // namespace

TEST_CASE("every header has a page in the manual or is internal") {
  CHECK(without(without(headers(), public_headers()), internal_headers()) == names{});
}

TEST_CASE("no header is both in the manual and internal") {
  const auto internal = internal_headers();
  REQUIRE_FALSE(internal.empty());
  CHECK(without(internal, public_headers()) == internal);
}

TEST_CASE("every header of the manual's list, and of the internal ones, is there") {
  CHECK(without(public_headers(), headers()) == names{});
  CHECK(without(internal_headers(), headers()) == names{});
}

TEST_CASE("a header stands on one page, which names it") {
  names seen;
  for (const auto& [page, headers] : listed_pages()) {
    CAPTURE(page);
    const auto text = text_of(manual / page);
    for (const auto& each : headers) {
      CAPTURE(each);
      CHECK(seen.insert(each).second);
      CHECK(text.find('`' + each + '`') != text.npos);
    }
  }
}

TEST_CASE("every page of the manual is in its list") {
  const auto pages = listed_pages();
  for (const auto& entry : fs::directory_iterator{manual}) {
    const auto name = entry.path().filename().string();
    CAPTURE(name);
    CHECK((name == "README.md" || pages.contains(name)));
  }
}

TEST_CASE("what the documentation and the examples include is in the manual's list") {
  static const std::regex in_full{R"re(#include (?:<vaquero/|")(\w+/[\w/]+\.hpp))re"};
  static const std::regex in_short{R"(#include <vaquero/(\w+\.hpp)>)"};
  const auto text = all_text({"README.md", "docs", "examples"});
  const auto full = all_in(text, in_full);
  const auto brief = all_in(text, in_short);
  REQUIRE_FALSE((full.empty() || brief.empty()));
  const auto known = public_headers();
  CHECK(without(full, known) == names{});
  for (const auto& each : brief) {
    CAPTURE(each);
    CHECK(std::ranges::any_of(known, [&](const auto& one) { return one.ends_with('/' + each); }));
  }
}

TEST_CASE("the README, the guide and the examples include what is installed") {
  static const std::regex of_the_repository{R"re(#include "(\w+/[^"]*)")re"};
  CHECK(all_in(all_text({"README.md", "docs/guide", "examples"}), of_the_repository) == names{});
}
