#include "runtime/message_traits.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <unordered_map>

using namespace std::chrono_literals;

namespace chat {

struct note {
  std::string body;
  bool operator==(const note&) const = default;
};

struct tick {
  bool operator==(const tick&) const = default;
};

enum class mood : std::uint8_t { calm, merry };
enum fruit { apple, pear };

struct envelope {
  note inner;
  tick nothing;
  mood feeling{};
  fruit snack{};
  int count = 1;
  double weight = 0;
  bool urgent = false;
  bool operator==(const envelope&) const = default;
};

template <class T>
struct timeout {
  std::uint64_t id = 0;
  T message;
  bool operator==(const timeout&) const = default;
};

struct times {
  std::chrono::milliseconds delay{};
  std::chrono::duration<double> share{};
  std::chrono::system_clock::time_point when;
  bool operator==(const times&) const = default;
};

struct containers {
  std::array<int, 3> fixed{};
  std::vector<note> notes;
  std::vector<bool> bits;
  std::vector<std::uint8_t> bytes;
  std::list<mood> moods;
  std::deque<std::string> words;
  std::set<int> numbers;
  std::map<std::string, note> by_name;
  std::unordered_map<int, std::vector<int>> buckets;
  std::pair<int, std::string> pair;
  std::tuple<int, note, tick> tuple;
  bool operator==(const containers&) const = default;
};

using choice = std::variant<std::monostate, int, note, std::vector<note>>;

struct maybes {
  std::optional<int> number;
  std::optional<note> text;
  choice chosen;
  std::optional<choice> maybe_chosen;
  std::vector<std::optional<int>> numbers;
  std::map<int, std::variant<int, std::string>> values;
  std::variant<std::optional<note>, mood> nested;
  std::optional<std::optional<tick>> twice;
  bool operator==(const maybes&) const = default;
};

struct tree {
  int value = 0;
  std::vector<tree> children;
  bool operator==(const tree&) const = default;
};

struct handles {
  caf::actor actor;
  caf::strong_actor_ptr pointer;
  caf::actor_addr address;
  bool operator==(const handles&) const = default;
};

struct dynamic {
  caf::error reason;
  caf::message content;
};

/// Its own inspect writes the sum alone, and makes a class with private members a message.
class account {
 public:
  account() = default;
  explicit account(int sum) : sum_{sum}, pointer_{&sum_} {}
  bool operator==(const account& other) const { return sum_ == other.sum_; }

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, account& x) {
    return f(caf::meta::type_name("account"), x.sum_);
  }

 private:
  int sum_ = 0;
  int* pointer_ = nullptr;
};

struct half_written {
  int kept = 0;
  int dropped = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, half_written& x) {
  return f(x.kept);
}

struct callback {
  std::shared_ptr<int> shared;
};

} // namespace chat

template <>
inline constexpr bool vaquero::local_only<chat::callback> = true;

namespace {

template <class T>
struct echo_actor : caf::event_based_actor {
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[](const T& x) { return caf::make_message(x); }};
  }
};

struct fixture {
  caf::actor_system_config config;
  caf::actor_system system{config};

  template <class T>
  std::vector<char> bytes_of(T value) {
    std::vector<char> bytes;
    caf::binary_serializer sink{system, bytes};
    REQUIRE(sink(value) == caf::none);
    return bytes;
  }

  template <class T>
  T rebuilt(const T& value) {
    const auto bytes = bytes_of(value);
    caf::binary_deserializer source{system, bytes};
    T copy{};
    REQUIRE(source(copy) == caf::none);
    CHECK(source.remaining() == 0);
    return copy;
  }

  /// Sends the value to an actor that matches exactly its type, and returns what comes back.
  template <class T>
  T echoed(const T& value) {
    auto echo = system.spawn<echo_actor<T>>();
    caf::scoped_actor self{system};
    T answer{};
    self->request(echo, 10s, value)
        .receive([&](const T& x) { answer = x; },
                 [&](const caf::error& err) { FAIL(system.render(err)); });
    return answer;
  }

  template <class T>
  void check(const T& value) {
    STATIC_REQUIRE(vaquero::message<T>);
    STATIC_REQUIRE(vaquero::remote_message<T>);
    vaquero::detail::require_message<T>();
    auto message = caf::make_message(value);
    REQUIRE(message.template match_elements<T>());
    CHECK(message.template get_as<T>(0) == value);
    CHECK(echoed(value) == value);
    CHECK(rebuilt(value) == value);
  }
};

} // namespace

TEST_CASE_METHOD(fixture, "a plain struct is a message", "[message_traits]") {
  check(chat::note{"hello"});
  check(chat::tick{});
  check(chat::envelope{{"nested"}, {}, chat::mood::merry, chat::pear, 7, 0.5, true});
}

TEST_CASE_METHOD(fixture, "an enum is a message", "[message_traits]") {
  check(chat::mood::merry);
  check(chat::pear);
}

TEST_CASE_METHOD(fixture, "an instance of a struct template is a message", "[message_traits]") {
  check(chat::timeout<std::string>{1, "ring"});
  check(chat::timeout<chat::timeout<chat::note>>{1, {2, {"inner"}}});
}

TEST_CASE_METHOD(fixture, "durations and time points travel", "[message_traits]") {
  check(chat::times{1500ms, 0.25s, std::chrono::system_clock::time_point{42s}});
}

TEST_CASE_METHOD(fixture, "standard containers travel with their contents", "[message_traits]") {
  check(chat::containers{});
  check(chat::containers{{1, 2, 3},
                         {{"a"}, {"b"}},
                         {true, false, true},
                         {0, 255},
                         {chat::mood::calm, chat::mood::merry},
                         {"x", "y"},
                         {3, 1, 2},
                         {{"key", {"value"}}},
                         {{1, {2, 3}}, {4, {}}},
                         {5, "pair"},
                         {6, {"tuple"}, {}}});
}

TEST_CASE_METHOD(fixture, "optionals and variants travel, alone and combined", "[message_traits]") {
  check(chat::maybes{});
  check(chat::maybes{1,
                     chat::note{"text"},
                     chat::note{"chosen"},
                     chat::choice{std::vector<chat::note>{{"deep"}}},
                     {1, std::nullopt, 3},
                     {{1, 2}, {3, "four"}},
                     std::optional{chat::note{"nested"}},
                     std::optional{chat::tick{}}});
  check(std::optional{chat::note{"top"}});
  check(chat::choice{5});
  check(std::monostate{});
}

TEST_CASE_METHOD(fixture, "loading overwrites what an optional held before", "[message_traits]") {
  const auto bytes = bytes_of(chat::maybes{});
  caf::binary_deserializer source{system, bytes};
  chat::maybes old;
  old.number = 3;
  old.chosen = 4;
  old.numbers = {5};
  REQUIRE(source(old) == caf::none);
  CHECK(old == chat::maybes{});
}

TEST_CASE_METHOD(fixture, "a struct that holds itself is a message", "[message_traits]") {
  check(chat::tree{1, {{2, {}}, {3, {{4, {}}}}}});
}

TEST_CASE_METHOD(fixture, "actor handles travel", "[message_traits]") {
  caf::scoped_actor self{system};
  auto actor = caf::actor_cast<caf::actor>(self);
  check(chat::handles{actor, caf::actor_cast<caf::strong_actor_ptr>(actor), actor.address()});
  check(chat::handles{});
}

TEST_CASE_METHOD(fixture, "errors and whole messages travel inside a message", "[message_traits]") {
  STATIC_REQUIRE(vaquero::message<chat::dynamic>);
  const auto copy = rebuilt(chat::dynamic{caf::sec::runtime_error, caf::make_message(1, "two")});
  CHECK(copy.reason == caf::sec::runtime_error);
  REQUIRE(copy.content.match_elements<int, std::string>());
  CHECK(copy.content.get_as<std::string>(1) == "two");
}

TEST_CASE_METHOD(fixture, "a type keeps the inspect of its own", "[message_traits]") {
  check(chat::account{12});
  check(chat::timeout<chat::account>{1, chat::account{12}});
  const auto copy = rebuilt(chat::half_written{1, 2});
  CHECK(copy.kept == 1);
  CHECK(copy.dropped == 0);
  CHECK(caf::deep_to_string(chat::account{12}) == "account(12)");
}

TEST_CASE_METHOD(fixture, "a local_only message is delivered as it is", "[message_traits]") {
  STATIC_REQUIRE(vaquero::message<chat::callback>);
  STATIC_REQUIRE(!vaquero::remote_message<chat::callback>);
  STATIC_REQUIRE(!vaquero::message<chat::timeout<chat::callback>>);
  vaquero::detail::require_message<chat::callback>();
  const auto shared = std::make_shared<int>(1);
  CHECK(echoed(chat::callback{shared}).shared == shared);
}

TEST_CASE_METHOD(fixture, "a variant refuses an index that it does not have", "[message_traits]") {
  auto bytes = bytes_of(chat::choice{5});
  bytes.front() = 4;
  caf::binary_deserializer source{system, bytes};
  chat::choice loaded;
  CHECK(source(loaded) == caf::sec::invalid_argument);
}

TEST_CASE_METHOD(fixture, "every cut in the bytes of a message is an error", "[message_traits]") {
  chat::maybes whole;
  whole.number = 1;
  whole.text = chat::note{"t"};
  whole.chosen = 2;
  auto bytes = bytes_of(whole);
  while (!bytes.empty()) {
    bytes.pop_back();
    caf::binary_deserializer source{system, bytes};
    chat::maybes loaded;
    CHECK(source(loaded) != caf::none);
  }
}

TEST_CASE("messages are printed with their names", "[message_traits]") {
  CHECK(caf::deep_to_string(chat::note{"a"}) == R"(chat::note("a"))");
  CHECK(caf::deep_to_string(chat::tick{}) == "chat::tick()");
  CHECK(caf::deep_to_string(chat::mood::merry) == "chat::mood(1)");
  CHECK(caf::deep_to_string(chat::timeout<std::optional<int>>{1, 2}) ==
        "chat::timeout<std::optional<int>>(1, 2)");
  CHECK(caf::deep_to_string(chat::timeout<std::optional<int>>{1, {}}) ==
        "chat::timeout<std::optional<int>>(1, none)");
  CHECK(caf::deep_to_string(chat::choice{chat::note{"b"}}) == R"(chat::note("b"))");
}

TEST_CASE("string literals are sent as strings", "[message_traits]") {
  using vaquero::detail::sent_type;
  STATIC_REQUIRE(std::is_same_v<sent_type<const char(&)[6]>, std::string>);
  STATIC_REQUIRE(std::is_same_v<sent_type<const char*>, std::string>);
  STATIC_REQUIRE(std::is_same_v<sent_type<const chat::note&>, chat::note>);
}
