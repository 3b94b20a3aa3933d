#include "runtime/type_name.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

using vaquero::type_name;

namespace chat {
struct note {};
template <class... Ts>
struct box {};
} // namespace chat

TEST_CASE("type names are readable and qualified", "[type_name]") {
  CHECK(type_name<int>() == "int");
  CHECK(type_name<chat::note>() == "chat::note");
  CHECK(type_name<const chat::note&>() == "chat::note");
  CHECK(type_name<chat::box<chat::box<chat::note>, int>>() ==
        "chat::box<chat::box<chat::note>, int>");
}

TEST_CASE("type names leave out what the standard library fills in", "[type_name]") {
  CHECK(type_name<std::string>() == "std::string");
  CHECK(type_name<std::vector<std::string>>() == "std::vector<std::string>");
  CHECK(type_name<std::map<std::string, std::vector<chat::note>>>() ==
        "std::map<std::string, std::vector<chat::note>>");
  CHECK(type_name<std::set<int>>() == "std::set<int>");
  CHECK(type_name<std::unordered_map<int, chat::box<>>>() ==
        "std::unordered_map<int, chat::box<>>");
}
