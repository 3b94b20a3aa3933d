#include "server/config.hpp"

#include "handlers/publish_guard.hpp"
#include "net/websocket/utf8.hpp"
#include "server/config_keys.hpp"
#include "server/listen_address.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>

namespace vaquero {

namespace {

constexpr std::size_t file_bytes_max = 1 << 20;
constexpr int nesting_max = 32; // the parser recurses

class config_reader {
 public:
  config_reader(const std::string& file, const handler_registry& handlers,
                const status_pages& status)
      : file_(file), handlers_(handlers), status_(status) {}

  config_result read(std::string_view text);

 private:
  /// What goes to the routes when all of them are known.
  struct addition {
    std::size_t line;
    std::string host;
    std::function<void()> add;
  };
  using extra_keys = std::map<std::string, std::function<void(const config_value&)>>;

  void fault(const config_value& at, const std::string& what) { fault(at.location().line(), what); }
  void fault(std::size_t line, const std::string& what) { faults_.emplace_back(line, what); }

  void read_root(const config_value& root);
  template <class Options>
  void read_table(const config_value& table, const std::string& where,
                  const config_table<Options>& keys, Options& into, const extra_keys& extra = {},
                  const std::string& prefix = "");
  template <class Read>
  void for_each_table(const config_value& list, const std::string& where, Read&& read);
  void read_publish(const config_value& table);
  void read_status(const config_value& table);
  void read_listener(const config_value& table);
  void read_route(const config_value& table);
  void read_constraints(const config_value& table, route_at& at);
  void read_options(const config_value& table, route_config& route);
  void read_folder(const config_value& table);
  void add_route(const config_value& table, const route_config& route);
  void add_folder(const config_value& table, const folder_config& folder);
  void add_in_order();
  bool has(const config_value& table, const std::string& where, const char* key);
  template <class Body>
  void guarded(const config_value& at, Body&& body);

  const std::string& file_;
  const handler_registry& handlers_;
  const status_pages& status_;
  config_result result_;
  std::vector<std::pair<std::size_t, std::string>> faults_;
  std::vector<addition> additions_;
  std::function<void()> add_status_;
  bool has_listener_ = false;
};

/// The names that may stand at a place, for who wrote another.
template <class Options, class Extra>
std::string allowed_names(const config_table<Options>& keys, const Extra& extra) {
  std::string names;
  for (const auto& key : keys)
    names += (names.empty() ? "" : ", ") + key.name;
  for (const auto& [name, read] : extra)
    names += (names.empty() ? "" : ", ") + name;
  return names;
}

template <class Body>
void config_reader::guarded(const config_value& at, Body&& body) {
  try {
    body();
  } catch (const std::invalid_argument& error) {
    fault(at, error.what());
  }
}

template <class Options>
void config_reader::read_table(const config_value& table, const std::string& where,
                               const config_table<Options>& keys, Options& into,
                               const extra_keys& extra, const std::string& prefix) {
  if (!table.is_table())
    return fault(table, where + " is a table of " + allowed_names(keys, extra));
  for (const auto& [name, value] : table.as_table()) {
    const auto full = prefix + name;
    const auto key = std::ranges::find(keys, full, &config_key<Options>::name);
    const auto other = extra.find(full);
    const auto is_below = [&](const auto& each) { return each.name.starts_with(full + "."); };
    if (key != keys.end()) {
      try {
        key->read(into, value);
      } catch (const std::invalid_argument& error) {
        fault(value, full + ": " + error.what());
      }
    } else if (other != extra.end()) {
      other->second(value);
    } else if (value.is_table() && std::ranges::any_of(keys, is_below)) {
      read_table(value, where, keys, into, extra, full + ".");
    } else {
      fault(value, in_quotes(full) + " is no key of " + where + "; there are " +
                       allowed_names(keys, extra));
    }
  }
}

template <class Read>
void config_reader::for_each_table(const config_value& list, const std::string& where,
                                   Read&& read) {
  if (!list.is_array()) return fault(list, "it is written [[" + where + "]], once for each");
  for (const auto& each : list.as_array())
    read(each);
}

bool config_reader::has(const config_value& table, const std::string& where, const char* key) {
  if (table.is_table() && table.contains(key)) return true;
  fault(table, "the key \"" + std::string{key} + "\" of " + where + " is missing");
  return false;
}

void config_reader::read_root(const config_value& root) {
  auto& value = result_.value;
  const config_table<config> none;
  const extra_keys sections{
      {"server", [&](auto& t) { read_table(t, "[server]", server_keys(), value.server); }},
      {"limits", [&](auto& t) { read_table(t, "[limits]", limit_keys(), value.server); }},
      {"log", [&](auto& t) { read_table(t, "[log]", log_keys(), value.log); }},
      {"publish", [&](auto& t) { read_publish(t); }},
      {"status", [&](auto& t) { read_status(t); }},
      {"listener",
       [&](auto& l) { for_each_table(l, "listener", [&](auto& t) { read_listener(t); }); }},
      {"route", [&](auto& l) { for_each_table(l, "route", [&](auto& t) { read_route(t); }); }},
      {"static", [&](auto& l) { for_each_table(l, "static", [&](auto& t) { read_folder(t); }); }},
  };
  read_table(root, "the file", none, value, sections);
  add_in_order();
  if (faults_.empty() && value.routes.empty() && value.folders.empty())
    fault(1, "there is nothing to serve; a [[route]] or a [[static]]");
}

void config_reader::read_publish(const config_value& table) {
  auto& made = result_.value.publish;
  read_table(table, "[publish]", publish_keys(), made);
  if (made.token_file.empty()) return;
  const auto& at = table.at("token_file");
  if (std::ranges::none_of(handlers_, &named_handler::takes_posts))
    return fault(at, "no registered handler can be published to");
  guarded(at, [&] { result_.value.publish_token = read_publish_token(made.token_file); });
}

void config_reader::read_status(const config_value& table) {
  auto& prefix = result_.value.status.path;
  read_table(table, "[status]", status_keys(), result_.value.status);
  if (prefix.empty()) return;
  add_status_ = [this, prefix, &at = table.at("path")] {
    guarded(at, [&] { status_.add_to(result_.routes, prefix == "/" ? "" : prefix); });
  };
}

/// In the order of their lines: of hosts, and of a host's paths, the first that matches is taken. The pages
/// of [status] are those of any host, and no other path of it hides them.
void config_reader::add_in_order() {
  std::ranges::stable_sort(additions_, {}, &addition::line);
  for (const auto& each : additions_) {
    if (add_status_ && each.host == "_") std::exchange(add_status_, {})();
    each.add();
  }
  if (add_status_) add_status_();
}

void config_reader::read_listener(const config_value& table) {
  listen_address made{"", listen_backlog};
  read_table(table, "[[listener]]", listener_keys(), made);
  if (!has(table, "[[listener]]", "listen")) return;
  guarded(table.at("listen"), [&] { parse_listen_address(made.address); });
  auto& listen = result_.value.server.listen;
  if (!std::exchange(has_listener_, true)) listen.clear(); // the default
  listen.push_back(std::move(made));
}

void config_reader::read_route(const config_value& table) {
  route_config route;
  const auto faults_before = faults_.size();
  const extra_keys parts{
      {"constraints", [&](auto& t) { read_constraints(t, route.at); }},
      {"options", [&](auto& t) { read_options(t, route); }},
  };
  read_table(table, "[[route]]", route_keys(), route, parts);
  const bool has_path = has(table, "[[route]]", "path");
  const bool has_handler = has(table, "[[route]]", "handler");
  if (has_path && has_handler && faults_.size() == faults_before)
    additions_.push_back({table.location().line(), route.at.host,
                          [this, &table, route] { add_route(table, route); }});
  result_.value.routes.push_back(std::move(route));
}

void config_reader::read_constraints(const config_value& table, route_at& at) {
  if (!table.is_table()) return fault(table, "constraints is a table of names: { id = \"int\" }");
  for (const auto& [name, value] : table.as_table()) {
    guarded(value, [&, &bound = name, &given = value] {
      const auto texts = given.is_array() ? parse_texts(given) : std::vector{parse_text(given)};
      for (const auto& text : texts) {
        const auto must = constraint::named(text);
        if (!must)
          throw value_error{in_quotes(text) +
                            " is no constraint; there are \"int\" and \"nonempty\""};
        at.constraints.push_back({bound, *must});
      }
    });
  }
}

void config_reader::read_options(const config_value& table, route_config& route) {
  const auto faults_before = faults_.size();
  read_table(table, "[route.options]", route_option_keys(), route);
  // What only several keys together can get wrong.
  if (faults_.size() != faults_before) return;
  guarded(table, [&] { check_options(route.options); });
  const auto& told = route.options;
  if (told.deflate.server_context_takeover && told.queue_policy != queue_policy::close)
    fault(table, "deflate.server_context_takeover takes queue_policy \"close\": with the others a "
                 "message may be dropped that a later one refers to");
}

void config_reader::add_route(const config_value& table, const route_config& route) {
  const auto named = std::ranges::find(handlers_, route.handler, &named_handler::name);
  if (named == handlers_.end()) {
    std::string names;
    for (const auto& each : handlers_)
      names += (names.empty() ? "" : ", ") + in_quotes(each.name);
    return fault(table.at("handler"),
                 in_quotes(route.handler) + " is no registered handler; there are " + names);
  }
  if (named->needs_path_info && route.at.path.find("[...]") == std::string::npos)
    return fault(table.at("path"), in_quotes(route.at.path) + " has no \"[...]\" for what " +
                                       in_quotes(route.handler) + " is asked for; such as " +
                                       in_quotes(named->path));
  guarded(table.at("path"), [&] {
    auto type = named->make(route.options);
    type.route = route_name(route.at);
    result_.routes.add_handler(route.at, std::make_shared<const handler_type>(std::move(type)));
  });
}

void config_reader::read_folder(const config_value& table) {
  folder_config made;
  const auto faults_before = faults_.size();
  read_table(table, "[[static]]", folder_keys(), made);
  const bool has_path = has(table, "[[static]]", "path");
  const bool has_folder = has(table, "[[static]]", "folder");
  if (has_path && has_folder && faults_.size() == faults_before)
    additions_.push_back(
        {table.location().line(), made.host, [this, &table, made] { add_folder(table, made); }});
  result_.value.folders.push_back(std::move(made));
}

void config_reader::add_folder(const config_value& table, const folder_config& folder) {
  guarded(table.at("path"), [&] {
    result_.routes.add_files({.host = folder.host, .path = folder.path}, folder.folder);
  });
}

/// toml11's own message has several lines, with the source drawn: the first says what it expected.
std::string first_line(std::string_view what) {
  what = what.substr(0, what.find('\n'));
  if (what.starts_with("[error] ")) what.remove_prefix(8);
  if (what.starts_with("toml::"))
    if (const auto colon = what.find(": "); colon != what.npos) what.remove_prefix(colon + 2);
  return printable(what);
}

bool is_nested_too_deep(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > nesting_max) return true;
  }
  return false;
}

/// The first line that is not UTF-8, as all TOML is: toml11 reads beyond the end of some such texts.
std::optional<std::size_t> line_that_is_not_utf8(std::string_view text) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    if (!is_valid_utf8(text.substr(0, end + 1))) return line;
    text.remove_prefix(end + 1);
  }
  return std::nullopt;
}

config_result config_reader::read(std::string_view text) {
  if (text.size() > file_bytes_max)
    fault(1, "the file is longer than " + std::to_string(file_bytes_max) + " bytes");
  else if (is_nested_too_deep(text))
    fault(1, "brackets are nested deeper than " + std::to_string(nesting_max));
  else if (const auto line = line_that_is_not_utf8(text))
    fault(*line, "this is no TOML: it is not UTF-8");
  else
    try {
      std::istringstream in{std::string{text}};
      read_root(toml::parse<toml::discard_comments, std::map, std::vector>(in, file_));
    } catch (const toml::exception& error) {
      fault(error.location().line(), "this is no TOML: " + first_line(error.what()));
    } catch (const std::exception& error) { // what toml11 throws where it is less careful
      fault(1, "this is no TOML: " + first_line(error.what()));
    }
  std::ranges::stable_sort(faults_, {}, &std::pair<std::size_t, std::string>::first);
  for (const auto& [line, what] : faults_)
    result_.faults.push_back(file_ + ":" + std::to_string(line) + ": " + what);
  return std::move(result_);
}

} // namespace

config_result read_config(std::string_view text, const std::string& file,
                          const handler_registry& handlers, const status_pages& status) {
  return config_reader{file, handlers, status}.read(text);
}

config_result load_config(const std::string& file, const handler_registry& handlers,
                          const status_pages& status) {
  std::ifstream in{file, std::ios::binary};
  std::string text(file_bytes_max + 1, '\0'); // one more, to see that it is longer
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) {
    config_result unread;
    unread.faults.push_back(file + ": it cannot be read: " + std::strerror(errno));
    return unread;
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return read_config(text, file, handlers, status);
}

} // namespace vaquero
